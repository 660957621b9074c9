#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string_view>
#include <utility>

#include "common/error.h"
#include "token.h"

namespace mon::anomaly_detector {

/// The tokens of an expression, one at hand. `text` must outlive it.
class TokenCursor {
 public:
  explicit TokenCursor(std::string_view text) : tokens_(text), token_(tokens_.Next()) {}

  [[nodiscard]] const Token& Current() const { return token_; }
  [[nodiscard]] bool Is(TokenKind kind) const { return token_.kind == kind; }
  [[nodiscard]] bool IsWord(std::string_view word) const {
    return Is(TokenKind::kWord) && token_.text == word;
  }

  /// Goes on to the next one; gives the one that was at hand.
  Token Take() {
    taken_ = token_.column - 1 + token_.text.size();
    return std::exchange(token_, tokens_.Next());
  }
  /// Where the one that was taken last ends, in bytes of the text.
  [[nodiscard]] std::size_t Taken() const { return taken_; }

  /// Takes one of that kind, or says that `what` was expected.
  [[nodiscard]] Result<Token> Need(TokenKind kind, std::string_view what);

  /// Where one of `known` should be.
  [[nodiscard]] std::unexpected<Error> ExpectedWord(std::string_view what,
                                                    std::span<const std::string_view> known) const;
  /// Where an operator or the end should be: other languages' spelling gets ours named.
  [[nodiscard]] std::unexpected<Error> ExpectedOperator(std::string_view what) const;

 private:
  Tokenizer tokens_;
  Token token_;
  std::size_t taken_ = 0;
};

}  // namespace mon::anomaly_detector
