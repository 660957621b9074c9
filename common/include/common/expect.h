#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace mon::expect {

/// Checks of a flag's value, for CLI::Option::check. Like its own ones they return what is wrong
/// with a text, or nothing; unlike those they say what was expected in a user's words, and add
/// nothing to --help.
using Check = std::function<std::string(const std::string& text)>;

[[nodiscard]] Check OneOf(std::vector<std::string> names);
[[nodiscard]] Check WholeNumber(std::uint64_t least,
                                std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
/// Finite; both ends belong to it.
[[nodiscard]] Check Number(double least = std::numeric_limits<double>::lowest(),
                           double most = std::numeric_limits<double>::max());
[[nodiscard]] Check Duration();

}  // namespace mon::expect
