#pragma once

#include <string>
#include <string_view>

namespace mon::data_aggregator {

/// Valid UTF-8 of at most `max_characters`, as a VARCHAR counts them.
[[nodiscard]] std::string CutToCharacters(std::string_view text, std::size_t max_characters);

/// "(?,?,?)" for `count` values.
[[nodiscard]] std::string Placeholders(std::size_t count);

}  // namespace mon::data_aggregator
