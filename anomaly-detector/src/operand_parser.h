#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "anomaly_detector/operand.h"
#include "common/error.h"
#include "token_cursor.h"

namespace mon::anomaly_detector {

/// Where the quoted key patterns stand in the text of an expression: [begin, end), ascending.
using PatternPlaces = std::vector<std::pair<std::size_t, std::size_t>>;

/// Parses what stands for a value that whoever evaluates the rule looks up: a source, or a function
/// of one. `known` are the operands of the rule so far.
class OperandParser {
 public:
  OperandParser(TokenCursor& cursor, const Operands& known) : cursor_(cursor), known_(known) {}

  /// error_rate, response_time_ms or item(…), avg(…) and the like, nodata(…), odd(…), predict(…).
  /// Errors: kConfig, "at column 14: expected …", also where the token at hand begins none of them.
  [[nodiscard]] Result<Operand> Parse();

  [[nodiscard]] const PatternPlaces& Patterns() const { return patterns_; }

 private:
  [[nodiscard]] bool AtSource() const;
  Result<Operand> SourceWithoutWindow(std::string_view why_not);
  Result<Operand> TakeSource();
  Result<Operand> OverSpan();
  Result<Operand> Odd();
  Result<Operand> Prediction();
  Result<double> Limit();
  Result<std::chrono::seconds> Span(std::chrono::seconds longest);
  Result<ItemRef> Item();
  Result<void> Selector(ItemRef& item);
  [[nodiscard]] Result<void> CheckPattern(const ItemRef& item, const Token& quoted) const;

  TokenCursor& cursor_;
  const Operands& known_;
  PatternPlaces patterns_;
};

/// What an expression goes on with where a value is expected, in words.
[[nodiscard]] std::unexpected<Error> ExpectedOperand(const TokenCursor& cursor);

}  // namespace mon::anomaly_detector
