#include "least_squares.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace mon::forecast {
namespace {

/// x of `factor` x = `right`, for a lower triangle; 0 where its diagonal is 0.
std::vector<double> SolveLower(std::span<const double> factor, std::span<const double> right) {
  const std::size_t columns = right.size();
  std::vector<double> solution(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    const std::span row = factor.subspan(i * columns, i + 1);
    if (row[i] == 0) continue;
    double value = right[i];
    for (std::size_t j = 0; j < i; ++j) value -= row[j] * solution[j];
    solution[i] = value / row[i];
  }
  return solution;
}

/// The same for its transpose.
std::vector<double> SolveUpper(std::span<const double> factor, std::vector<double> right) {
  const std::size_t columns = right.size();
  for (std::size_t i = columns; i-- > 0;) {
    const std::span row = factor.subspan(i * columns, i + 1);
    right[i] = row[i] == 0 ? 0 : right[i] / row[i];
    for (std::size_t j = 0; j < i; ++j) right[j] -= row[j] * right[i];
  }
  return right;
}

}  // namespace

Solution::Solution(std::vector<double> coefficients, std::vector<double> factor)
    : coefficients_(std::move(coefficients)), factor_(std::move(factor)) {}

double Solution::At(std::span<const double> row) const {
  return std::inner_product(row.begin(), row.end(), coefficients_.begin(), 0.0);
}

double Solution::Leverage(std::span<const double> row) const {
  const std::vector<double> solved = SolveLower(factor_, row);
  return std::inner_product(solved.begin(), solved.end(), solved.begin(), 0.0);
}

LeastSquares::LeastSquares(std::size_t columns)
    : columns_(columns), gram_(columns * columns), moment_(columns) {}

void LeastSquares::Add(std::span<const double> row, double target, double weight) {
  weight_ += weight;
  for (std::size_t i = 0; i < columns_; ++i) {
    const double value = weight * row[i];
    double* const gram = &gram_[i * columns_];
    for (std::size_t j = 0; j <= i; ++j) gram[j] += value * row[j];
    moment_[i] += value * target;
  }
}

/// Cholesky's lower triangle of X'X with `diagonal` added, 0 on the diagonal of a column without
/// anything of its own.
std::vector<double> LeastSquares::Factor(double diagonal) const {
  constexpr double kNothingLeft = 1e-11;  // of the column's own square
  std::vector<double> factor(gram_);
  for (std::size_t i = 0; i < columns_; ++i) {
    double* const row = &factor[i * columns_];
    const double own = row[i] + diagonal;
    double rest = own;
    for (std::size_t j = 0; j < i; ++j) {
      const double* const other = &factor[j * columns_];
      for (std::size_t k = 0; k < j; ++k) row[j] -= row[k] * other[k];
      row[j] = other[j] > 0 ? row[j] / other[j] : 0;
      rest -= row[j] * row[j];
    }
    row[i] = rest > kNothingLeft * own ? std::sqrt(rest) : 0;
  }
  return factor;
}

Solution LeastSquares::Solve(double ridge) const {
  std::vector<double> factor = Factor(ridge * weight_);
  std::vector<double> coefficients = SolveUpper(factor, SolveLower(factor, moment_));
  return {std::move(coefficients), std::move(factor)};
}

}  // namespace mon::forecast
