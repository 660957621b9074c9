#include "host_detectors.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "common/log.h"
#include "common/statistics.h"

namespace mon::processor {
namespace {

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeastInterval = 60;  // s
constexpr std::int64_t kMostInterval = 3600;
constexpr double kPastOfHost = 1'000'000;  // values, of kPastOfDetector
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
  return std::clamp(static_cast<std::int64_t>(UpperMedian(spacings)), kLeastInterval,
                    kMostInterval);
}

}  // namespace

void HostDetectors::Begin(DetectorStore* store, std::int64_t past_values,
                          std::vector<AcceptedOddity> accepted) {
  store_ = store;
  budget_ = past_values;
  accepted_ = std::move(accepted);
  for (auto& [hostid, entry] : hosts_) Accept(entry);
}

Result<std::vector<LearntReading>> HostDetectors::OfHost(std::span<const RelatedItem* const> items,
                                                         std::chrono::seconds window,
                                                         std::span<const std::int64_t> times,
                                                         ItemSource& source) {
  std::vector<LearntReading> readings(times.size());
  if (times.empty()) return readings;
  Entry& entry = hosts_[items.front()->hostid];
  entry.asked = std::max(entry.asked, times.back());
  asked_ = std::max(asked_, times.back());
  const auto wide = static_cast<std::int64_t>(window.count());
  auto read_until = source.ReadUntil(items.front()->hostid);
  if (!read_until) return std::unexpected(read_until.error());
  // A sample is judged after a while in any case; a row is learnt once, and when it is whole.
  const std::int64_t to = std::min(times.back() + wide, read_until->value_or(kEver));
  if (!entry.host || entry.host->HasRowBy(to)) {
    Series series;
    for (const RelatedItem* item : items) series.push_back({.item = item, .values = {}});
    if (auto measured = Measure(entry, series, to, source); !measured) {
      return std::unexpected(measured.error());
    }
    if (auto made = Make(entry, series, source); !made) return std::unexpected(made.error());
    if (auto done = CatchUp(*entry.host, series, to, source); !done) {
      return std::unexpected(done.error());
    }
  }
  for (std::size_t at = 0; at < times.size(); ++at) {
    readings[at] = entry.host->At(times[at] + wide, 2 * wide);
  }
  return readings;
}

/// Fills the spacings of `items`; those that are known serve for an hour.
Result<void> HostDetectors::Measure(Entry& entry, Series& items, std::int64_t now,
                                    ItemSource& source) {
  constexpr std::int64_t kHour = 3600;  // s
  if (now / kHour != entry.measured_at / kHour) {
    entry.spacings.clear();
    entry.measured_at = now;
  }
  std::vector<const RelatedItem*> unknown;
  for (const HostSeries& series : items) {
    if (!entry.spacings.contains(series.item->itemid)) unknown.push_back(series.item);
  }
  if (!unknown.empty()) {
    auto spacings = source.Spacings(unknown);
    if (!spacings) return std::unexpected(spacings.error());
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      const auto spacing = std::max<std::int64_t>((*spacings)[i].value_or(kLeastInterval), 1);
      entry.spacings[unknown[i]->itemid] = static_cast<double>(spacing);
    }
  }
  for (HostSeries& series : items) series.spacing = entry.spacings[series.item->itemid];
  return {};
}

Result<void> HostDetectors::Make(Entry& entry, Series& items, ItemSource& source) {
  if (entry.host) return {};
  WatchedHost host(items.front().item->hostid, IntervalOf(items), setting_);
  if (auto loaded = Load(host, items, source); !loaded) return loaded;
  entry.host = std::move(host);
  Accept(entry);
  return {};
}

void HostDetectors::Accept(Entry& entry) const {
  for (const AcceptedOddity& one : accepted_) {
    if (!entry.host || one.series != entry.host->Name()) continue;
    if (std::exchange(entry.accepted_at, one.said_at) < one.said_at)
      entry.host->Accept(one.strength, one.said_at);
  }
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
  const auto past = std::min(kPastOfDetector, static_cast<std::int64_t>(kPastOfHost / rate));
  const auto newest = host.Newest();
  std::int64_t from = newest ? std::max(*newest + 1, to - past) : to - past;
  const bool far = to - from > kMostLagOfFollowed;
  if (far && budget_ <= 0) return {};
  const auto chunk = std::max(host.Interval(), static_cast<std::int64_t>(kValuesAtOnce / rate));
  for (; from <= to; from += chunk) {
    const auto end = std::min(to, from + chunk - 1);
    auto series = source.Series(ItemsOf(items), from, end);
    if (!series) return std::unexpected(series.error());
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (far) budget_ -= static_cast<std::int64_t>((*series)[i].Size());
      items[i].values = std::move((*series)[i]);
    }
    host.Learn(items, from, end);
  }
  return {};
}

std::vector<StoredDetector> HostDetectors::Due() const {
  std::vector<StoredDetector> due;
  for (const auto& [hostid, entry] : hosts_) {
    if (!entry.host || !entry.host->IsDue()) continue;
    for (auto& state : entry.host->States()) due.push_back(std::move(state));
  }
  return due;
}

std::vector<AcceptedOddity> HostDetectors::Accepted() const {
  auto learnt = accepted_;
  std::erase_if(learnt, [this](const auto& one) {
    return std::ranges::none_of(hosts_, [&](const auto& known) {
      const auto& host = known.second.host;
      return host && host->Name() == one.series && host->Newest();
    });
  });
  return learnt;
}

void HostDetectors::Saved() {
  for (const auto& done : Accepted()) std::erase(accepted_, done);
  for (auto& [hostid, entry] : hosts_) {
    if (entry.host && entry.host->IsDue()) entry.host->Saved();
  }
}

void HostDetectors::Forget() {
  for (auto& [hostid, entry] : hosts_) {
    if (entry.host) entry.host->Forget();
  }
  if (store_ == nullptr) return;
  std::erase_if(hosts_,
                [&](const auto& one) { return one.second.asked + kForgottenAfter < asked_; });
}

void HostDetectors::Clear() {
  hosts_.clear();
  accepted_.clear();
}

}  // namespace mon::processor
