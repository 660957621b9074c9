#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data_aggregator/sample_store.h"
#include "mysql/connection.h"

namespace mon::data_aggregator {

/// Rows for one INSERT.
struct RowSet {
  std::string_view table;
  std::vector<std::string_view> columns;
  std::vector<std::size_t> key;  ///< positions of the columns that a row is known by
  std::string tail;              ///< "ON DUPLICATE KEY UPDATE …"
  mysql::NewIds ids = mysql::NewIds::kByServer;
  std::vector<mysql::Value> values{};
  [[nodiscard]] std::size_t Count() const { return values.size() / columns.size(); }
};

/// Writes them inside the open transaction. A row that the table refuses goes into the quarantine,
/// is counted in `result.refused`, and does not keep the others out. Gives what MySQL calls
/// affected rows.
[[nodiscard]] Result<std::uint64_t> WriteRows(mysql::Connection& connection, const RowSet& rows,
                                              StoreResult& result);

}  // namespace mon::data_aggregator
