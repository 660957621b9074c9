#include "detectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "common/log.h"
#include "common/text.h"

namespace mon::processor {
namespace {

using anomaly_detector::Oddity;
using anomaly_detector::Source;
using anomaly_detector::Truth;

/// What a new detector begins with.
constexpr std::int64_t kPast = 14 * 86'400;      // s
constexpr std::int64_t kPastValues = 20'000;     // of one series
constexpr std::int64_t kPastOfPass = 2'000'000;  // values; others wait for the next pass
/// How far behind a saved state may be.
constexpr std::int64_t kBehind = 3600;  // s
constexpr std::size_t kBehindValues = 200;
/// Items whose newest values are within so much are read in one query.
constexpr std::int64_t kTogether = 300;  // s
/// Readings that are kept for those who ask again.
constexpr std::size_t kRecent = 32;
constexpr std::size_t kRecentOfPass = 50'000;

double Rounded(double value) { return ParseDouble(fmt::format("{:.4g}", value)).value_or(value); }

/// A mean has more digits than the values that it is of.
bool IsMean(const detector::Explanation& why) {
  return why.rate || why.reason == detector::Reason::kMean ||
         why.reason == detector::Reason::kLevel;
}

OddReading ReadingOf(const std::string& series, const detector::WatchView& view) {
  if (!view.known) return {};
  if (!view.odd) return {Truth::kFalse, nullptr};
  const auto& why = view.explanation;
  Oddity oddity{.series = series,
                .seen = IsMean(why) ? Rounded(why.seen) : why.seen,
                .low = Rounded(why.low),
                .high = Rounded(why.high),
                .since = why.since,
                .strength = view.strength,
                .sentence = detector::Sentence(why)};
  return {Truth::kTrue, std::make_shared<const Oddity>(std::move(oddity))};
}

std::string NameOf(Source metric, const std::string& application) {
  return fmt::format("{} of {}", metric == Source::kErrorRate ? "error_rate" : "response_time_ms",
                     application);
}

std::string NameOf(const RelatedItem& item) { return fmt::format("item {}", item.itemid); }

double ValueOf(Source metric, const Sample& sample) {
  return metric == Source::kErrorRate ? static_cast<double>(sample.error_rate)
                                      : static_cast<double>(sample.response_time_ms);
}

}  // namespace

Result<void> Detectors::Begin(DetectorStore* store) {
  store_ = store;
  predictions_.Begin(store);
  budget_ = kPastOfPass;
  if (store_ == nullptr) return {};
  auto accepted = store_->LoadAccepted();
  if (!accepted) return std::unexpected(accepted.error());
  accepted_ = *std::move(accepted);
  std::vector<std::string> names;
  for (const auto& [name, strength] : accepted_) names.push_back(name);
  if (auto loaded = Load(names); !loaded) return loaded;
  for (const auto& [name, strength] : accepted_) {
    Series& series = Of(name);
    series.watch.Accept(strength);
    series.due = true;
  }
  return {};
}

Result<void> Detectors::Prefetch(Source metric, std::span<const std::string> applications) {
  std::vector<std::string> names;
  for (const auto& application : applications) names.push_back(NameOf(metric, application));
  return Load(names);
}

/// Those of `series` that are not known yet.
Result<void> Detectors::Load(std::span<const std::string> series) {
  std::vector<std::string> unknown;
  for (const auto& name : series) {
    if (!series_.contains(name)) unknown.push_back(name);
  }
  if (unknown.empty()) return {};
  for (const auto& name : unknown) (void)Of(name);
  if (store_ == nullptr) return {};
  auto stored = store_->Load(unknown);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& one : *stored) {
    auto watch = detector::MetricWatch::Load(one.state, setting_);
    if (!watch) {
      // Of another version, or damaged: it learns again from what is stored.
      log::Warning("a detector begins anew",
                   {{"series", one.series}, {"reason", watch.error().message}});
      continue;
    }
    Series& known = Of(one.series);
    known.watch = *std::move(watch);
    known.newest = known.saved = one.newest;
    known.recent.push_back({one.newest, ReadingOf(one.series, known.watch.View())});
  }
  return {};
}

Detectors::Series& Detectors::Of(const std::string& name) {
  const auto [known, fresh] = series_.try_emplace(name);
  if (fresh) known->second.watch = detector::MetricWatch(setting_);
  return known->second;
}

void Detectors::Feed(const std::string& name, Series& series, std::int64_t time, double value) {
  if (series.newest && time <= *series.newest) return;
  const bool was_odd = series.watch.View().odd;
  const detector::WatchView view = series.watch.Next(time, value);
  series.newest = time;
  ++series.unsaved;
  series.due = series.due || was_odd != view.odd || series.unsaved >= kBehindValues ||
               time - series.saved.value_or(time) >= kBehind;
  if (!series.saved) series.saved = time;
  if (series.recent.size() >= kRecentOfPass) {
    series.recent.erase(series.recent.begin(), series.recent.end() - kRecent);
  }
  series.recent.push_back({time, ReadingOf(name, view)});
}

Result<std::vector<OddReading>> Detectors::OfMetric(Source metric, const std::string& application,
                                                    std::span<const Sample> samples,
                                                    SampleHistory* history) {
  const std::string name = NameOf(metric, application);
  if (auto loaded = Load({&name, 1}); !loaded) return std::unexpected(loaded.error());
  Series& series = Of(name);
  std::vector<OddReading> readings(samples.size());
  if (samples.empty()) return readings;
  if (!series.followed && history != nullptr) {
    if (auto done = CatchUp(metric, name, series, samples, *history); !done) {
      return std::unexpected(done.error());
    }
    if (!series.followed) return readings;
  }
  for (const Sample& sample : samples) {
    Feed(name, series, sample.timestamp, ValueOf(metric, sample));
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto found =
        std::ranges::lower_bound(series.recent, samples[i].timestamp, {}, &Judged::time);
    if (found != series.recent.end() && found->time == samples[i].timestamp) {
      readings[i] = found->reading;
    }
  }
  return readings;
}

/// With what is stored up to the last of `samples`.
Result<void> Detectors::CatchUp(Source metric, const std::string& name, Series& series,
                                std::span<const Sample> samples, SampleHistory& history) {
  const std::string& application = samples.front().application;
  const std::int64_t first = samples.front().timestamp;
  if (!series.newest) {
    if (budget_ <= 0) return {};
    auto past = history.ReadBefore(application, first, kPastValues);
    if (!past) return std::unexpected(past.error());
    budget_ -= static_cast<std::int64_t>(past->size());
    for (const Sample& sample : *past) {
      if (sample.timestamp >= first - kPast) {
        Feed(name, series, sample.timestamp, ValueOf(metric, sample));
      }
    }
  }
  const std::int64_t from = series.newest ? std::max(*series.newest + 1, first - kPast) : first;
  std::size_t at = 0;
  for (auto next = std::optional(from); next;) {
    auto page = history.Read(application, *next, samples.back().timestamp);
    if (!page) return std::unexpected(page.error());
    for (const Sample& sample : page->samples) {
      // What is judged now may not be stored, or may be stored with a value that is newer.
      while (at < samples.size() && samples[at].timestamp < sample.timestamp) {
        Feed(name, series, samples[at].timestamp, ValueOf(metric, samples[at]));
        ++at;
      }
      const bool judged = at < samples.size() && samples[at].timestamp == sample.timestamp;
      Feed(name, series, sample.timestamp, ValueOf(metric, judged ? samples[at] : sample));
    }
    next = page->more_from;
  }
  series.followed = true;
  return {};
}

Result<std::vector<std::vector<OddReading>>> Detectors::OfItems(
    std::span<const RelatedItem* const> items, std::span<const std::chrono::seconds> windows,
    std::span<const std::int64_t> times, ItemSource& source) {
  std::vector<std::string> names;
  for (const auto* item : items) names.push_back(NameOf(*item));
  if (auto loaded = Load(names); !loaded) return std::unexpected(loaded.error());
  std::vector<std::vector<OddReading>> readings(items.size(),
                                                std::vector<OddReading>(times.size()));
  if (items.empty() || times.empty()) return readings;
  const auto widest = std::ranges::max(windows).count();
  if (auto done = CatchUp(items, times.back() + widest, source); !done) {
    return std::unexpected(done.error());
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Series& series = Of(names[i]);
    const double reach = static_cast<double>(windows[i].count()) + 2 * series.watch.Spacing();
    for (std::size_t at = 0; at < times.size(); ++at) {
      const auto behind = std::ranges::upper_bound(series.recent, times[at] + windows[i].count(),
                                                   {}, &Judged::time);
      if (behind == series.recent.begin()) continue;
      const Judged& newest = *std::prev(behind);
      if (static_cast<double>(times[at] - newest.time) <= reach) {
        readings[i][at] = newest.reading;
      }
    }
  }
  return readings;
}

/// All that is stored up to `to`.
Result<void> Detectors::CatchUp(std::span<const RelatedItem* const> items, std::int64_t to,
                                ItemSource& source) {
  std::vector<const RelatedItem*> fresh;
  for (const auto* item : items) {
    if (!Of(NameOf(*item)).newest) fresh.push_back(item);
  }
  auto spacings = source.Spacings(fresh);
  if (!spacings) return std::unexpected(spacings.error());
  std::map<std::uint64_t, std::int64_t> from;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const std::int64_t spacing = std::max<std::int64_t>((*spacings)[i].value_or(60), 1);
    const std::int64_t values = std::min(kPastValues, kPast / spacing);
    if (budget_ <= 0) continue;
    budget_ -= values;
    from[fresh[i]->itemid] = to - values * spacing;
  }
  // Those that begin together are read together.
  std::map<std::int64_t, std::vector<const RelatedItem*>> by_begin;
  for (const auto* item : items) {
    const auto& newest = Of(NameOf(*item)).newest;
    if (newest && *newest >= to) continue;
    if (newest) {
      by_begin[std::max(*newest + 1, to - kPast) / kTogether * kTogether].push_back(item);
    } else if (from.contains(item->itemid)) {
      by_begin[from[item->itemid]].push_back(item);
    }
  }
  constexpr std::size_t kItemsAtOnce = 50;
  for (const auto& [begin, group] : by_begin) {
    for (std::size_t first = 0; first < group.size(); first += kItemsAtOnce) {
      const auto part =
          std::span(group).subspan(first, std::min(kItemsAtOnce, group.size() - first));
      auto series = source.Series(part, begin, to);
      if (!series) return std::unexpected(series.error());
      for (std::size_t i = 0; i < part.size(); ++i) {
        const std::string name = NameOf(*part[i]);
        for (const ItemPoint& point : (*series)[i]) {
          Feed(name, Of(name), point.clock,
               point.number.value_or(std::numeric_limits<double>::quiet_NaN()));
        }
      }
    }
  }
  return {};
}

std::vector<StoredDetector> Detectors::Due() const {
  std::vector<StoredDetector> due = predictions_.Due();
  for (const auto& [name, series] : series_) {
    if (series.due && series.newest) due.push_back({name, *series.newest, series.watch.Save()});
  }
  return due;
}

void Detectors::Saved() {
  accepted_.clear();
  predictions_.Saved();
  for (auto& [name, series] : series_) {
    if (series.due) {
      series.saved = series.newest;
      series.unsaved = 0;
      series.due = false;
    }
    if (series.recent.size() > kRecent) {
      series.recent.erase(series.recent.begin(), series.recent.end() - kRecent);
    }
  }
}

void Detectors::Clear() {
  predictions_.Clear();
  series_.clear();
  accepted_.clear();
}

}  // namespace mon::processor
