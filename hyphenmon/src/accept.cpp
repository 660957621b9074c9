#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "common/text.h"
#include "hyphenmon/exposition.h"

namespace mon::hyphenmon {
namespace {

/// How much a media range is wanted: by quality, among equals by place in the header.
struct Rank {
  double quality = 0;
  std::size_t place = 0;

  [[nodiscard]] bool Above(const Rank& other) const {
    return quality > other.quality || (quality == other.quality && place < other.place);
  }
};

std::string Lowered(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), Lower);
  return lower;
}

/// The `q` among the parameters of a media range; 1 where there is none, 0 where it is not a number
/// from 0 to 1.
double Quality(std::span<const std::string> parameters) {
  for (const std::string& parameter : parameters) {
    const std::string lower = Lowered(parameter);
    if (!lower.starts_with("q=")) continue;
    const double quality = ParseDouble(std::string_view(lower).substr(2)).value_or(0);
    return quality >= 0 && quality <= 1 ? quality : 0;
  }
  return 1;
}

void Raise(std::optional<Rank>& best, const Rank& rank) {
  if (rank.quality > 0 && (!best || rank.Above(*best))) best = rank;
}

}  // namespace

Format Negotiate(std::string_view accept) {
  std::optional<Rank> json;
  std::optional<Rank> text;
  std::optional<Rank> open_metrics;
  std::size_t place = 0;
  for (const std::string& range : SplitList(accept)) {
    const std::vector<std::string> parts = SplitList(range, ';');
    if (parts.empty()) continue;
    const std::string type = Lowered(parts.front());
    const Rank rank{Quality(std::span(parts).subspan(1)), place++};
    if (type == "application/json" || type == "*/*") Raise(json, rank);
    if (type == "text/plain") Raise(text, rank);
    if (type == "application/openmetrics-text") Raise(open_metrics, rank);
  }
  const bool open_metrics_first = open_metrics && (!text || open_metrics->Above(*text));
  const std::optional<Rank>& best = open_metrics_first ? open_metrics : text;
  if (!best || (json && !best->Above(*json))) return Format::kJson;
  return open_metrics_first ? Format::kOpenMetrics : Format::kPrometheusText;
}

}  // namespace mon::hyphenmon
