#include "detector/row_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "detector/state_bytes.h"
#include "odd_mean.h"
#include "score.h"

namespace mon::detector {
namespace {

constexpr std::uint64_t kVersion = 2;

}  // namespace

RowDetector::RowDetector(std::size_t metrics, Setting setting)
    : setting_(setting),
      metrics_(metrics, MetricDetector(setting)),
      calibrator_(static_cast<double>(metrics)),
      shares_(metrics) {}

Judgement RowDetector::Next(std::int64_t time, std::span<const double> values) {
  const Tick tick = clock_.Next(time, 0);
  double deviation = 0;
  double present = 0;
  Judgement judgement{.learning = true};
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    const Judgement own = metrics_[i].Next(time, values[i]);
    judgement.learning = judgement.learning && own.learning;
    if (own.gap) continue;
    present += 1;
    deviation += metrics_[i].Reading().deviation;
  }
  judgement.gap = present == 0;
  const double mean = judgement.gap ? 0 : deviation / present;
  strength_ = judgement.learning ? 0 : mean / OddMean(metrics_.size());
  lately_ += 0.1 * (strength_ - lately_);
  ShareOut();

  const double limit = calibrator_.Limit(setting_.alerts_per_month);
  usual_ = std::min(limit, 1.0);
  judgement.raised = machine_.Next(strength_, limit, tick.seconds, tick.spacing);
  if (judgement.learning) return judgement;
  calibrator_.Observe(strength_, tick.seconds, tick.spacing);
  if (judgement.gap) return judgement;
  judgement.score = judgement.raised ? RaisedScore(strength_, limit)
                                     : QuietScore(std::max(strength_, lately_), 4);
  return judgement;
}

void RowDetector::ShareOut() {
  double sum = 0;
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    shares_[i] = metrics_[i].Reading().blame;
    sum += shares_[i];
  }
  if (sum == 0) return;
  for (double& share : shares_) share /= sum;
}

std::string RowDetector::Sentence(std::span<const std::string> names, std::size_t most) const {
  if (strength_ <= usual_) return "";
  std::vector<std::size_t> order(metrics_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return shares_[i]; });
  std::string text;
  for (const std::size_t i : std::span(order).first(std::min(most, order.size()))) {
    if (shares_[i] == 0) break;
    const Scorers::Reading& reading = metrics_[i].Reading();
    text += fmt::format("{}{}: usually {:.4g} to {:.4g}, saw {:.4g}", text.empty() ? "" : "; ",
                        names[i], reading.center - reading.spread, reading.center + reading.spread,
                        reading.value);
  }
  return text;
}

void RowDetector::Accept() { calibrator_.Accept(strength_); }

std::string RowDetector::Save() const {
  RowDetector copy = *this;
  StateWriter writer;
  std::uint64_t metrics = metrics_.size();
  writer(metrics);
  copy.Visit(writer);
  return writer.Close(kVersion);
}

Result<RowDetector> RowDetector::Load(std::string_view state, std::size_t metrics,
                                      Setting setting) {
  Result<StateReader> reader = StateReader::Open(state, kVersion);
  if (!reader) return std::unexpected(reader.error());
  std::uint64_t found = 0;
  (*reader)(found);
  if (found != metrics) {
    return Fail(
        ErrorCode::kInvalidData,
        fmt::format("a row detector's state: expected {} metrics, found {}", metrics, found));
  }
  RowDetector detector(metrics, setting);
  detector.Visit(*reader);
  if (Result<void> finished = reader->Finish(); !finished) {
    return std::unexpected(finished.error());
  }
  return detector;
}

}  // namespace mon::detector
