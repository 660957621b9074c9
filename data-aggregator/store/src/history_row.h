#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "common/sample.h"

namespace mon::data_aggregator {

/// A value in the three columns of zabbix_history, so that nothing of it is lost and the text that
/// Zabbix sent can be printed again: `text` where it is set, else the digits of `integer`, else the
/// shortest text of `number`.
struct HistoryRow {
  std::optional<double> number;          ///< NULL: text
  std::optional<std::uint64_t> integer;  ///< only one that a double cannot hold exactly
  std::optional<std::string> text;
};

/// The row of `value`, or in words why it cannot be stored.
[[nodiscard]] std::expected<HistoryRow, std::string> MakeHistoryRow(const ItemValue& value);

}  // namespace mon::data_aggregator
