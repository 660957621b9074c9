#include "metrics/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/text.h"

namespace mon {

namespace {

constexpr std::string_view kHelp = "# HELP ";
constexpr std::string_view kType = "# TYPE ";
constexpr std::string_view kMoment = "_timestamp_seconds";

/// What stands before the first `separator`, taken off `text` together with it.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

/// What stands before the next quote that is not escaped, taken off `text` together with it.
std::string TakeQuoted(std::string_view& text) {
  std::string value;
  std::size_t at = 0;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      value += text[at];
      continue;
    }
    ++at;
    value += text[at] == 'n' ? '\n' : text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return value;
}

struct Sample {
  Metrics::Labels labels;
  double value;
};

/// What follows the name: ` 5`, or `{kind="a",reason="b"} 5`.
std::optional<Sample> ParseSample(std::string_view text) {
  Sample sample{};
  if (text.starts_with('{')) {
    do {
      text.remove_prefix(1);
      std::string name(TakeUntil(text, '='));
      if (!text.starts_with('"')) return std::nullopt;
      text.remove_prefix(1);
      sample.labels[std::move(name)] = TakeQuoted(text);
    } while (text.starts_with(','));
    if (!text.starts_with('}')) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.starts_with(' ')) return std::nullopt;
  const auto value = ParseDouble(text.substr(1));
  if (!value) return std::nullopt;
  sample.value = *value;
  return sample;
}

}  // namespace

double& Metrics::Value(const std::string& name, std::string_view help, Kind kind,
                       const Labels& labels) {
  Family& family = families_[name];
  family.kind = kind;
  family.help = help;
  return family.values[labels];
}

void Metrics::Add(const std::string& name, std::string_view help, const Labels& labels,
                  double amount) {
  const std::scoped_lock lock(mutex_);
  Value(name, help, Kind::kCounter, labels) += amount;
}

void Metrics::SetTotal(const std::string& name, std::string_view help, const Labels& labels,
                       double total) {
  const std::scoped_lock lock(mutex_);
  Value(name, help, Kind::kCounter, labels) = total;
}

void Metrics::Set(const std::string& name, std::string_view help, const Labels& labels,
                  double value) {
  const std::scoped_lock lock(mutex_);
  Value(name, help, Kind::kGauge, labels) = value;
}

void Metrics::Forget(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  families_.erase(name);
}

void Metrics::Restore(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  std::string name;
  std::string help;
  Kind kind = Kind::kGauge;
  bool is_kept = false;
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    if (line.starts_with(kHelp)) {
      line.remove_prefix(kHelp.size());
      name = TakeUntil(line, ' ');
      help = line;
      is_kept = false;
    } else if (line.starts_with(kType)) {
      kind = line.ends_with(" counter") ? Kind::kCounter : Kind::kGauge;
      is_kept = kind == Kind::kCounter || (line.ends_with(" gauge") && name.ends_with(kMoment));
    } else if (is_kept && !name.empty() && line.starts_with(name)) {
      const auto sample = ParseSample(line.substr(name.size()));
      if (sample) Value(name, help, kind, sample->labels) = sample->value;
    }
  }
}

std::string Metrics::Text() const {
  const std::scoped_lock lock(mutex_);
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, family] : families_) {
    const bool counter = family.kind == Kind::kCounter;
    auto& written = families.emplace_back();
    written.name = name;
    written.help = family.help;
    written.type = counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
    for (const auto& [labels, value] : family.values) {
      auto& metric = written.metric.emplace_back();
      for (const auto& [label, text] : labels) metric.label.push_back({label, text});
      (counter ? metric.counter.value : metric.gauge.value) = value;
    }
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mon
