#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mon::mysql {

/// A row as it came, read where it lies: no copies, no allocation. Columns count from 0; NULL reads
/// as 0 and "" (ask `IsNull` where it matters). Good until the next row.
class Row {
 public:
  enum class Kind : std::uint8_t { kInt, kUint, kFloat, kDouble, kText };

  /// `integer` has the bits of kInt and kUint, `text` is also a decimal number or a time.
  struct Cell {
    Kind kind = Kind::kText;
    char null = 0;
    float single = 0;
    double real = 0;
    std::int64_t integer = 0;
    std::string_view text{};
  };

  explicit Row(std::span<const Cell> cells) : cells_(cells) {}

  [[nodiscard]] unsigned Columns() const { return static_cast<unsigned>(cells_.size()); }
  [[nodiscard]] bool IsNull(unsigned column) const { return cells_[column].null != 0; }
  [[nodiscard]] std::int64_t Int(unsigned column) const {
    const Cell& cell = cells_[column];
    if (cell.null != 0) return 0;
    return cell.kind == Kind::kInt ? cell.integer : OtherAsInt(cell);
  }
  [[nodiscard]] std::uint64_t Uint(unsigned column) const {
    const Cell& cell = cells_[column];
    if (cell.null != 0) return 0;
    return cell.kind <= Kind::kUint ? static_cast<std::uint64_t>(cell.integer) : OtherAsUint(cell);
  }
  /// A FLOAT column exactly: cast to float.
  [[nodiscard]] double Double(unsigned column) const {
    const Cell& cell = cells_[column];
    if (cell.null != 0) return 0;
    return cell.kind == Kind::kDouble ? cell.real : OtherAsDouble(cell);
  }
  /// Of a column of text, a decimal number or a time; "" of others.
  [[nodiscard]] std::string_view Text(unsigned column) const {
    const Cell& cell = cells_[column];
    return cell.null == 0 && cell.kind == Kind::kText ? cell.text : std::string_view();
  }
  /// Of any column, as Rows::Text gives it.
  [[nodiscard]] std::string Print(unsigned column) const;

 private:
  static std::int64_t OtherAsInt(const Cell& cell);
  static std::uint64_t OtherAsUint(const Cell& cell);
  static double OtherAsDouble(const Cell& cell);

  std::span<const Cell> cells_;
};

}  // namespace mon::mysql
