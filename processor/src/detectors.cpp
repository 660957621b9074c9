#include "detectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "common/log.h"

namespace mon::processor {
namespace {

using anomaly_detector::Source;

constexpr std::int64_t kPastValues = 20'000;  // of kPastOfDetector
/// Items whose values begin within so much are read in one query, so many values at a time.
constexpr std::int64_t kTogether = 300;  // s
constexpr std::int64_t kValuesAtOnce = 200'000;
constexpr std::size_t kItemsAtOnce = 500;

std::string NameOf(Source metric, const std::string& application) {
  return fmt::format("{} of {}", metric == Source::kErrorRate ? "error_rate" : "response_time_ms",
                     application);
}

std::string NameOf(const RelatedItem& item) { return fmt::format("item {}", item.itemid); }

/// From where on a detector is given what is stored, with values each `spacing` seconds.
std::int64_t PastOf(double spacing) {
  const double seconds = static_cast<double>(kPastValues) * std::max(spacing, 1.0);
  return seconds < static_cast<double>(kPastOfDetector) ? static_cast<std::int64_t>(seconds)
                                                        : kPastOfDetector;
}

std::int64_t ValuesIn(std::int64_t seconds, double spacing) {
  return static_cast<std::int64_t>(static_cast<double>(seconds) / std::max(spacing, 1.0)) + 1;
}

}  // namespace

Result<void> Detectors::Begin(DetectorStore* store, std::int64_t past_values) {
  store_ = store;
  budget_ = past_values;
  predictions_.Begin(store, past_values);
  if (store_ == nullptr) {
    hosts_.Begin(store, past_values, {});
    return {};
  }
  auto accepted = store_->LoadAccepted();
  if (!accepted) return std::unexpected(accepted.error());
  accepted_ = *std::move(accepted);
  const auto of_hosts = std::ranges::partition(
      accepted_, [](const auto& one) { return !WatchedHost::IsName(one.series); });
  hosts_.Begin(store, past_values, {of_hosts.begin(), of_hosts.end()});
  accepted_.erase(of_hosts.begin(), of_hosts.end());
  std::vector<std::string> names;
  for (const auto& one : accepted_) names.push_back(one.series);
  if (auto loaded = Load(names); !loaded) return loaded;
  for (const auto& one : accepted_) {
    Entry& entry = Of(one.series);
    if (std::exchange(entry.accepted_at, one.said_at) < one.said_at)
      entry.series.Accept(one.strength, one.said_at);
  }
  return {};
}

Result<void> Detectors::Prefetch(Source metric, std::span<const std::string> applications) {
  std::vector<std::string> names;
  for (const auto& application : applications) names.push_back(NameOf(metric, application));
  return Load(names);
}

/// Those of `names` that are not known yet.
Result<void> Detectors::Load(std::span<const std::string> names) {
  std::vector<std::string> unknown;
  for (const auto& name : names) {
    if (!entries_.contains(name)) unknown.push_back(name);
  }
  if (unknown.empty()) return {};
  for (const auto& name : unknown) (void)Of(name);
  if (store_ == nullptr) return {};
  auto stored = store_->Load(unknown);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& one : *stored) {
    auto watch = detector::MetricWatch::Load(one.state, setting_);
    if (watch) {
      Of(one.series).series.Restore(*std::move(watch), one.newest);
      continue;
    }
    // Of another version, or damaged: it learns again from what is stored.
    log::Warning("a detector begins anew",
                 {{"series", one.series}, {"reason", watch.error().message}});
  }
  return {};
}

Detectors::Entry& Detectors::Of(const std::string& name) {
  const auto known = entries_.find(name);
  if (known != entries_.end()) return known->second;
  Entry fresh(WatchedSeries(name, setting_));
  fresh.asked = asked_;
  return entries_.emplace(name, std::move(fresh)).first->second;
}

Detectors::Entry& Detectors::Ask(const std::string& name, std::int64_t time) {
  Entry& entry = Of(name);
  entry.asked = std::max(entry.asked, time);
  asked_ = std::max(asked_, time);
  return entry;
}

Result<std::vector<LearntReading>> Detectors::OfMetric(Source metric,
                                                       const std::string& application,
                                                       std::span<const Sample> samples,
                                                       SampleHistory* history) {
  const std::string name = NameOf(metric, application);
  if (auto loaded = Load({&name, 1}); !loaded) return std::unexpected(loaded.error());
  std::vector<LearntReading> readings(samples.size());
  if (samples.empty()) return readings;
  Entry& entry = Ask(name, samples.back().timestamp);
  const auto newest = entry.series.Newest();
  const bool goes_on = !newest || samples.back().timestamp > *newest;
  if (goes_on && !entry.followed && history != nullptr) {
    if (auto done = CatchUp(metric, application, entry, samples, *history); !done) {
      return std::unexpected(done.error());
    }
    if (!entry.followed) return readings;
  }
  for (const Sample& sample : samples) {
    entry.series.Feed(sample.timestamp, ValueOf(metric, sample));
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    readings[i] = entry.series.At(samples[i].timestamp, 0);
  }
  return readings;
}

/// With what is stored up to the last of `samples`, where the budget suffices.
Result<void> Detectors::CatchUp(Source metric, const std::string& application, Entry& entry,
                                std::span<const Sample> samples, SampleHistory& history) {
  const std::int64_t first = samples.front().timestamp;
  const auto feed = [&](const Sample& sample) {
    entry.series.Feed(sample.timestamp, ValueOf(metric, sample));
  };
  if (!entry.series.Newest() || *entry.series.Newest() < first - kMostLagOfFollowed) {
    if (budget_ <= 0) return {};
    auto before = history.ReadBefore(application, first, kPastValues);
    if (!before) return std::unexpected(before.error());
    budget_ -= static_cast<std::int64_t>(before->size());
    for (const Sample& sample : *before) {
      if (sample.timestamp >= first - kPastOfDetector) feed(sample);
    }
  }
  const auto& newest = entry.series.Newest();
  std::size_t at = 0;
  for (auto next = std::optional(newest ? *newest + 1 : first); next;) {
    auto page = history.Read(application, *next, samples.back().timestamp);
    if (!page) return std::unexpected(page.error());
    for (const Sample& sample : page->samples) {
      // What is judged now may not be stored, or may be stored with a value that is newer.
      while (at < samples.size() && samples[at].timestamp < sample.timestamp) feed(samples[at++]);
      const bool judged = at < samples.size() && samples[at].timestamp == sample.timestamp;
      feed(judged ? samples[at] : sample);
    }
    next = page->more_from;
  }
  entry.followed = true;
  return {};
}

Result<std::vector<std::vector<LearntReading>>> Detectors::OfItems(
    std::span<const RelatedItem* const> items, std::chrono::seconds window,
    std::span<const std::int64_t> times, ItemSource& source) {
  std::vector<std::vector<LearntReading>> readings(items.size(),
                                                   std::vector<LearntReading>(times.size()));
  if (items.empty() || times.empty()) return readings;
  std::vector<std::string> names;
  for (const auto* item : items) names.push_back(NameOf(*item));
  if (auto loaded = Load(names); !loaded) return std::unexpected(loaded.error());
  std::vector<Entry*> entries;
  for (const auto& name : names) entries.push_back(&Ask(name, times.back()));
  const auto wide = static_cast<std::int64_t>(window.count());
  if (auto done = CatchUp(items, entries, times.back() + wide, source); !done) {
    return std::unexpected(done.error());
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    for (std::size_t at = 0; at < times.size(); ++at) {
      readings[i][at] = entries[i]->series.At(times[at] + wide, 2 * wide);
    }
  }
  return readings;
}

/// All that is stored up to `to`, as far as the budget goes.
Result<void> Detectors::CatchUp(std::span<const RelatedItem* const> items,
                                std::span<Entry* const> entries, std::int64_t to,
                                ItemSource& source) {
  auto behind = FindBehind(items, entries, to, source);
  if (!behind) return std::unexpected(behind.error());
  std::ranges::stable_sort(*behind, {}, [](const Behind& one) { return one.from / kTogether; });
  for (std::size_t first = 0; first < behind->size();) {
    const std::int64_t begin = (*behind)[first].from / kTogether;
    std::size_t last = first;
    for (std::int64_t values = 0; last < behind->size() && last - first < kItemsAtOnce; ++last) {
      values += (*behind)[last].values;
      const bool fits = last == first || values <= kValuesAtOnce;
      if (!fits || (*behind)[last].from / kTogether != begin) break;
    }
    if (auto read = Read(std::span(*behind).subspan(first, last - first), to, source); !read) {
      return read;
    }
    first = last;
  }
  return {};
}

Result<std::vector<Detectors::Behind>> Detectors::FindBehind(
    std::span<const RelatedItem* const> items, std::span<Entry* const> entries, std::int64_t to,
    ItemSource& source) {
  std::vector<Behind> behind;
  std::vector<const RelatedItem*> fresh;
  std::vector<Entry*> of_fresh;
  for (std::size_t i = 0; i < items.size(); ++i) {
    Entry& entry = *entries[i];
    if (entry.read_until && *entry.read_until >= to) continue;
    const auto newest = entry.series.Newest();
    if (!newest && !entry.read_until) {
      fresh.push_back(items[i]);
      of_fresh.push_back(&entry);
      continue;
    }
    if (newest && *newest >= to) continue;
    const double spacing = entry.series.Spacing();
    const std::int64_t next = newest ? *newest + 1 : *entry.read_until + 1;
    const std::int64_t from = std::max(next, to - PastOf(spacing));
    behind.push_back(
        {items[i], &entry, from, ValuesIn(to - from, spacing), to - from > kMostLagOfFollowed});
  }
  if (fresh.empty() || budget_ <= 0) return behind;
  auto spacings = source.Spacings(fresh);
  if (!spacings) return std::unexpected(spacings.error());
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const auto spacing = static_cast<double>((*spacings)[i].value_or(60));
    const std::int64_t past = PastOf(spacing);
    behind.push_back({fresh[i], of_fresh[i], to - past, ValuesIn(past, spacing), true});
  }
  return behind;
}

/// Of items whose values begin at about the same time.
Result<void> Detectors::Read(std::span<const Behind> behind, std::int64_t to, ItemSource& source) {
  std::vector<const RelatedItem*> items;
  std::vector<Entry*> entries;
  std::int64_t from = to;
  for (const Behind& one : behind) {
    if (one.far && budget_ <= 0) continue;
    items.push_back(one.item);
    entries.push_back(one.entry);
    from = std::min(from, one.from);
  }
  if (items.empty()) return {};
  auto series = source.Series(items, from, to);
  if (!series) return std::unexpected(series.error());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ItemValues& values = (*series)[i];
    for (std::size_t at = 0; at < values.Size(); ++at)
      entries[i]->series.Feed(values.Clocks()[at], values.Numbers()[at]);
    entries[i]->read_until = to;
    if (behind.front().far) budget_ -= static_cast<std::int64_t>(values.Size());
  }
  return {};
}

std::vector<StoredDetector> Detectors::Due() const {
  std::vector<StoredDetector> due = predictions_.Due();
  for (const auto& [name, entry] : entries_) {
    if (entry.series.IsDue()) due.push_back(entry.series.State());
  }
  for (auto& state : hosts_.Due()) due.push_back(std::move(state));
  return due;
}

std::vector<AcceptedOddity> Detectors::Accepted() const {
  auto learnt = accepted_;
  std::erase_if(learnt, [this](const auto& one) {
    const auto known = entries_.find(one.series);
    return known == entries_.end() || !known->second.series.Newest();
  });
  for (auto& of_host : hosts_.Accepted()) learnt.push_back(std::move(of_host));
  return learnt;
}

void Detectors::Saved() {
  for (const auto& done : Accepted()) std::erase(accepted_, done);
  predictions_.Saved();
  hosts_.Saved();
  for (auto& [name, entry] : entries_) {
    if (entry.series.IsDue()) entry.series.Saved();
  }
  Forget();
}

void Detectors::Forget() {
  predictions_.Forget();
  hosts_.Forget();
  for (auto& [name, entry] : entries_) entry.series.Forget();
  if (store_ == nullptr) return;  // there would be nothing to load it from again
  std::erase_if(entries_,
                [&](const auto& one) { return one.second.asked + kForgottenAfter < asked_; });
}

void Detectors::Clear() {
  predictions_.Clear();
  hosts_.Clear();
  entries_.clear();
  accepted_.clear();
}

}  // namespace mon::processor
