#include "anomaly_detector/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/text.h"
#include "suggest.h"
#include "token.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::array<std::string_view, 11> kPlaceholders = {
    "application", "rule", "severity", "metric", "op",  "value",
    "limit",       "why",  "host",     "hosts",  "time"};

constexpr std::string_view kLabel = "label.";

std::string Joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string WhyOf(const Comparison& deciding) {
  if (deciding.oddity) return deciding.oddity->sentence;
  return fmt::format("{} {} {}", ValueText(deciding.metric, deciding.value), deciding.op,
                     ValueText(deciding.metric, deciding.limit));
}

std::string ValueOf(std::string_view placeholder, const Finding& f) {
  if (placeholder == "application") return f.application;
  if (placeholder == "rule") return f.rule;
  if (placeholder == "severity") return std::string(ToString(f.severity));
  if (placeholder == "metric") return f.deciding.metric;
  if (placeholder == "op") return f.deciding.op;
  if (placeholder == "value") return ValueText(f.deciding.metric, f.deciding.value);
  if (placeholder == "limit") return ValueText(f.deciding.metric, f.deciding.limit);
  if (placeholder == "why") return WhyOf(f.deciding);
  if (placeholder == "host") return f.deciding.host;
  if (placeholder == "hosts") return Joined(f.hosts);
  if (placeholder.starts_with(kLabel)) {
    const auto label = f.labels.find(std::string(placeholder.substr(kLabel.size())));
    return label == f.labels.end() ? std::string() : label->second;
  }
  return FormatUtc(f.timestamp) + " UTC";
}

/// True where the word stands in the text of a comparison's side, other than within a key.
bool IsOfErrorRate(std::string_view metric) {
  if (!metric.contains("error_rate")) return false;
  Tokenizer tokens(metric);
  for (Token token = tokens.Next(); token.kind != TokenKind::kEnd; token = tokens.Next()) {
    if (token.kind == TokenKind::kWord && token.text == "error_rate") return true;
  }
  return false;
}

/// Calls `literal(text)` and `placeholder(name, column)` for the parts of a template in turn;
/// returns the column of a brace that has no partner, or 0.
template <typename Literal, typename Placeholder>
std::size_t Walk(std::string_view text, Literal literal, Placeholder placeholder) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t brace = std::min(text.find_first_of("{}", i), text.size());
    literal(text.substr(i, brace - i));
    if (brace == text.size()) break;
    const bool doubled = brace + 1 < text.size() && text[brace + 1] == text[brace];
    if (doubled) {
      literal(text.substr(brace, 1));
      i = brace + 2;
      continue;
    }
    const std::size_t end = text.find('}', brace);
    if (text[brace] == '}' || end == std::string_view::npos) return brace + 1;
    placeholder(text.substr(brace + 1, end - brace - 1), brace + 1);
    i = end + 1;
  }
  return 0;
}

}  // namespace

std::string RenderSummary(std::string_view summary, const Finding& finding) {
  std::string rendered;
  Walk(
      summary, [&](std::string_view text) { rendered += text; },
      [&](std::string_view name, std::size_t) { rendered += ValueOf(name, finding); });
  return rendered;
}

Result<void> CheckSummary(std::string_view summary,
                          const std::map<std::string, std::string>& labels) {
  std::vector<std::string> names(kPlaceholders.begin(), kPlaceholders.end());
  for (const auto& [name, value] : labels) names.push_back(std::string(kLabel) + name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  std::string unknown;
  const auto check = [&](std::string_view name, std::size_t column) {
    if (!unknown.empty() || std::ranges::find(known, name) != known.end()) return;
    const std::string_view meant = Nearest(name, known);
    unknown = fmt::format("at column {}: unknown placeholder '{{{}}}', known are {{{}}}{}", column,
                          CleanUtf8(name, 40), fmt::join(known, "} {"),
                          meant.empty() ? "" : fmt::format("; did you mean {{{}}}?", meant));
  };
  const std::size_t alone = Walk(summary, [](std::string_view) {}, check);
  if (!unknown.empty()) return Fail(ErrorCode::kConfig, unknown);
  if (alone == 0) return {};
  return Fail(ErrorCode::kConfig,
              fmt::format("at column {}: expected a placeholder such as {{value}}, found a brace "
                          "without its partner (a brace itself is written twice)",
                          alone));
}

double Worse(std::string_view op, double a, double b) {
  if (op.starts_with('>')) return std::max(a, b);
  if (op.starts_with('<')) return std::min(a, b);
  return b;
}

std::string ValueText(std::string_view metric, double value) {
  return IsOfErrorRate(metric) ? ShortestText(static_cast<float>(value)) : ShortestText(value);
}

}  // namespace mon::anomaly_detector
