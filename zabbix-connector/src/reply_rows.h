#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "common/error.h"

namespace mon::zabbix_connector {

/// One row of a reply: the texts of the wanted fields, in the order they were asked for, empty
/// where the row has none. They are valid during the call. A list of tags comes as lines:
/// "role=db", or "role" without a value. Returns false for a row that makes no sense.
using RowFunction = std::function<bool(std::span<const std::string_view> values)>;

/// Reads "result" as an array of objects without building them, whatever the size of the reply,
/// with two or three megabytes of memory of its own. Numbers are given as they are written; of a
/// name that a row has twice the last one counts. Where names are written with escapes they are not
/// recognised.
///
/// Errors: kBadReply where the JSON is cut, is no UTF-8, or is wrong in what is wanted, and where
/// `row` refuses; rows before that have been handed over already. What is not wanted is passed over
/// unread but for its brackets. No text of the reply is quoted, for it may hold a session id.
[[nodiscard]] Result<void> ReadRows(std::string_view body, std::span<const std::string_view> fields,
                                    const RowFunction& row);

}  // namespace mon::zabbix_connector
