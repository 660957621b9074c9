#include "predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

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
constexpr std::int64_t kForLate = 600;  // s that values may take to be read
constexpr std::size_t kItemsAtOnce = 50;

/// The full hour whose prediction serves at `time`.
std::int64_t HourOf(std::int64_t time) {
  const std::int64_t settled = time - kForLate;
  return settled - (settled % kHour + kHour) % kHour;
}

std::string KeyOf(const RelatedItem& item, double limit) {
  return fmt::format("item {} to {}", item.itemid, ShortestText(limit));
}

/// Means of five minutes, NaN where there is no value; the last one ends at `end`.
std::vector<double> Means(const std::vector<ItemPoint>& points, std::int64_t end) {
  std::vector<double> sums;
  std::vector<int> counts;
  for (const ItemPoint& point : points) {
    if (!point.number || point.clock > end || point.clock <= end - kPast) continue;
    if (sums.empty()) {
      // From the first value on.
      sums.resize(static_cast<std::size_t>((end - point.clock) / kStep + 1));
      counts.resize(sums.size());
    }
    const std::size_t at = sums.size() - 1 - static_cast<std::size_t>((end - point.clock) / kStep);
    sums[at] += *point.number;
    ++counts[at];
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] = counts[i] == 0 ? std::numeric_limits<double>::quiet_NaN() : sums[i] / counts[i];
  }
  return sums;
}

std::optional<Prediction> Predict(std::vector<double> means, double limit, std::int64_t end) {
  const auto last =
      std::find_if(means.rbegin(), means.rend(), [](double value) { return !std::isnan(value); });
  if (last == means.rend()) return std::nullopt;
  Prediction prediction{
      .made_at = end, .value = *last, .expected = {}, .earliest = {}, .latest = {}};
  const bool falls = limit < *last;  // a limit below is one above of the negated values
  if (falls) {
    for (double& value : means) value = -value;
  }
  const auto found = forecast::ForecastTimeToLimit(means, falls ? -limit : limit,
                                                   {.steps_per_day = 86'400 / kStep});
  if (!found) return std::nullopt;
  const auto at = [&](const std::optional<std::size_t>& steps) -> std::optional<std::int64_t> {
    if (!steps) return std::nullopt;
    return end + kStep * static_cast<std::int64_t>(*steps);
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

/// "9 days", "14 hours": what a person would say.
std::string Spoken(std::int64_t seconds) {
  const auto rounded = [](std::int64_t number, std::int64_t unit) {
    return std::max<std::int64_t>((number + unit / 2) / unit, 1);
  };
  if (seconds >= 2 * 86'400) return fmt::format("{} days", rounded(seconds, 86'400));
  if (seconds >= 2 * kHour) return fmt::format("{} hours", rounded(seconds, kHour));
  return fmt::format("{} minutes", rounded(std::max<std::int64_t>(seconds, 60), 60));
}

OddReading ReadingOf(const std::optional<Prediction>& prediction,
                     const anomaly_detector::Operand& operand, std::int64_t time) {
  if (!prediction) return {};
  if (!prediction->expected || *prediction->expected - time > operand.span.count()) {
    return {Truth::kFalse, nullptr};
  }
  Oddity oddity;
  oddity.seen = ParseDouble(fmt::format("{:.4g}", prediction->value)).value_or(prediction->value);
  oddity.low = oddity.high = operand.limit;
  oddity.since = prediction->made_at;
  oddity.sentence = Sentence(*prediction, operand.limit, time);
  return {Truth::kTrue, std::make_shared<const Oddity>(std::move(oddity))};
}

}  // namespace

std::string Sentence(const Prediction& prediction, double limit, std::int64_t now) {
  const std::string at = ShortestText(limit);
  if (!prediction.expected) return fmt::format("is not expected to reach {} within 30 days", at);
  if (*prediction.expected <= std::max(now, prediction.made_at)) {
    return fmt::format("is expected to have reached {} by now", at);
  }
  const auto in = [&](std::int64_t time) { return Spoken(std::max<std::int64_t>(time - now, 0)); };
  std::string sentence = fmt::format("is expected to reach {} in {}", at, in(*prediction.expected));
  const std::string soonest = in(prediction.earliest.value_or(*prediction.expected));
  if (!prediction.latest) return sentence + fmt::format(", at the earliest in {}", soonest);
  return sentence + fmt::format(", between {} and {}", soonest, in(*prediction.latest));
}

Result<std::vector<std::vector<OddReading>>> Predictions::OfItems(
    const anomaly_detector::Operand& operand, std::span<const RelatedItem* const> items,
    std::span<const std::int64_t> times, ItemSource& source) {
  std::vector<Key> keys;
  for (const auto* item : items) keys.push_back(KeyOf(*item, operand.limit));
  if (auto loaded = Load(keys); !loaded) return std::unexpected(loaded.error());
  std::vector<std::vector<OddReading>> readings(items.size(),
                                                std::vector<OddReading>(times.size()));
  for (std::size_t at = 0; at < times.size(); ++at) {
    const std::int64_t hour = HourOf(times[at]);
    std::vector<const RelatedItem*> missing;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!known_[keys[i]].contains(hour)) missing.push_back(items[i]);
    }
    for (std::size_t from = 0; from < missing.size(); from += kItemsAtOnce) {
      const auto part =
          std::span(missing).subspan(from, std::min(kItemsAtOnce, missing.size() - from));
      if (auto made = Make(part, operand.limit, hour, source); !made) {
        return std::unexpected(made.error());
      }
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      readings[i][at] = ReadingOf(known_[keys[i]][hour], operand, times[at]);
    }
  }
  return readings;
}

Result<void> Predictions::Load(std::span<const Key> keys) {
  std::vector<Key> unknown;
  for (const Key& key : keys) {
    if (known_.try_emplace(key).second) unknown.push_back(key);
  }
  if (store_ == nullptr || unknown.empty()) return {};
  auto stored = store_->Load(unknown);
  if (!stored) return std::unexpected(stored.error());
  for (const auto& one : *stored) {
    if (auto prediction = FromText(one.state, one.newest)) {
      known_[one.series][one.newest] = *std::move(prediction);
    }
  }
  return {};
}

Result<void> Predictions::Make(std::span<const RelatedItem* const> items, double limit,
                               std::int64_t hour, ItemSource& source) {
  auto series = source.Series(items, hour - kPast, hour);
  if (!series) return std::unexpected(series.error());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Key key = KeyOf(*items[i], limit);
    auto& made = known_[key];
    made[hour] = Predict(Means((*series)[i], hour), limit, hour);
    constexpr std::size_t kMost = 256;  // hours; a page of old samples asks about many
    if (made.size() > kMost) made.erase(made.begin());
    if (made.contains(hour) && made[hour]) due_[key] = std::max(due_[key], hour);
  }
  return {};
}

std::vector<StoredDetector> Predictions::Due() const {
  std::vector<StoredDetector> due;
  for (const auto& [key, hour] : due_) {
    const auto& made = known_.at(key);
    const auto found = made.find(hour);
    if (found != made.end() && found->second) due.push_back({key, hour, ToText(*found->second)});
  }
  return due;
}

void Predictions::Clear() {
  known_.clear();
  due_.clear();
}

}  // namespace mon::processor
