#pragma once

#include <span>
#include <vector>

namespace mon::forecast {

/// Weights of an average, each 0 or more and together 1, whose mean absolute error is small.
///
/// `forecasts`: one for each method, all as long as `truth`. Exponentiated gradient descent from
/// equal weights, a fixed number of steps (Kivinen & Warmuth, "Exponentiated gradient versus
/// gradient descent for linear predictors", 1997). What errs as another does gains nothing, as
/// opposed to weights by each method's own error; and few steps from equal weights keep chance out.
[[nodiscard]] std::vector<double> FitWeights(std::span<const std::vector<double>> forecasts,
                                             std::span<const double> truth);

}  // namespace mon::forecast
