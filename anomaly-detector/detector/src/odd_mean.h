#pragma once

#include <cstddef>

namespace mon::detector {

/// Mean deviation of a row that comes about once a month and metric. The mean of few metrics is
/// less steady than that of many.
inline double OddMean(std::size_t metrics) { return 1.3 + 9 / static_cast<double>(metrics); }

}  // namespace mon::detector
