#include "predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/statistics.h"
#include "common/text.h"
#include "forecast/time_to_limit.h"

namespace mon::processor {
namespace {

using anomaly_detector::Oddity;
using anomaly_detector::Truth;
using nlohmann::json;

constexpr std::int64_t kStep = 300;          // s; what a forecast is made of are means of these
constexpr std::int64_t kPast = 14 * 86'400;  // s
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kForLate = 600;       // s that values may take to be read
constexpr std::int64_t kSilent = 86'400;     // s
constexpr std::int64_t kServes = 3 * kHour;  // s
constexpr std::size_t kItemsAtOnce = 20;

/// The full hour whose prediction serves at `time`.
std::int64_t HourOf(std::int64_t time) {
  const std::int64_t settled = time - kForLate;
  return settled - (settled % kHour + kHour) % kHour;
}

std::string KeyOf(const RelatedItem& item, double limit) {
  return fmt::format("item {} to {}", item.itemid, ShortestText(limit));
}

/// Means of five minutes, NaN where there is no value; the last one ends at `end`.
std::vector<double> Means(const ItemValues& values, std::int64_t end) {
  std::vector<double> sums;
  std::vector<int> counts;
  for (std::size_t i = 0; i < values.Size(); ++i) {
    const std::int64_t clock = values.Clocks()[i];
    const double number = values.Numbers()[i];
    if (std::isnan(number) || clock > end || clock <= end - kPast) continue;
    if (sums.empty()) {
      // From the first value on.
      sums.resize(static_cast<std::size_t>((end - clock) / kStep + 1));
      counts.resize(sums.size());
    }
    const std::size_t at = sums.size() - 1 - static_cast<std::size_t>((end - clock) / kStep);
    sums[at] += number;
    ++counts[at];
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] = counts[i] == 0 ? std::numeric_limits<double>::quiet_NaN() : sums[i] / counts[i];
  }
  return sums;
}

/// Where the values come from: on which side of the limit those of the first half are.
bool ComesFromAbove(const std::vector<double>& means, double limit) {
  std::vector<double> early;
  for (const double mean : std::span(means).first((means.size() + 1) / 2)) {
    if (!std::isnan(mean)) early.push_back(mean);
  }
  if (early.empty()) return false;
  return UpperMedian(early) > limit;
}

std::optional<Prediction> Predict(std::vector<double> means, double limit, std::int64_t end) {
  const auto last =
      std::find_if(means.rbegin(), means.rend(), [](double value) { return !std::isnan(value); });
  const std::int64_t silent = (last - means.rbegin()) * kStep;
  if (last == means.rend() || silent > kSilent) return std::nullopt;
  Prediction prediction{
      .made_at = end, .value = *last, .expected = {}, .earliest = {}, .latest = {}};
  means.resize(means.size() - static_cast<std::size_t>(silent / kStep));  // it is no plateau
  const bool falls = ComesFromAbove(means, limit);
  if (falls) {  // a limit below is one above of the negated values
    for (double& value : means) value = -value;
  }
  const auto found = forecast::ForecastTimeToLimit(means, falls ? -limit : limit,
                                                   {.steps_per_day = 86'400 / kStep});
  if (!found) return std::nullopt;
  const auto at = [&](const std::optional<std::size_t>& steps) -> std::optional<std::int64_t> {
    if (!steps) return std::nullopt;
    return end - silent + kStep * static_cast<std::int64_t>(*steps);
  };
  prediction.expected = at(found->expected);
  prediction.earliest = at(found->earliest);
  prediction.latest = at(found->latest);
  return prediction;
}

std::string ToText(const Prediction& prediction) {
  const auto or_null = [](const std::optional<std::int64_t>& time) {
    return time ? json(*time) : json(nullptr);
  };
  return json{{"version", 1},
              {"value", prediction.value},
              {"expected", or_null(prediction.expected)},
              {"earliest", or_null(prediction.earliest)},
              {"latest", or_null(prediction.latest)}}
      .dump();
}

/// Nothing for what is of another version: it is made anew.
std::optional<Prediction> FromText(const std::string& text, std::int64_t made_at) {
  const auto read = json::parse(text, nullptr, false);
  if (!read.is_object() || read.value("version", 0) != 1) return std::nullopt;
  const auto time = [&](const char* name) -> std::optional<std::int64_t> {
    const auto found = read.find(name);
    if (found == read.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<std::int64_t>();
  };
  return Prediction{.made_at = made_at,
                    .value = read.value("value", 0.0),
                    .expected = time("expected"),
                    .earliest = time("earliest"),
                    .latest = time("latest")};
}

/// "9 days", "70 hours": what a person would say, and no coarser than a fifth.
std::string Spoken(std::int64_t seconds) {
  const auto rounded = [](std::int64_t number, std::int64_t unit) {
    return std::max<std::int64_t>((number + unit / 2) / unit, 1);
  };
  if (seconds >= 4 * 86'400) return fmt::format("{} days", rounded(seconds, 86'400));
  if (seconds >= 2 * kHour) return fmt::format("{} hours", rounded(seconds, kHour));
  return fmt::format("{} minutes", rounded(std::max<std::int64_t>(seconds, 60), 60));
}

LearntReading ReadingOf(const std::optional<Prediction>& prediction,
                        const anomaly_detector::Operand& operand, std::int64_t time) {
  if (!prediction) return {};
  if (!prediction->expected || *prediction->expected - time > operand.span.count()) {
    return {Truth::kFalse, nullptr};
  }
  Oddity oddity;
  oddity.seen = FourDigits(prediction->value);
  oddity.low = oddity.high = operand.limit;
  oddity.since = prediction->made_at;
  oddity.sentence = Sentence(*prediction, operand.limit, time);
  return {Truth::kTrue, std::make_shared<const Oddity>(std::move(oddity))};
}

}  // namespace

std::string Sentence(const Prediction& prediction, double limit, std::int64_t now) {
  const std::string at = ShortestText(limit);
  if (!prediction.expected) return fmt::format("not expected to reach {} within 30 days", at);
  if (*prediction.expected <= prediction.made_at) return fmt::format("has reached {}", at);
  if (*prediction.expected <= now) return fmt::format("expected to have reached {} by now", at);
  const auto in = [&](std::int64_t time) { return Spoken(std::max<std::int64_t>(time - now, 0)); };
  std::string sentence = fmt::format("expected to reach {} in {}", at, in(*prediction.expected));
  const std::string soonest = in(prediction.earliest.value_or(*prediction.expected));
  if (!prediction.latest) return sentence + fmt::format(", at the earliest in {}", soonest);
  return sentence + fmt::format(", between {} and {}", soonest, in(*prediction.latest));
}

void Predictions::Begin(DetectorStore* store, std::int64_t past_values) {
  store_ = store;
  budget_ = past_values;
}

Result<std::vector<std::vector<LearntReading>>> Predictions::OfItems(
    const anomaly_detector::Operand& operand, std::span<const RelatedItem* const> items,
    std::span<const std::int64_t> times, ItemSource& source) {
  std::vector<Key> keys;
  for (const auto* item : items) keys.push_back(KeyOf(*item, operand.limit));
  if (auto loaded = Load(keys); !loaded) return std::unexpected(loaded.error());
  std::vector<Made*> made;
  for (const Key& key : keys) made.push_back(&made_[key]);
  std::vector<std::vector<LearntReading>> readings(items.size(),
                                                   std::vector<LearntReading>(times.size()));
  for (std::size_t at = 0; at < times.size(); ++at) {
    const std::int64_t hour = HourOf(times[at]);
    if (at == 0 || hour != HourOf(times[at - 1])) {
      if (auto done = MakeMissing(items, made, operand.limit, hour, source); !done) {
        return std::unexpected(done.error());
      }
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto behind = made[i]->upper_bound(hour);
      if (behind == made[i]->begin()) continue;
      const auto& [of_hour, prediction] = *std::prev(behind);
      if (hour - of_hour < kServes) readings[i][at] = ReadingOf(prediction, operand, times[at]);
    }
  }
  return readings;
}

Result<void> Predictions::Load(std::span<const Key> keys) {
  std::vector<Key> unknown;
  for (const Key& key : keys) {
    if (made_.try_emplace(key).second) unknown.push_back(key);
  }
  if (store_ == nullptr || unknown.empty()) return {};
  auto stored = store_->Load(unknown);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& one : *stored) {
    if (auto prediction = FromText(one.state, one.newest)) {
      made_[one.series][one.newest] = *std::move(prediction);
    }
  }
  return {};
}

/// Those of that hour, as far as the budget goes.
Result<void> Predictions::MakeMissing(std::span<const RelatedItem* const> items,
                                      std::span<Made* const> made, double limit, std::int64_t hour,
                                      ItemSource& source) {
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!made[i]->contains(hour)) missing.push_back(i);
  }
  for (std::size_t from = 0; from < missing.size() && budget_ > 0; from += kItemsAtOnce) {
    const auto part =
        std::span(missing).subspan(from, std::min(kItemsAtOnce, missing.size() - from));
    std::vector<const RelatedItem*> wanted;
    for (const std::size_t i : part) wanted.push_back(items[i]);
    auto series = source.Series(wanted, hour - kPast, hour);
    if (!series) return std::unexpected(series.error());
    for (std::size_t at = 0; at < part.size(); ++at) {
      const ItemValues& values = (*series)[at];
      budget_ -= static_cast<std::int64_t>(values.Size());
      auto& prediction = (*made[part[at]])[hour];
      prediction = Predict(Means(values, hour), limit, hour);
      auto& due = due_[KeyOf(*wanted[at], limit)];
      if (prediction) due = std::max(due, hour);
    }
  }
  return {};
}

std::vector<StoredDetector> Predictions::Due() const {
  std::vector<StoredDetector> due;
  for (const auto& [key, hour] : due_) {
    const auto& made = made_.at(key);
    const auto found = made.find(hour);
    if (found != made.end() && found->second) due.push_back({key, hour, ToText(*found->second)});
  }
  return due;
}

void Predictions::Forget() {
  constexpr std::size_t kNewest = 3;
  for (auto& [key, made] : made_) {
    while (made.size() > kNewest) made.erase(made.begin());
  }
}

void Predictions::Clear() {
  made_.clear();
  due_.clear();
}

}  // namespace mon::processor
