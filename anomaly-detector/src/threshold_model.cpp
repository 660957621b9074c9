#include <algorithm>
#include <cmath>
#include <utility>

#include "anomaly_detector/stream_model.h"

namespace mon::anomaly_detector {
namespace {

constexpr double kAlert = 0.5;

double ScoreOf(double value, double limit) {
  const double scale = limit == 0 ? 1 : std::abs(limit);
  if (value > limit) {
    // As 1 / (1 + s / d): d may be infinite, and so small beside s that the sum rounds to 0.5.
    const double above = kAlert + kAlert / (1 + scale / (value - limit));
    return std::max(above, std::nextafter(kAlert, 1.0));
  }
  return kAlert / (1 + (limit - value) / scale);
}

class ThresholdModel final : public StreamModel {
 public:
  explicit ThresholdModel(std::vector<double> limits) : limits_(std::move(limits)) {}

  void Next(std::int64_t /*timestamp*/, std::span<const double> values, Score& score) override {
    score.shares.assign(limits_.size(), 0);
    score.score = 0;
    for (std::size_t i = 0; i < limits_.size(); ++i) {
      if (std::isnan(values[i])) continue;
      score.shares[i] = ScoreOf(values[i], limits_[i]);
      score.score = std::max(score.score, score.shares[i]);
    }
    ToShares(score);
  }

 private:
  /// From the score of each metric to its share.
  static void ToShares(Score& score) {
    const double base = score.score > kAlert ? kAlert : 0;
    double sum = 0;
    for (double& share : score.shares) {
      share = std::max(share - base, 0.0);
      sum += share;
    }
    if (sum == 0) return;
    for (double& share : score.shares) share /= sum;
  }

  std::vector<double> limits_;
};

}  // namespace

std::unique_ptr<StreamModel> MakeThresholdModel(std::vector<double> limits) {
  return std::make_unique<ThresholdModel>(std::move(limits));
}

}  // namespace mon::anomaly_detector
