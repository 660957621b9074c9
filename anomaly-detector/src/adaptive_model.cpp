#include <memory>

#include "anomaly_detector/stream_model.h"
#include "detector/metric_detector.h"
#include "detector/row_detector.h"

namespace mon::anomaly_detector {
namespace {

class MetricModel final : public StreamModel {
 public:
  explicit MetricModel(detector::Setting setting) : detector_(setting) {}

  void Next(std::int64_t timestamp, std::span<const double> values, Score& score) override {
    score.score = detector_.Next(timestamp, values.front()).score;
    score.shares.assign(1, score.score > 0 ? 1 : 0);
  }

 private:
  detector::MetricDetector detector_;
};

class RowModel final : public StreamModel {
 public:
  RowModel(std::size_t dims, detector::Setting setting) : detector_(dims, setting) {}

  void Next(std::int64_t timestamp, std::span<const double> values, Score& score) override {
    score.score = detector_.Next(timestamp, values).score;
    score.shares.assign(detector_.Shares().begin(), detector_.Shares().end());
  }

 private:
  detector::RowDetector detector_;
};

}  // namespace

std::unique_ptr<StreamModel> MakeAdaptiveModel(std::size_t dims, double alerts_per_month) {
  const detector::Setting setting{.alerts_per_month = alerts_per_month};
  if (dims == 1) return std::make_unique<MetricModel>(setting);
  return std::make_unique<RowModel>(dims, setting);
}

}  // namespace mon::anomaly_detector
