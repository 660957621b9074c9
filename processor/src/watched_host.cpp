#include "watched_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace mon::processor {
namespace {

using anomaly_detector::Oddity;
using anomaly_detector::OddPart;
using anomaly_detector::Truth;

constexpr double kCarried = 2.5;   // usual spacings of an item
constexpr std::size_t kNamed = 3;  // items in a sentence

/// A full multiple of `interval` that is not before `time`.
std::int64_t RowAt(std::int64_t time, std::int64_t interval) {
  return (time + interval - 1) / interval * interval;
}

bool IsOutside(const OddPart& part) { return part.seen < part.low || part.seen > part.high; }

/// "7 of 43 metrics unusual: system.cpu.util (expected 10 to 20, saw 91), …"
std::string SentenceOf(const detector::HostView& view, std::span<const OddPart> parts) {
  if (view.unusual == 0) {
    return fmt::format("{} metrics moved together, none of them far", view.metrics);
  }
  std::string text = fmt::format("{} of {} metrics unusual", view.unusual, view.metrics);
  std::size_t named = 0;
  for (const OddPart& part : parts) {
    if (!IsOutside(part)) continue;
    if (named == kNamed) break;
    text += fmt::format("{} {} (expected {} to {}, saw {})", named == 0 ? ":" : ",", part.key,
                        part.low, part.high, part.seen);
    ++named;
  }
  return view.unusual > named ? text + ", …" : text;
}

}  // namespace

WatchedHost::WatchedHost(std::uint64_t hostid, std::int64_t interval, detector::Setting setting)
    : name_(fmt::format("{}{}", kPrefix, hostid)), interval_(interval), watch_(setting) {
  save_after_ = SaveAfter(name_);
}

std::string WatchedHost::NameOf(std::uint64_t itemid) const {
  return fmt::format("{} item {}", name_, itemid);
}

void WatchedHost::Restore(detector::HostWatch watch, std::int64_t newest,
                          std::span<const HostSeries> items) {
  watch_ = std::move(watch);
  newest_ = saved_ = newest;
  runs_.Clear();
  runs_.Note(std::min(watch_.ChangedAt(), newest), newest, Reading(items));
}

void WatchedHost::Begin(std::uint64_t itemid, const ItemPoint& point) {
  last_.insert_or_assign(itemid, point);
}

void WatchedHost::Learn(std::span<const HostSeries> items, std::int64_t from, std::int64_t to) {
  std::vector<std::size_t> next(items.size());
  const std::int64_t first = RowAt(newest_ ? std::max(*newest_ + 1, from) : from, interval_);
  for (std::int64_t time = first; time <= to; time += interval_) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const ItemValues& values = items[i].values;
      const std::size_t before = next[i];
      while (next[i] < values.Size() && values.Clocks()[next[i]] <= time) ++next[i];
      if (next[i] > before) last_.insert_or_assign(items[i].item->itemid, values.At(next[i] - 1));
    }
    LearnRow(time, items);
  }
  // What lies behind the last row is of the next one, which may be of the next part.
  for (std::size_t i = 0; i < items.size(); ++i) {
    const ItemValues& values = items[i].values;
    if (next[i] < values.Size())
      last_.insert_or_assign(items[i].item->itemid, values.At(values.Size() - 1));
  }
}

void WatchedHost::LearnRow(std::int64_t time, std::span<const HostSeries> items) {
  std::vector<detector::HostValue> row;
  for (const HostSeries& series : items) {
    const auto last = last_.find(series.item->itemid);
    if (last == last_.end() || !last->second.number) continue;
    const auto age = static_cast<double>(time - last->second.clock);
    if (age > kCarried * std::max(series.spacing, static_cast<double>(interval_))) continue;
    row.push_back({series.item->itemid, *last->second.number});
  }
  std::ranges::sort(row, {}, &detector::HostValue::metric);
  const bool was_odd = watch_.View().odd;
  const bool is_odd = watch_.Next(time, row).odd;
  newest_ = time;
  if (!saved_) saved_ = time;
  due_ = due_ || was_odd != is_odd || time - *saved_ >= save_after_;
  runs_.Note(time, time, Reading(items));
}

LearntReading WatchedHost::Reading(std::span<const HostSeries> items) {
  const auto& view = watch_.View();
  if (!view.known) return {};
  if (!view.odd) {
    keys_.clear();
    return {Truth::kFalse, nullptr};
  }
  if (keys_.empty()) {
    for (const HostSeries& series : items) {
      const auto& item = *series.item;
      keys_[item.itemid] = item.key.empty() ? item.name : item.key;
    }
  }
  Oddity oddity{.series = name_,
                .seen = FourDigits(view.mean),
                .low = 0,
                .high = FourDigits(view.limit),
                .since = view.since,
                .strength = view.strength,
                .sentence = {}};
  for (const auto& part : view.parts) {
    const auto key = keys_.find(part.metric);
    oddity.parts.push_back(
        {.key = key != keys_.end() ? key->second : fmt::format("item {}", part.metric),
         .share = FourDigits(part.share),
         .low = FourDigits(part.low),
         .high = FourDigits(part.high),
         .seen = FourDigits(part.seen)});
  }
  oddity.sentence = SentenceOf(view, oddity.parts);
  return {Truth::kTrue, std::make_shared<const Oddity>(std::move(oddity))};
}

LearntReading WatchedHost::At(std::int64_t time, std::int64_t window) const {
  return runs_.At(time, static_cast<double>(window + 2 * interval_));
}

void WatchedHost::Accept(double strength, std::int64_t said_at) {
  watch_.Accept(strength, said_at);
  due_ = true;
}

std::vector<StoredDetector> WatchedHost::States() const {
  std::vector<StoredDetector> states{{name_, *newest_, watch_.Save()}};
  for (auto& [itemid, state] : watch_.SaveMetrics()) {
    states.push_back({NameOf(itemid), *newest_, state});
  }
  return states;
}

void WatchedHost::Saved() {
  saved_ = newest_;
  due_ = false;
}

}  // namespace mon::processor
