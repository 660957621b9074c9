#pragma once

#include <string_view>
#include <vector>

namespace mon {

/// The entry of `known` that `word` most likely means; empty where none is near.
[[nodiscard]] std::string_view Nearest(std::string_view word,
                                       const std::vector<std::string_view>& known);

}  // namespace mon
