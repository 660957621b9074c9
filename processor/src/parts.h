#pragma once

#include <bitset>
#include <string>
#include <string_view>

namespace mon::processor {

/// Applications belong to parts, by the CRC-32 of their names (ISO 3309, as MySQL's CRC32): daemons
/// that share the work have some parts each. So many, that two or three have about as much to do.
inline constexpr int kParts = 64;
using Parts = std::bitset<kParts>;

[[nodiscard]] inline Parts AllParts() { return ~Parts(); }

[[nodiscard]] int PartOf(std::string_view application);

/// What makes a query leave out rows of other parts; `column` holds the number of the part.
[[nodiscard]] std::string IsOneOf(const Parts& parts, std::string_view column);
/// So too; `column` holds the application and is not NULL.
[[nodiscard]] std::string InParts(const Parts& parts, std::string_view column);

}  // namespace mon::processor
