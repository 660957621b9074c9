#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mon::forecast {

/// The values with each gap (what is not finite) filled: with the value one season before where
/// there is one, else on the line between its neighbours. Gaps at the start are left out, so that
/// the result may be shorter; empty where nothing is finite.
[[nodiscard]] std::vector<double> FillGaps(std::span<const double> values, std::size_t season);

}  // namespace mon::forecast
