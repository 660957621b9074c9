#include "token.h"

#include <algorithm>

namespace mon::anomaly_detector {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWord(char c) { return IsWordStart(c) || IsDigit(c); }
bool IsOperator(char c) { return std::string_view("<>=!&|").contains(c); }

bool IsCompare(std::string_view text) {
  return text == ">" || text == ">=" || text == "<" || text == "<=" || text == "==" || text == "!=";
}

bool IsArithmetic(char c) { return std::string_view("+-*/").contains(c); }

/// A leading dot belongs to a number where a digit follows.
bool StartsNumber(std::string_view text) {
  if (text.starts_with('.')) text.remove_prefix(1);
  return !text.empty() && IsDigit(text.front());
}

/// Letters too, so that `5ms` is one thing that the parser can name; a sign only after an `e`.
std::size_t NumberLength(std::string_view text) {
  std::size_t i = 1;
  while (i < text.size()) {
    const bool exponent_sign =
        (text[i] == '-' || text[i] == '+') && (text[i - 1] == 'e' || text[i - 1] == 'E');
    if (!IsWord(text[i]) && text[i] != '.' && !exponent_sign) break;
    ++i;
  }
  return i;
}

/// Up to and with the closing quote, or 0 where it is missing.
std::size_t StringLength(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i + 1;
    }
  }
  return 0;
}

template <typename Predicate>
std::size_t RunLength(std::string_view text, Predicate belongs) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, belongs) - text.begin());
}

TokenKind KindAt(std::string_view rest) {
  const char c = rest.front();
  if (c == '(') return TokenKind::kLeft;
  if (c == ')') return TokenKind::kRight;
  if (c == ',') return TokenKind::kComma;
  if (IsArithmetic(c)) return TokenKind::kArithmetic;
  if (StartsNumber(rest)) return TokenKind::kNumber;
  if (IsWordStart(c)) return TokenKind::kWord;
  if ((c == '"' || c == '\'') && StringLength(rest) > 0) return TokenKind::kString;
  if (IsOperator(c) && IsCompare(rest.substr(0, RunLength(rest, IsOperator)))) {
    return TokenKind::kCompare;
  }
  return TokenKind::kUnknown;
}

/// Of what no token begins with: a run of operator characters (`=>`), an unclosed string, else one
/// character with the rest of its UTF-8 sequence.
std::size_t UnknownLength(std::string_view rest) {
  if (IsOperator(rest.front())) return RunLength(rest, IsOperator);
  if (rest.front() == '"' || rest.front() == '\'') return rest.size();
  return 1 + RunLength(rest.substr(1),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; });
}

std::size_t LengthAt(TokenKind kind, std::string_view rest) {
  switch (kind) {
    case TokenKind::kEnd:
      return 0;
    case TokenKind::kNumber:
      return NumberLength(rest);
    case TokenKind::kWord:
      return RunLength(rest, IsWord);
    case TokenKind::kString:
      return StringLength(rest);
    case TokenKind::kCompare:
      return RunLength(rest, IsOperator);
    case TokenKind::kArithmetic:
    case TokenKind::kComma:
    case TokenKind::kLeft:
    case TokenKind::kRight:
      return 1;
    case TokenKind::kUnknown:
      return UnknownLength(rest);
  }
  return 1;
}

}  // namespace

Token Tokenizer::Next() {
  at_ += RunLength(text_.substr(at_), IsBlank);
  const std::string_view rest = text_.substr(at_);
  const TokenKind kind = rest.empty() ? TokenKind::kEnd : KindAt(rest);
  const Token token{kind, rest.substr(0, LengthAt(kind, rest)), at_ + 1};
  at_ += token.text.size();
  return token;
}

std::string Unquote(std::string_view quoted) {
  std::string value;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    const bool escapes = quoted[i] == '\\' && i + 2 < quoted.size() &&
                         (quoted[i + 1] == quoted[0] || quoted[i + 1] == '\\');
    if (escapes) ++i;
    value += quoted[i];
  }
  return value;
}

}  // namespace mon::anomaly_detector
