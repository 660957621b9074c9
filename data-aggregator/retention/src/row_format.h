#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mysql/connection.h"

namespace mon::data_aggregator::archive {

/// How the values of a column are written and bound, so that each comes back bit for bit.
enum class Kind { kInt, kUint, kFloat, kDouble, kText };

[[nodiscard]] std::string_view ToString(Kind kind);
[[nodiscard]] std::optional<Kind> ParseKind(std::string_view name);

struct Column {
  std::string name;
  Kind kind = Kind::kText;
  bool operator==(const Column&) const = default;
};

/// The columns of a table, generated ones left out.
[[nodiscard]] Result<std::vector<Column>> ReadColumns(mysql::Connection& connection,
                                                      const std::string& table);

/// A row as a line of text: fields separated by tabs, NULL as \N, and \t, \n, \0 and \\ in a field;
/// what LOAD DATA reads, too. Numbers are the shortest text that reads back the same.
///
/// A line's key is a text that sorts as the server sorts the key columns, which are numbers and
/// times, none of them NULL.
class RowFormat {
 public:
  /// Precondition: each of `key` is a column.
  RowFormat(std::vector<Column> columns, const std::vector<std::string>& key);

  [[nodiscard]] const std::vector<Column>& Columns() const { return columns_; }
  /// "`itemid`, `clock`", for a SELECT or an INSERT.
  [[nodiscard]] std::string ColumnList() const;
  /// The first line of a file: the columns' names.
  [[nodiscard]] std::string Header() const;

  /// `rows` has exactly these columns.
  [[nodiscard]] std::string Line(const mysql::Row& row) const;
  /// nullopt, here and below, where the line is not of this format.
  [[nodiscard]] std::optional<std::vector<mysql::Value>> Values(std::string_view line) const;
  [[nodiscard]] std::optional<std::string> SortKey(std::string_view line) const;
  /// The values of some columns, by their names; precondition: they are columns.
  [[nodiscard]] std::vector<mysql::Value> ValuesOf(std::string_view line,
                                                   const std::vector<std::string>& names) const;
  /// The key as people read it: its fields, separated by tabs.
  [[nodiscard]] std::string KeyText(std::string_view line) const;

 private:
  [[nodiscard]] std::size_t PositionOf(const std::string& name) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> key_;  ///< positions
};

}  // namespace mon::data_aggregator::archive
