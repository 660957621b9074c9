#include "quarantine.h"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>
#include <variant>

#include "common/text.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

// Characters of the columns; of MEDIUMTEXT more than any row of ours has.
constexpr std::size_t kMaxKey = 255;
constexpr std::size_t kMaxReason = 1024;
constexpr std::size_t kMaxRow = 1U << 20U;

std::string ValueText(const mysql::Value& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::monostate>) {
          return "null";
        } else if constexpr (std::is_same_v<T, std::string>) {
          return QuoteJson(v);
        } else if constexpr (std::is_same_v<T, double>) {
          return std::isfinite(v) ? ShortestText(v) : QuoteJson(fmt::format("{}", v));
        } else {
          return fmt::format("{}", v);
        }
      },
      value);
}

}  // namespace

std::string RowText(std::span<const std::string_view> columns,
                    std::span<const mysql::Value> values) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += fmt::format("{}{}:{}", i == 0 ? "{" : ",", QuoteJson(columns[i]), ValueText(values[i]));
  return text + "}";
}

Result<void> Quarantine(mysql::Connection& connection, const RefusedRow& refused) {
  const auto done = connection.Execute(
      "INSERT INTO quarantine (table_name, row_key, reason, row_json) VALUES (?, ?, ?, ?)"
      " ON DUPLICATE KEY UPDATE reason = VALUES(reason), row_json = VALUES(row_json),"
      " times = times + 1, last_at = CURRENT_TIMESTAMP(3)",
      {std::string(refused.table), CutToCharacters(refused.key, kMaxKey),
       CutToCharacters(refused.reason, kMaxReason), CutToCharacters(refused.row, kMaxRow)});
  if (!done) return Context("quarantine", done.error());
  return {};
}

}  // namespace mon::data_aggregator
