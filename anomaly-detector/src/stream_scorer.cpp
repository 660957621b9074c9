#include "stream_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "common/csv.h"
#include "common/text.h"
#include "stream_time.h"

namespace mon::anomaly_detector {
namespace {

std::unexpected<Error> Expected(std::string_view what, std::string_view found) {
  constexpr std::size_t kLongest = 60;
  return Fail(ErrorCode::kInvalidData,
              fmt::format("expected {}, found '{}{}'", what,
                          CleanUtf8(found.substr(0, kLongest), 3 * kLongest),
                          found.size() > kLongest ? "…" : ""));
}

/// NaN for a gap.
std::optional<double> ParseValue(std::string_view text) {
  if (text.empty()) return std::numeric_limits<double>::quiet_NaN();
  const std::optional<double> value = ParseDouble(text);
  return value && !std::isinf(*value) ? value : std::nullopt;
}

}  // namespace

Result<void> StreamScorer::Next(std::span<char> line, std::string& out) {
  ++line_;
  if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
  const auto at_line = [&](Error error) {
    return Context(fmt::format("line {}", line_), std::move(error));
  };
  const Result<bool> more = CsvReader(line).Next(fields_);
  if (!more) return at_line(more.error());
  if (!*more || (line_ == 1 && IsHeader())) return {};
  const Result<void> scored = ScoreFields(out);
  return scored ? scored : at_line(scored.error());
}

bool StreamScorer::IsHeader() const {
  return std::ranges::none_of(fields_, [](std::string_view field) {
    return field.empty() || ParseStreamTime(field) || ParseDouble(field);
  });
}

Result<void> StreamScorer::ScoreFields(std::string& out) {
  if (fields_.size() != dims_ + 1) {
    return Fail(
        ErrorCode::kInvalidData,
        fmt::format("expected a timestamp and {} value{}, found {} field{} (--dims tells "
                    "how many values a line has)",
                    dims_, dims_ == 1 ? "" : "s", fields_.size(), fields_.size() == 1 ? "" : "s"));
  }
  const std::optional<std::int64_t> timestamp = ParseStreamTime(fields_[0]);
  if (!timestamp) return Expected("epoch seconds or YYYY-MM-DD HH:MM:SS", fields_[0]);
  values_.clear();
  for (const std::string_view field : std::span(fields_).subspan(1)) {
    const std::optional<double> value = ParseValue(field);
    if (!value) return Expected("a finite number, nan or nothing", field);
    values_.push_back(*value);
  }
  model_.Next(*timestamp, values_, score_);
  fmt::format_to(std::back_inserter(out), "{},{}", fields_[0], ShortestText(score_.score));
  if (dims_ > 1) {
    for (const double share : score_.shares) {
      fmt::format_to(std::back_inserter(out), ",{}", ShortestText(share));
    }
  }
  out += '\n';
  return {};
}

}  // namespace mon::anomaly_detector
