#include "evaluations.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mon::processor {

using anomaly_detector::HostReadings;
using anomaly_detector::Reading;
using anomaly_detector::Truth;

namespace {

/// The readings of the columns in `slots` at one sample.
std::vector<Reading> ReadingsAt(const Columns& columns, std::span<const std::size_t> slots,
                                std::size_t sample) {
  std::vector<Reading> readings(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] == Layout::kNone) continue;  // stays kNoItem
    const double value = columns.values[slots[i]][sample];
    const auto& learnt = columns.learnt[slots[i]];
    readings[i].state = std::isnan(value) ? Reading::State::kNoValue : Reading::State::kValue;
    readings[i].value = std::isnan(value) ? 0 : value;
    readings[i].oddity = learnt.empty() ? nullptr : learnt[sample].why.get();
  }
  return readings;
}

/// How many operands each row of the layout has.
std::size_t Width(const Layout& layout) {
  return layout.rows.empty() ? 0 : layout.slots.size() / layout.rows.size();
}

}  // namespace

Evaluations::Evaluations(const anomaly_detector::Rule& rule,
                         std::shared_ptr<const SampleSeries> series,
                         std::shared_ptr<const Layout> layout)
    : rule_(rule), series_(std::move(series)), layout_(std::move(layout)) {
  truths_.reserve(series_->Samples().size());
}

void Evaluations::Add(std::size_t count, Columns columns) {
  const std::size_t first = truths_.size();
  const std::vector<double> unknown(count, std::nan(""));
  const auto column = [&](std::size_t slot, const std::vector<double>& otherwise) {
    return anomaly_detector::Column(slot == Layout::kNone ? otherwise : columns.values[slot]);
  };
  std::vector<anomaly_detector::Column> shared;
  for (const std::size_t slot : layout_->shared) shared.push_back(column(slot, unknown));
  std::vector<std::vector<anomaly_detector::Column>> hosts(layout_->rows.size());
  for (std::size_t i = 0; i < layout_->slots.size(); ++i)
    hosts[i / Width(*layout_)].push_back(column(layout_->slots[i], {}));
  const anomaly_detector::MetricColumns metrics{series_->ResponseTimes().subspan(first, count),
                                                series_->ErrorRates().subspan(first, count),
                                                shared};
  truths_.resize(first + count);
  rule_.EvaluateTruths(metrics, hosts, std::span(truths_).subspan(first));
  if (!rule_.Config().recovery.empty()) {
    recoveries_.resize(first + count);
    rule_.EvaluateRecoveries(metrics, hosts, std::span(recoveries_).subspan(first));
  }
  parts_.push_back({first, std::move(columns)});
}

Evaluation Evaluations::At(std::size_t sample) const {
  if (truths_[sample] == Truth::kTrue) return InFull(sample);
  Evaluation evaluation;
  evaluation.truth = truths_[sample];
  if (!recoveries_.empty()) evaluation.recovery = recoveries_[sample];
  return evaluation;
}

Evaluation Evaluations::InFull(std::size_t sample) const {
  const auto part = std::ranges::upper_bound(parts_, sample, {}, &Part::first) - 1;
  const std::size_t at = sample - part->first;
  const auto shared = ReadingsAt(part->columns, layout_->shared, at);
  const auto readings = ReadingsAt(part->columns, layout_->slots, at);
  std::vector<HostReadings> hosts;
  for (std::size_t row = 0; row < layout_->rows.size(); ++row) {
    const std::size_t width = Width(*layout_);
    hosts.push_back({layout_->rows[row].host, std::span(readings).subspan(row * width, width),
                     layout_->rows[row].key});
  }
  return Evaluate(rule_, series_->Samples()[sample], hosts, shared);
}

void Evaluations::Feed(IncidentRun& run) const {
  const auto samples = series_->Samples();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    i += run.FeedQuietly(series_->Times().subspan(i), Truths().subspan(i));
    if (i < samples.size()) run.Feed(samples[i], At(i));
  }
}

}  // namespace mon::processor
