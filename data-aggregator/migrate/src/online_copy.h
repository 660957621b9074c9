#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "data_aggregator/gentle.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// What a table made by another hand needs before the steps can work on it.
struct Condition {
  bool needs_copy = false;  ///< another engine than InnoDB, or text that is not utf8mb4
  std::string why;          ///< "its text is latin1"
  /// Why it cannot be copied beside the living table (no key `id`, triggers or foreign keys of its
  /// own); empty: it can.
  std::string obstacle;
  std::uint64_t rows = 0;  ///< the server's estimate
};

/// A table that is not there needs nothing.
[[nodiscard]] Result<Condition> Examine(mysql::Connection& connection, const std::string& table);

/// What a copy of `table` that was cut off has left: its triggers, the table it was filling, and
/// the old one where the new one has taken its place. With nothing left it does nothing.
[[nodiscard]] Result<void> RemoveRemains(Gentle& gentle, const std::string& table);

/// Makes `table` InnoDB and utf8mb4 while others go on writing to it.
///
/// A new table is filled piece by piece, while triggers carry over what is written meanwhile; it is
/// compared with the old one, and takes its name in one atomic RENAME (the way of
/// pt-online-schema-change). On an error the old table is as it was.
[[nodiscard]] Result<void> CopyOnline(mysql::Connection& connection, Gentle& gentle,
                                      const std::string& table,
                                      const std::function<void(const std::string&)>& progress);

}  // namespace mon::data_aggregator
