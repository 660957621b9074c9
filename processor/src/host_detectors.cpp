#include "host_detectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "common/log.h"

namespace mon::processor {
namespace {

constexpr std::int64_t kLeastInterval = 60;  // s
constexpr std::int64_t kMostInterval = 3600;
/// What a detector that is new, or far behind, is given.
constexpr std::int64_t kPast = 14 * 86'400;  // s
constexpr double kPastOfHost = 1'000'000;    // values
/// What one that is followed lags behind at most: an hour or two.
constexpr std::int64_t kNear = 3 * 3600;  // s
constexpr double kValuesAtOnce = 200'000;

/// Values of all items together in a second.
double RateOf(std::span<const HostSeries> items) {
  double rate = 0;
  for (const HostSeries& series : items) rate += 1 / series.spacing;
  return rate;
}

std::vector<const RelatedItem*> ItemsOf(std::span<const HostSeries> series) {
  std::vector<const RelatedItem*> items;
  for (const HostSeries& one : series) items.push_back(one.item);
  return items;
}

/// The median spacing of the items, within bounds.
std::int64_t IntervalOf(std::span<const HostSeries> items) {
  std::vector<double> spacings;
  for (const HostSeries& series : items) spacings.push_back(series.spacing);
  const auto middle = spacings.begin() + static_cast<std::ptrdiff_t>(spacings.size() / 2);
  std::ranges::nth_element(spacings, middle);
  return std::clamp(static_cast<std::int64_t>(*middle), kLeastInterval, kMostInterval);
}

}  // namespace

void HostDetectors::Begin(DetectorStore* store, std::int64_t past_values,
                          std::vector<std::pair<std::string, double>> accepted) {
  store_ = store;
  budget_ = past_values;
  accepted_ = std::move(accepted);
  for (auto& [hostid, host] : hosts_) {
    for (const auto& [name, strength] : accepted_) {
      if (name == host.Name()) host.Accept(strength);
    }
  }
}

Result<std::vector<LearntReading>> HostDetectors::OfHost(std::span<const RelatedItem* const> items,
                                                         std::chrono::seconds window,
                                                         std::span<const std::int64_t> times,
                                                         ItemSource& source) {
  std::vector<LearntReading> readings(times.size());
  if (times.empty()) return readings;
  auto spacings = source.Spacings(items);
  if (!spacings) return std::unexpected(spacings.error());
  Series series;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto spacing = (*spacings)[i].value_or(kLeastInterval);
    series.push_back({items[i], static_cast<double>(std::max<std::int64_t>(spacing, 1)), {}});
  }
  auto host = Of(series, source);
  if (!host) return std::unexpected(host.error());
  const auto wide = static_cast<std::int64_t>(window.count());
  if (auto done = CatchUp(**host, series, times.back() + wide, source); !done) {
    return std::unexpected(done.error());
  }
  for (std::size_t at = 0; at < times.size(); ++at) {
    readings[at] = (*host)->At(times[at] + wide, 2 * wide);
  }
  return readings;
}

Result<WatchedHost*> HostDetectors::Of(Series& items, ItemSource& source) {
  const auto hostid = items.front().item->hostid;
  const auto known = hosts_.find(hostid);
  if (known != hosts_.end()) return &known->second;
  WatchedHost host(hostid, IntervalOf(items), setting_);
  if (auto loaded = Load(host, items, source); !loaded) return std::unexpected(loaded.error());
  for (const auto& [name, strength] : accepted_) {
    if (name == host.Name()) host.Accept(strength);
  }
  return &hosts_.emplace(hostid, std::move(host)).first->second;
}

Result<void> HostDetectors::Load(WatchedHost& host, Series& items, ItemSource& source) {
  if (store_ == nullptr) return {};
  std::map<std::string, std::uint64_t> item_of;
  std::vector<std::string> names{host.Name()};
  for (const HostSeries& series : items) {
    names.push_back(host.NameOf(series.item->itemid));
    item_of[names.back()] = series.item->itemid;
  }
  auto stored = store_->Load(names);
  if (!stored) return std::unexpected(stored.error());
  const auto whole = std::ranges::find(*stored, host.Name(), &StoredDetector::series);
  if (whole == stored->end()) return {};
  std::map<std::uint64_t, std::string_view> metrics;
  for (const auto& one : *stored) {
    const auto item = item_of.find(one.series);
    // One of another moment is of an item that was gone for a while: it learns anew.
    if (item != item_of.end() && one.newest == whole->newest) metrics[item->second] = one.state;
  }
  auto watch = detector::HostWatch::Load(whole->state, metrics, setting_);
  if (!watch) {
    log::Warning("a detector begins anew",
                 {{"series", host.Name()}, {"reason", watch.error().message}});
    return {};
  }
  host.Restore(*std::move(watch), whole->newest, items);
  auto last = source.LastBefore(ItemsOf(items), whole->newest + 1);
  if (!last) return std::unexpected(last.error());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if ((*last)[i]) host.Begin(items[i].item->itemid, *(*last)[i]);
  }
  return {};
}

/// All that is stored up to `to`, as far as the budget goes.
Result<void> HostDetectors::CatchUp(WatchedHost& host, Series& items, std::int64_t to,
                                    ItemSource& source) {
  const double rate = RateOf(items);
  const auto past = std::min(kPast, static_cast<std::int64_t>(kPastOfHost / rate));
  const auto newest = host.Newest();
  if (newest && to < *newest + host.Interval()) return {};  // no row is behind it
  std::int64_t from = newest ? std::max(*newest + 1, to - past) : to - past;
  const bool far = to - from > kNear;
  if (far && budget_ <= 0) return {};
  const auto chunk = std::max(host.Interval(), static_cast<std::int64_t>(kValuesAtOnce / rate));
  for (; from <= to; from += chunk) {
    const auto end = std::min(to, from + chunk - 1);
    auto series = source.Series(ItemsOf(items), from, end);
    if (!series) return std::unexpected(series.error());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (far) budget_ -= static_cast<std::int64_t>((*series)[i].size());
      items[i].points = std::move((*series)[i]);
    }
    host.Learn(items, from, end);
  }
  return {};
}

std::vector<StoredDetector> HostDetectors::Due() const {
  std::vector<StoredDetector> due;
  for (const auto& [hostid, host] : hosts_) {
    if (!host.IsDue()) continue;
    for (auto& state : host.States()) due.push_back(std::move(state));
  }
  return due;
}

std::vector<std::pair<std::string, double>> HostDetectors::Accepted() const {
  auto learnt = accepted_;
  std::erase_if(learnt, [this](const auto& one) {
    return std::ranges::none_of(hosts_, [&](const auto& known) {
      return known.second.Name() == one.first && known.second.Newest();
    });
  });
  return learnt;
}

void HostDetectors::Saved() {
  for (const auto& done : Accepted()) std::erase(accepted_, done);
  for (auto& [hostid, host] : hosts_) {
    if (host.IsDue()) host.Saved();
  }
}

void HostDetectors::Forget() {
  for (auto& [hostid, host] : hosts_) host.Forget();
}

void HostDetectors::Clear() {
  hosts_.clear();
  accepted_.clear();
}

}  // namespace mon::processor
