#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mon::anomaly_detector {

enum class TokenKind {
  kEnd,
  kNumber,  ///< or a span such as 5m
  kWord,
  kString,
  kCompare,
  kArithmetic,  ///< + - * /
  kComma,
  kLeft,
  kRight,
  kUnknown
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;   ///< as it stands in the expression, quotes included
  std::size_t column = 1;  ///< of its first byte, from 1
};

/// Takes a rule expression apart, one token at a call. Never fails: what belongs to no token is
/// kUnknown, and the parser says what it expected instead. `text` must outlive the tokens.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}
  Token Next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// The value of a kString token: without its quotes and backslashes.
[[nodiscard]] std::string Unquote(std::string_view quoted);

}  // namespace mon::anomaly_detector
