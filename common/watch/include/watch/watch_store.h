#pragma once

#include <string>
#include <string_view>

#include "common/error.h"
#include "mysql/connection.h"
#include "watch/watch.h"

namespace mon::watch {

/// The columns of `watches` that ReadWatch takes, of a table named `w`: for a SELECT.
[[nodiscard]] std::string Columns();

/// The watch of `subject` whose Columns begin at `first`; a new one where they are all NULL.
[[nodiscard]] Watch ReadWatch(const mysql::Rows& rows, unsigned first, std::string subject);

/// The row of one subject; a new one, in state OK, where there is none. Errors: those of the
/// connection.
[[nodiscard]] Result<Watch> Load(mysql::Connection& connection, std::string_view subject);

/// Writes the row, in the caller's transaction where one is open.
[[nodiscard]] Result<void> Save(mysql::Connection& connection, const Watch& watch);

}  // namespace mon::watch
