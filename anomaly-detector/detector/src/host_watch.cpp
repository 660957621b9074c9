#include "detector/host_watch.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "detector/state_bytes.h"
#include "odd_mean.h"

namespace mon::detector {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::int64_t kLasting = 86'400;         // s; then it is the usual level
constexpr std::int64_t kForgotten = 14 * 86'400;  // s without a value
constexpr double kUsualDistances = 3;             // further from its centre a value is unusual
constexpr double kLeastSpread = 1e-4;             // of the size of the values
constexpr Level::Pace kPace{.center = 0.005, .spread = 0.005, .clip = 3};

/// Limits were measured on servers of 19 and 38 metrics (bench/detection.md). Of more than about so
/// many the mean gets no steadier: they move together.
double OddMeanOfHost(std::size_t metrics) { return OddMean(std::min<std::size_t>(metrics, 40)); }

/// Of what does not move at all some spread is assumed.
double Floor(double center) { return kLeastSpread * std::abs(center); }

/// Parts in a state of fixed shape.
struct StoredParts {
  template <typename Archive>
  void Visit(Archive& archive) {
    archive(count, metrics, shares, lows, highs, values);
  }

  std::uint64_t count = 0;
  std::array<std::uint64_t, HostWatch::kMostParts> metrics{};
  std::array<double, HostWatch::kMostParts> shares{}, lows{}, highs{}, values{};
};

StoredParts ToStored(const std::vector<HostPart>& parts) {
  StoredParts stored;
  stored.count = parts.size();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    stored.metrics[i] = parts[i].metric;
    stored.shares[i] = parts[i].share;
    stored.lows[i] = parts[i].low;
    stored.highs[i] = parts[i].high;
    stored.values[i] = parts[i].seen;
  }
  return stored;
}

std::vector<HostPart> FromStored(const StoredParts& stored) {
  std::vector<HostPart> parts;
  for (std::size_t i = 0; i < std::min<std::uint64_t>(stored.count, HostWatch::kMostParts); ++i) {
    parts.push_back(
        {stored.metrics[i], stored.shares[i], stored.lows[i], stored.highs[i], stored.values[i]});
  }
  return parts;
}

}  // namespace

const HostView& HostWatch::Next(std::int64_t time, std::span<const HostValue> row) {
  const bool was_known = view_.known;
  const bool was_odd = view_.odd;
  const Tick tick = clock_.Next(time, 0);
  const auto seen = Take(time, row);
  double sum = 0;
  for (const Seen& one : seen) sum += one.deviation;
  const auto present = static_cast<double>(seen.size());
  const double mean = seen.empty() ? 0 : sum / present;
  const double strength = seen.empty() ? 0 : mean / OddMeanOfHost(seen.size());
  view_.known = !seen.empty();
  const double limit = calibrator_.Limit(setting_.alerts_per_month);
  const bool raised = machine_.Next(strength, limit, tick.seconds, tick.spacing);
  if (view_.known) {
    calibrator_.Observe(strength, tick.seconds, tick.spacing);
    if (view_.odd) view_.odd = GoesOn(time, row);
    if (raised && !view_.odd) {
      view_.limit = std::min(limit, 1.0) * OddMeanOfHost(seen.size());
      Raise(time, seen, strength);
    }
    view_.mean = mean;
  }
  if (newest_ == 0 || view_.known != was_known || view_.odd != was_odd) changed_at_ = time;
  newest_ = time;
  return view_;
}

/// Those that have learnt, by metric.
std::vector<HostWatch::Seen> HostWatch::Take(std::int64_t time, std::span<const HostValue> row) {
  std::vector<Seen> seen;
  for (const HostValue& one : row) {
    Metric& metric = metrics_.try_emplace(one.metric, setting_).first->second;
    const Judgement own = metric.detector.Next(time, one.value);
    if (own.gap) continue;
    const auto& reading = metric.detector.Reading();
    if (!own.learning) {
      seen.push_back({one.metric, reading.value, metric.usual.Center(), metric.usual.Spread(),
                      reading.deviation, reading.blame});
    }
    metric.usual.Add(reading.value, Floor(metric.usual.Center()), kPace);
    metric.newest = time;
  }
  std::erase_if(metrics_, [&](const auto& one) {
    return one.second.newest != 0 && time - one.second.newest > kForgotten;
  });
  return seen;
}

void HostWatch::Raise(std::int64_t time, std::span<const Seen> seen, double strength) {
  view_.odd = true;
  view_.since = time;
  view_.strength = strength;
  view_.metrics = seen.size();
  view_.unusual = 0;
  view_.parts.clear();
  double all = 0;
  for (const Seen& one : seen) all += one.blame;
  for (const Seen& one : seen) {
    const double far = kUsualDistances * std::max(one.spread, Floor(one.center));
    if (std::abs(one.value - one.center) > far) ++view_.unusual;
    view_.parts.push_back(
        {one.metric, all > 0 ? one.blame / all : 0, one.center - far, one.center + far, one.value});
  }
  std::ranges::stable_sort(view_.parts, std::greater(), &HostPart::share);
  if (view_.parts.size() > kMostParts) view_.parts.resize(kMostParts);
}

/// More of what it was raised for is as it was then than is usual again.
bool HostWatch::GoesOn(std::int64_t time, std::span<const HostValue> row) const {
  if (time - view_.since >= kLasting) return false;
  int balance = 0;
  for (const HostPart& part : view_.parts) {
    const auto found = std::ranges::lower_bound(row, part.metric, {}, &HostValue::metric);
    if (found == row.end() || found->metric != part.metric || std::isnan(found->value)) continue;
    const auto known = metrics_.find(part.metric);
    if (known == metrics_.end()) continue;
    const double now = known->second.detector.Reading().value;
    const double center = (part.low + part.high) / 2;
    balance += std::abs(now - center) > std::abs(now - part.seen) ? 1 : -1;
  }
  return balance > 0;
}

void HostWatch::Accept(double strength, std::int64_t said_at) {
  calibrator_.Accept(strength);
  if (!view_.odd || view_.since > said_at) return;
  changed_at_ = newest_;
  view_.odd = false;
}

template <typename Archive>
void HostWatch::Visit(Archive& archive) {
  auto parts = ToStored(view_.parts);
  std::uint64_t metrics = view_.metrics;
  std::uint64_t unusual = view_.unusual;
  archive(clock_, calibrator_, machine_, newest_, changed_at_, view_.known, view_.odd, metrics,
          unusual, parts, view_.mean, view_.limit, view_.since, view_.strength);
  view_.metrics = static_cast<std::size_t>(metrics);
  view_.unusual = static_cast<std::size_t>(unusual);
  view_.parts = FromStored(parts);
}

std::string HostWatch::Save() const {
  HostWatch copy(setting_);
  copy.clock_ = clock_;
  copy.calibrator_ = calibrator_;
  copy.machine_ = machine_;
  copy.view_ = view_;
  copy.newest_ = newest_;
  copy.changed_at_ = changed_at_;
  return SaveState(std::move(copy), kVersion);
}

std::map<std::uint64_t, std::string> HostWatch::SaveMetrics() const {
  std::map<std::uint64_t, std::string> states;
  for (const auto& [id, metric] : metrics_) states[id] = SaveState(metric, kVersion);
  return states;
}

Result<HostWatch> HostWatch::Load(std::string_view state,
                                  const std::map<std::uint64_t, std::string_view>& metrics,
                                  Setting setting) {
  auto watch = LoadState(state, kVersion, HostWatch(setting));
  if (!watch) return watch;
  for (const auto& [id, bytes] : metrics) {
    auto metric = LoadState(bytes, kVersion, Metric(setting));
    if (!metric) return std::unexpected(metric.error());
    watch->metrics_.emplace(id, *std::move(metric));
  }
  return watch;
}

}  // namespace mon::detector
