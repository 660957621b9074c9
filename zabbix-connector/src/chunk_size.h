#pragma once

#include <algorithm>
#include <cstddef>

namespace mon::zabbix_connector {

/// How many ids to name in one call: halved when so many were too much, grown by half when it was
/// not. Too much are those that the server cannot serve (HTTP 500, time-out; a PHP that runs out
/// of memory is the usual reason), or whose rows do not go into one page.
class ChunkSize {
 public:
  explicit ChunkSize(std::size_t start, std::size_t most) : value_(start), most_(most) {}
  [[nodiscard]] std::size_t Value() const { return value_; }
  /// A call for `size` ids was too much.
  void Shrink(std::size_t size) {
    value_ = std::max<std::size_t>(1, std::min(value_, (size + 1) / 2));
  }
  /// A call for `size` ids was served.
  void Grow(std::size_t size) {
    if (size >= value_) value_ = std::min(most_, value_ + value_ / 2 + 1);
  }

 private:
  std::size_t value_;
  std::size_t most_;
};

}  // namespace mon::zabbix_connector
