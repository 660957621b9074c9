#include "least_squares.h"

#include <gmock/gmock.h>

#include <array>

namespace mon::forecast {
namespace {

TEST(LeastSquaresTest, FindsTheLineThroughThePoints) {
  LeastSquares fit(2);
  for (const double x : {0.0, 1.0, 2.0, 3.0}) fit.Add(std::array{1.0, x}, 5 - 2 * x);
  const Solution line = fit.Solve();
  EXPECT_NEAR(line.Coefficients()[0], 5, 1e-12);
  EXPECT_NEAR(line.Coefficients()[1], -2, 1e-12);
  EXPECT_NEAR(line.At(std::array{1.0, 10.0}), -15, 1e-12);
}

TEST(LeastSquaresTest, CountsAWeightAsThatManyRows) {
  LeastSquares weighted(1);
  weighted.Add(std::array{1.0}, 10, 3);
  weighted.Add(std::array{1.0}, 2, 1);
  EXPECT_NEAR(weighted.Solve().Coefficients()[0], 8, 1e-12);
}

TEST(LeastSquaresTest, ShrinksWithTheRidge) {
  LeastSquares fit(1);
  for (int i = 0; i < 4; ++i) fit.Add(std::array{1.0}, 6);
  EXPECT_NEAR(fit.Solve(0.5).Coefficients()[0], 4, 1e-12);
}

TEST(LeastSquaresTest, GivesNothingToAColumnThatOthersExplain) {
  LeastSquares fit(3);
  for (const double x : {1.0, 2.0, 4.0}) fit.Add(std::array{x, 2 * x, 0.0}, 3 * x);
  const Solution solution = fit.Solve();
  EXPECT_NEAR(solution.Coefficients()[0], 3, 1e-12);
  EXPECT_EQ(solution.Coefficients()[1], 0);
  EXPECT_EQ(solution.Coefficients()[2], 0);
}

TEST(LeastSquaresTest, LeverageOfAMeanFallsWithTheRows) {
  LeastSquares fit(1);
  for (int i = 0; i < 25; ++i) fit.Add(std::array{1.0}, i);
  EXPECT_NEAR(fit.Solve().Leverage(std::array{1.0}), 1.0 / 25, 1e-12);
}

TEST(LeastSquaresTest, LeverageOfALineGrowsOutside) {
  LeastSquares fit(2);
  for (int i = 0; i < 10; ++i) fit.Add(std::array{1.0, static_cast<double>(i)}, i);
  const Solution line = fit.Solve();
  EXPECT_LT(line.Leverage(std::array{1.0, 4.5}), line.Leverage(std::array{1.0, 9.0}));
  EXPECT_LT(line.Leverage(std::array{1.0, 9.0}), line.Leverage(std::array{1.0, 20.0}));
}

}  // namespace
}  // namespace mon::forecast
