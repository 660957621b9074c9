#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon::processor {

/// More values than this are a mistake in the file.
inline constexpr std::size_t kLongestSeries = 1'000'000;

/// The values of a series in the notation that Prometheus uses for unit tests of rules
/// (https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series):
///
///     1 2.5 _       values, separated by blanks; _ : no sample
///     0.9x4         0.9 and four more of it: five samples
///     1+0.5x4       1 1.5 2 2.5 3
///     8-2x3         8 6 4 2
///     _x4           four samples missing
///
/// Errors: kInvalidData with the word that was not understood and what was expected.
[[nodiscard]] Result<std::vector<std::optional<double>>> ParseSeries(std::string_view text);

}  // namespace mon::processor
