#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mon {

/// A table for people: columns two blanks apart, padded by what a terminal shows, a header line.
/// Control characters in cells are escaped, so that foreign text cannot break the lines. Programs
/// get JSON or CSV instead.
///
///     Table table({{"ITEMID", Table::Align::kRight}, {"NAME"}});
///     table.AddRow({"42", "CPU load"});
///     fmt::print("{}", table.Text(StdoutIsTerminal()));
class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;  ///< numbers: right
  };

  explicit Table(std::vector<Column> columns);

  /// Missing cells are empty; cells beyond the last column are a mistake of the caller and left
  /// out.
  void AddRow(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Header and rows, each line ended by a newline, none by blanks. On a terminal the header is
  /// bold.
  [[nodiscard]] std::string Text(bool on_terminal) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mon
