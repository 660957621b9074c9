#include "row_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/text.h"

namespace mon::data_aggregator::archive {
namespace {

using mysql::Value;

constexpr std::pair<Kind, std::string_view> kKinds[] = {{Kind::kInt, "int"},
                                                        {Kind::kUint, "uint"},
                                                        {Kind::kFloat, "float"},
                                                        {Kind::kDouble, "double"},
                                                        {Kind::kText, "text"}};

constexpr std::string_view kNull = "\\N";
/// Characters of a time with its fraction; shorter ones are filled up, so that they sort.
constexpr std::size_t kTimeWidth = 26;

Kind KindOf(std::string_view type, std::string_view whole_type) {
  if (type == "float") return Kind::kFloat;
  if (type == "double") return Kind::kDouble;
  constexpr std::array<std::string_view, 5> kIntegers = {"tinyint", "smallint", "mediumint", "int",
                                                         "bigint"};
  if (std::ranges::find(kIntegers, type) == kIntegers.end()) return Kind::kText;
  return whole_type.contains("unsigned") ? Kind::kUint : Kind::kInt;
}

void AppendEscaped(std::string& line, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '\\':
        line += "\\\\";
        break;
      case '\t':
        line += "\\t";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\0':
        line += "\\0";
        break;
      default:
        line += c;
    }
  }
}

std::string Unescape(std::string_view field) {
  std::string text;
  text.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] != '\\' || i + 1 == field.size()) {
      text += field[i];
      continue;
    }
    const char c = field[++i];
    text += c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
  }
  return text;
}

template <typename Number>
std::optional<Value> AsValue(std::optional<Number> number) {
  if (!number) return std::nullopt;
  return Value(*number);
}

/// A FLOAT is bound as a double; read as one at once, it could be rounded twice.
std::optional<double> ParseFloat(std::string_view text) {
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return double{number};
}

std::optional<Value> ParseField(Kind kind, std::string_view field) {
  if (field == kNull) return Value();
  switch (kind) {
    case Kind::kInt:
      return AsValue(ParseInt(field));
    case Kind::kUint:
      return AsValue(ParseUint(field));
    case Kind::kFloat:
      return AsValue(ParseFloat(field));
    case Kind::kDouble:
      return AsValue(ParseDouble(field));
    case Kind::kText:
      return Value(Unescape(field));
  }
  return std::nullopt;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find('\t', begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

void AppendBigEndian(std::string& key, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift & 0xffU);
}

bool AppendSortable(std::string& key, Kind kind, std::string_view field) {
  if (kind == Kind::kUint) {
    const auto number = ParseUint(field);
    if (number) AppendBigEndian(key, *number);
    return number.has_value();
  }
  if (kind == Kind::kInt) {
    const auto number = ParseInt(field);
    constexpr std::uint64_t kSign = 1ULL << 63U;
    if (number) AppendBigEndian(key, static_cast<std::uint64_t>(*number) ^ kSign);
    return number.has_value();
  }
  if (field.size() > kTimeWidth) return false;
  key.append(field).append(kTimeWidth - field.size(), '\0');
  return true;
}

}  // namespace

std::string_view ToString(Kind kind) {
  return std::ranges::find(kKinds, kind, &std::pair<Kind, std::string_view>::first)->second;
}

std::optional<Kind> ParseKind(std::string_view name) {
  for (const auto& [kind, known] : kKinds)
    if (known == name) return kind;
  return std::nullopt;
}

Result<std::vector<Column>> ReadColumns(mysql::Connection& connection, const std::string& table) {
  auto rows = connection.Query(
      "SELECT column_name, data_type, CAST(column_type AS CHAR(255))"
      " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?"
      " AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position",
      {table});
  if (!rows) return std::unexpected(rows.error());
  std::vector<Column> columns;
  while (rows->Next()) columns.push_back({rows->Text(0), KindOf(rows->Text(1), rows->Text(2))});
  if (columns.empty())
    return Fail(ErrorCode::kConfig, fmt::format("mysql {}: there is no table {}; run "
                                                "data-aggregator --migrate",
                                                connection.ServerName(), table));
  return columns;
}

RowFormat::RowFormat(std::vector<Column> columns, const std::vector<std::string>& key)
    : columns_(std::move(columns)) {
  for (const std::string& name : key) key_.push_back(PositionOf(name));
}

std::size_t RowFormat::PositionOf(const std::string& name) const {
  return static_cast<std::size_t>(std::ranges::find(columns_, name, &Column::name) -
                                  columns_.begin());
}

std::string RowFormat::ColumnList() const {
  std::string list;
  for (const Column& column : columns_)
    list += fmt::format("{}`{}`", list.empty() ? "" : ", ", column.name);
  return list;
}

std::string RowFormat::Header() const {
  std::string header;
  for (const Column& column : columns_) {
    if (!header.empty()) header += '\t';
    AppendEscaped(header, column.name);
  }
  return header;
}

std::string RowFormat::Line(const mysql::Row& row) const {
  std::string line;
  for (unsigned i = 0; i < columns_.size(); ++i) {
    if (i > 0) line += '\t';
    if (row.IsNull(i)) {
      line += kNull;
    } else if (columns_[i].kind == Kind::kInt) {
      fmt::format_to(std::back_inserter(line), "{}", row.Int(i));
    } else if (columns_[i].kind == Kind::kUint) {
      fmt::format_to(std::back_inserter(line), "{}", row.Uint(i));
    } else {
      AppendEscaped(line, row.Print(i));
    }
  }
  return line;
}

std::optional<std::vector<Value>> RowFormat::Values(std::string_view line) const {
  const auto fields = Split(line);
  if (fields.size() != columns_.size()) return std::nullopt;
  std::vector<Value> values;
  values.reserve(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    auto value = ParseField(columns_[i].kind, fields[i]);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  return values;
}

std::optional<std::string> RowFormat::SortKey(std::string_view line) const {
  const auto fields = Split(line);
  if (fields.size() != columns_.size()) return std::nullopt;
  std::string key;
  for (const std::size_t position : key_)
    if (!AppendSortable(key, columns_[position].kind, fields[position])) return std::nullopt;
  return key;
}

std::vector<Value> RowFormat::ValuesOf(std::string_view line,
                                       const std::vector<std::string>& names) const {
  const auto fields = Split(line);
  std::vector<Value> values;
  for (const std::string& name : names) {
    const std::size_t position = PositionOf(name);
    values.push_back(ParseField(columns_[position].kind, fields[position]).value_or(Value()));
  }
  return values;
}

std::string RowFormat::KeyText(std::string_view line) const {
  const auto fields = Split(line);
  std::string text;
  for (const std::size_t position : key_)
    text.append(text.empty() ? "" : "\t").append(fields[position]);
  return text;
}

}  // namespace mon::data_aggregator::archive
