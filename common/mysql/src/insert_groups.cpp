#include "insert_groups.h"

#include <fmt/format.h>

#include <algorithm>

namespace mon::mysql {
namespace {

constexpr std::size_t kRowsPerInsert = 1000;
constexpr std::size_t kBytesPerInsert = 1 << 20;  // max_allowed_packet is 16 MB or more
constexpr std::size_t kMaxPlaceholders = 65535;   // of one prepared statement

std::size_t SizeOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? text->size() : sizeof(std::int64_t);
}

std::string Groups(std::size_t columns, std::size_t rows) {
  std::string group = "(?";
  for (std::size_t i = 1; i < columns; ++i) group += ",?";
  group += ")";
  std::string groups = group;
  groups.reserve(rows * (group.size() + 1));
  for (std::size_t i = 1; i < rows; ++i) groups.append(",").append(group);
  return groups;
}

}  // namespace

std::string InsertStatement(std::string_view head, std::size_t columns, std::size_t rows,
                            std::string_view tail) {
  return fmt::format("{} VALUES {} {}", head, Groups(columns, rows), tail);
}

std::size_t ValuesOfNext(std::span<const Value> values, std::size_t columns, std::size_t rows) {
  const std::size_t most = std::min(values.size(), rows * columns);
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < most; count += columns) {
    for (const Value& value : values.subspan(count, columns)) bytes += SizeOf(value);
    if (count > 0 && bytes > kBytesPerInsert) break;
  }
  return count;
}

std::uint64_t InsertInGroups(
    std::string_view head, std::size_t columns, std::span<const Value> values,
    std::string_view tail,
    const std::function<std::uint64_t(const std::string& sql, std::span<const Value> params,
                                      bool kept)>& execute) {
  const std::size_t most = std::min(kRowsPerInsert, kMaxPlaceholders / columns);
  std::uint64_t affected = 0;
  while (!values.empty()) {
    const std::size_t count = ValuesOfNext(values, columns, most);
    const std::size_t rows = count / columns;
    // What is left of rows has another size each time.
    affected +=
        execute(InsertStatement(head, columns, rows, tail), values.first(count), rows == most);
    values = values.subspan(count);
  }
  return affected;
}

}  // namespace mon::mysql
