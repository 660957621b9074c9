#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mon::forecast {

/// What least squares found.
class Solution {
 public:
  Solution(std::vector<double> coefficients, std::vector<double> factor);

  [[nodiscard]] std::span<const double> Coefficients() const { return coefficients_; }
  /// The fitted value at `row`.
  [[nodiscard]] double At(std::span<const double> row) const;
  /// `row` (X'X)^-1 `row`': the variance of the fitted value in units of the errors' variance.
  [[nodiscard]] double Leverage(std::span<const double> row) const;

 private:
  std::vector<double> coefficients_;
  std::vector<double> factor_;
};

/// Weighted least squares by normal equations: for some dozen columns.
class LeastSquares {
 public:
  explicit LeastSquares(std::size_t columns);

  void Add(std::span<const double> row, double target, double weight = 1);

  /// The coefficients that minimise the squared errors plus `ridge` times the rows' weight times
  /// their own squares. A column that the others before it explain gets 0.
  [[nodiscard]] Solution Solve(double ridge = 0) const;

 private:
  [[nodiscard]] std::vector<double> Factor(double diagonal) const;

  std::size_t columns_;
  double weight_ = 0;
  std::vector<double> gram_;    ///< X'X row by row, its lower triangle
  std::vector<double> moment_;  ///< X'y
};

}  // namespace mon::forecast
