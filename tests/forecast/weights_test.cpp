#include "weights.h"

#include <gmock/gmock.h>

#include <numeric>

namespace mon::forecast {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::Ge;
using Paths = std::vector<std::vector<double>>;

const std::vector<double> kTruth = {5, 6, 7, 8, 7, 6, 5, 4};

std::vector<double> Off(const std::vector<double>& errors) {
  std::vector<double> path = kTruth;
  for (std::size_t i = 0; i < path.size(); ++i) path[i] += errors[i % errors.size()];
  return path;
}

TEST(FitWeightsTest, AreSharesOfOne) {
  const std::vector<double> weights = FitWeights(Paths{Off({1}), Off({-3, 2}), Off({9})}, kTruth);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-12);
  EXPECT_THAT(weights, Each(Ge(0)));
}

TEST(FitWeightsTest, TheBetterMethodCountsMore) {
  const std::vector<double> weights = FitWeights(Paths{Off({0.1, -0.1}), Off({4, -4})}, kTruth);
  EXPECT_GT(weights[0], 0.95);
}

TEST(FitWeightsTest, ErrorsThatCancelOutAreWorthMoreThanSmallOnesThatDoNot) {
  // Two lie 4 above and 4 below; the third is nearer than either, always above.
  const std::vector<double> weights = FitWeights(Paths{Off({4}), Off({-4}), Off({3})}, kTruth);
  EXPECT_NEAR(4 * weights[0] - 4 * weights[1] + 3 * weights[2], 0, 1);
  EXPECT_GT(weights[1], 0.4);
}

TEST(FitWeightsTest, AreEqualWhereAllAreRight) {
  EXPECT_THAT(FitWeights(Paths{kTruth, kTruth}, kTruth), Each(DoubleNear(0.5, 1e-12)));
}

TEST(FitWeightsTest, DoNotDependOnTheUnit) {
  Paths paths{Off({1, -2}), Off({3, 0})};
  const std::vector<double> plain = FitWeights(paths, kTruth);
  std::vector<double> truth = kTruth;
  for (double& value : truth) value *= 1e6;
  for (auto& path : paths) {
    for (double& value : path) value *= 1e6;
  }
  EXPECT_NEAR(FitWeights(paths, truth)[0], plain[0], 1e-9);
}

}  // namespace
}  // namespace mon::forecast
