#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon::anomaly_detector {

/// The numbers of some CSV fields, in order; NaN for an empty field and for `nan`, which are gaps.
/// Errors: kInvalidData for anything else that is not a finite number.
[[nodiscard]] Result<std::vector<double>> ParseValues(std::span<const std::string_view> fields);

/// A field for an error text: in quotes, cut where it is long.
[[nodiscard]] std::string Quoted(std::string_view field);

}  // namespace mon::anomaly_detector
