#include "weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

namespace mon::forecast {
namespace {

using Errors = std::vector<std::vector<double>>;  ///< of each method, at each step

/// By how much the mean absolute error of the average grows with each weight.
std::vector<double> Gradient(const Errors& errors, std::span<const double> weights) {
  std::vector<double> gradient(errors.size());
  for (std::size_t i = 0; i < errors.front().size(); ++i) {
    double error = 0;
    for (std::size_t m = 0; m < errors.size(); ++m) error += weights[m] * errors[m][i];
    for (std::size_t m = 0; m < errors.size(); ++m) {
      gradient[m] += error < 0 ? -errors[m][i] : errors[m][i];
    }
  }
  return gradient;
}

/// Of the average, all steps together.
double SumOfErrors(const Errors& errors, std::span<const double> weights) {
  double sum = 0;
  for (std::size_t i = 0; i < errors.front().size(); ++i) {
    double error = 0;
    for (std::size_t m = 0; m < errors.size(); ++m) error += weights[m] * errors[m][i];
    sum += std::abs(error);
  }
  return sum;
}

}  // namespace

std::vector<double> FitWeights(std::span<const std::vector<double>> forecasts,
                               std::span<const double> truth) {
  constexpr int kSteps = 40;
  constexpr double kPace = 2;
  Errors errors(forecasts.begin(), forecasts.end());
  for (std::vector<double>& of_method : errors) {
    std::ranges::transform(of_method, truth, of_method.begin(), std::minus<>());
  }
  std::vector<double> weights(errors.size(), 1 / static_cast<double>(errors.size()));
  const double scale = SumOfErrors(errors, weights);
  if (scale == 0) return weights;
  for (int step = 1; step <= kSteps; ++step) {
    const std::vector<double> gradient = Gradient(errors, weights);
    const double least = std::ranges::min(gradient);
    double sum = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) {
      weights[m] *= std::exp(-kPace / std::sqrt(step) * (gradient[m] - least) / scale);
      sum += weights[m];
    }
    for (double& weight : weights) weight /= sum;
  }
  return weights;
}

}  // namespace mon::forecast
