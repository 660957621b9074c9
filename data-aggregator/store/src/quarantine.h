#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/error.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// A row that a table refuses.
struct RefusedRow {
  std::string_view table;
  std::string key;     ///< what it is known by: "shop/1750000000"; once a table and key
  std::string reason;  ///< what the server or we say against it
  std::string row;     ///< JSON, see RowText
};

/// Puts it into the table `quarantine`, inside the open transaction: there a person finds it, with
/// its reason. One that is there already is counted on.
[[nodiscard]] Result<void> Quarantine(mysql::Connection& connection, const RefusedRow& refused);

/// `{"itemid":42,"clock":1750000000}`; as long as the column holds, then cut.
[[nodiscard]] std::string RowText(std::span<const std::string_view> columns,
                                  std::span<const mysql::Value> values);

}  // namespace mon::data_aggregator
