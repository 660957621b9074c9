#include "expected.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/text.h"

namespace mon::anomaly_detector {
namespace {

/// What people coming from other languages write, and what it is called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 17> kForeign = {{
    {"anomaly", "odd"},
    {"outlier", "odd"},
    {"forecast", "predict"},
    {"predict_linear", "predict"},
    {"&&", "and"},
    {"&", "and"},
    {"||", "or"},
    {"|", "or"},
    {"!", "not"},
    {"=", "=="},
    {"=>", ">="},
    {"=<", "<="},
    {"average", "avg"},
    {"mean", "avg"},
    {"change", "delta"},
    {"increase", "delta"},
    {"absent", "nodata"},
}};

std::string Found(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end";
  constexpr std::size_t kLongest = 40;
  const bool cut = token.text.size() > kLongest;
  const std::string text = CleanUtf8(token.text.substr(0, kLongest), 3 * kLongest);
  return fmt::format("'{}{}'", text, cut ? "…" : "");
}

}  // namespace

std::string_view ForeignTwin(std::string_view text) {
  if (text == "<>") return "!=";
  const auto* found =
      std::ranges::find(kForeign, text, [](const auto& pair) { return pair.first; });
  return found == kForeign.end() ? std::string_view() : found->second;
}

std::unexpected<Error> Expected(std::string_view what, const Token& token, std::string_view meant) {
  return Fail(ErrorCode::kConfig,
              fmt::format("at column {}: expected {}, found {}{}", token.column, what, Found(token),
                          meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

}  // namespace mon::anomaly_detector
