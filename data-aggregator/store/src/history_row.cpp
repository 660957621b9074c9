#include "history_row.h"

#include <cmath>

#include "common/text.h"

namespace mon::data_aggregator {
namespace {

constexpr std::size_t kMaxText = 65'535;  // bytes; what a Zabbix database holds, and our lastvalue

bool FitsDouble(std::uint64_t integer) {
  const auto number = static_cast<double>(integer);
  return number < 0x1p64 && static_cast<std::uint64_t>(number) == integer;
}

std::expected<HistoryRow, std::string> FloatRow(const std::string& text) {
  const auto number = ParseDouble(text);
  if (!number || !std::isfinite(*number)) return std::unexpected("not a finite number");
  HistoryRow row{.number = *number, .integer = {}, .text = {}};
  if (ShortestText(*number) != text) row.text = text;
  return row;
}

std::expected<HistoryRow, std::string> UnsignedRow(const std::string& text) {
  const auto integer = ParseUint(text);
  if (!integer) return std::unexpected("not an unsigned integer");
  HistoryRow row{.number = static_cast<double>(*integer), .integer = {}, .text = {}};
  if (!FitsDouble(*integer)) row.integer = *integer;
  const std::string plain = row.integer ? std::to_string(*integer) : ShortestText(*row.number);
  if (plain != text) row.text = text;
  return row;
}

}  // namespace

std::expected<HistoryRow, std::string> MakeHistoryRow(const ItemValue& value) {
  if (value.clock <= 0) return std::unexpected("no time");
  if (value.text.size() > kMaxText) return std::unexpected("longer than 65535 bytes");
  switch (value.value_type) {
    case ValueType::kFloat:
      return FloatRow(value.text);
    case ValueType::kUnsigned:
      return UnsignedRow(value.text);
    case ValueType::kCharacter:
    case ValueType::kLog:
    case ValueType::kText:
      return HistoryRow{.number = {}, .integer = {}, .text = CleanUtf8(value.text, kMaxText)};
    case ValueType::kBinary:
      break;
  }
  return std::unexpected("binary");
}

}  // namespace mon::data_aggregator
