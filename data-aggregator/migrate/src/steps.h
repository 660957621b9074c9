#pragma once

#include <span>
#include <string_view>

namespace mon::data_aggregator {

/// A file of sql/, compiled in.
struct Step {
  int number;
  std::string_view name;  ///< "003_history"
  std::string_view text;
};

/// All of them, by number.
[[nodiscard]] std::span<const Step> Steps();

}  // namespace mon::data_aggregator
