#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mon::processor {

/// One value of an item.
struct ItemPoint {
  std::int64_t clock = 0;        ///< epoch seconds
  std::optional<double> number;  ///< nullopt: text that is no number
  /// As Zabbix has it; of a number only where that is not its shortest text: see Printed.
  std::string text;
};

/// Values of one item, ascending by clock. In columns: a pass reads millions of them, and their
/// texts, which few have, are hardly ever asked for.
class ItemValues {
 public:
  static constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

  void Reserve(std::size_t count) {
    clocks_.reserve(count);
    numbers_.reserve(count);
  }
  void Add(std::int64_t clock, double number, std::string_view text = {}) {
    if (!text.empty()) texts_.emplace(clocks_.size(), text);
    clocks_.push_back(clock);
    numbers_.push_back(number);
  }
  void Add(const ItemPoint& point) {
    Add(point.clock, point.number.value_or(kNoNumber), point.text);
  }

  [[nodiscard]] bool Empty() const { return clocks_.empty(); }
  [[nodiscard]] std::size_t Size() const { return clocks_.size(); }
  [[nodiscard]] std::span<const std::int64_t> Clocks() const { return clocks_; }
  [[nodiscard]] std::span<const double> Numbers() const { return numbers_; }  ///< or kNoNumber
  [[nodiscard]] ItemPoint At(std::size_t i) const;
  /// Those with from <= clock <= to.
  [[nodiscard]] ItemValues Between(std::int64_t from, std::int64_t to) const;

 private:
  std::vector<std::int64_t> clocks_;
  std::vector<double> numbers_;
  std::map<std::size_t, std::string> texts_;  ///< by position
};

}  // namespace mon::processor
