#include "token_cursor.h"

#include <array>

#include "expected.h"
#include "suggest.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::array<std::string_view, 3> kKeywords = {"and", "or", "not"};

}  // namespace

Result<Token> TokenCursor::Need(TokenKind kind, std::string_view what) {
  if (!Is(kind)) return Expected(what, token_);
  return Take();
}

std::unexpected<Error> TokenCursor::ExpectedWord(std::string_view what,
                                                 std::span<const std::string_view> known) const {
  const std::string_view near = Nearest(token_.text, known);
  return Expected(what, token_, near.empty() ? ForeignTwin(token_.text) : near);
}

std::unexpected<Error> TokenCursor::ExpectedOperator(std::string_view what) const {
  std::string_view meant = ForeignTwin(token_.text);
  if (meant.empty() && Is(TokenKind::kWord)) meant = Nearest(token_.text, kKeywords);
  return Expected(what, token_, meant == token_.text ? "" : meant);
}

}  // namespace mon::anomaly_detector
