#include "common/expect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/text.h"

namespace mon::expect {

namespace {

std::string Expected(std::string_view what, std::string_view text) {
  return fmt::format("expected {}, found '{}'", what, text);
}

}  // namespace

Check OneOf(std::vector<std::string> names) {
  return [names = std::move(names)](const std::string& text) {
    if (std::ranges::find(names, text) != names.end()) return std::string();
    return Expected(fmt::format("{}", fmt::join(names, " or ")), text);
  };
}

Check WholeNumber(std::uint64_t least, std::uint64_t most) {
  return [least, most](const std::string& text) {
    const auto number = ParseUint(text);
    if (number && *number >= least && *number <= most) return std::string();
    const bool bounded = most < std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    return Expected(bounded ? fmt::format("a whole number from {} to {}", least, most)
                            : fmt::format("a whole number, {} or more", least),
                    text);
  };
}

Check Number(double least, double most) {
  return [least, most](const std::string& text) {
    const auto number = ParseDouble(text);
    if (number && std::isfinite(*number) && *number >= least && *number <= most) {
      return std::string();
    }
    const bool bounded = most < std::numeric_limits<double>::max();
    return Expected(
        bounded ? fmt::format("a number from {} to {}", least, most) : "a finite number", text);
  };
}

Check Duration() {
  return [](const std::string& text) {
    const auto duration = ParseDuration(text);
    return duration ? std::string() : duration.error().message;
  };
}

}  // namespace mon::expect
