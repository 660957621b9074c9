#include "operand_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/text.h"
#include "expected.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::string_view kOperand =
    "a number, error_rate, response_time_ms, item(\"KEY\"), a function such as "
    "avg(error_rate, 5m) or '('";
constexpr std::string_view kSource = "error_rate, response_time_ms or item(\"KEY\")";
constexpr std::string_view kItem = "item(\"KEY\")";
constexpr std::string_view kOddSource = "error_rate, response_time_ms, item(\"KEY\") or host";
constexpr std::array<std::string_view, 4> kOddWords = {"error_rate", "response_time_ms", "item",
                                                       "host"};
constexpr std::array<std::string_view, 12> kOperandWords = {
    "error_rate", "response_time_ms", "item", "not",    "avg", "min", "max", "rate",
    "delta",      "nodata",           "odd",  "predict"};
constexpr auto kSourceWords = std::span(kOperandWords).first(3);
constexpr std::array<std::string_view, 3> kSelectors = {"host", "tag", "window"};

std::optional<Function> FunctionNamed(std::string_view name) {
  if (name == "avg") return Function::kAverage;
  if (name == "min") return Function::kMinimum;
  if (name == "max") return Function::kMaximum;
  if (name == "rate") return Function::kRate;
  if (name == "delta") return Function::kDelta;
  if (name == "nodata") return Function::kAge;
  return std::nullopt;
}

/// Reading a longer span anew at each pass would cost more than it tells; the age of a value is
/// looked up by itself.
std::chrono::seconds LongestSpan(Function function) {
  return std::chrono::days(function == Function::kAge ? 7 : 1);
}

/// Whole seconds within the bounds, or nothing.
std::optional<std::chrono::seconds> SecondsIn(std::string_view text, std::chrono::seconds least,
                                              std::chrono::seconds most) {
  const Result<std::chrono::milliseconds> duration = ParseDuration(text);
  if (!duration || *duration < least || *duration > most) return std::nullopt;
  if (duration->count() % 1000 != 0) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*duration);
}

Result<void> SetWindow(ItemRef& item, std::string_view value, const Token& quoted) {
  item.auto_window = value == "auto";
  if (item.auto_window) return {};
  item.window = SecondsIn(value, std::chrono::seconds(0), std::chrono::days(1));
  if (item.window) return {};
  return Expected("\"auto\" or a window up to 1d such as \"60s\", in whole seconds", quoted);
}

}  // namespace

std::unexpected<Error> ExpectedOperand(const TokenCursor& cursor) {
  const Token& token = cursor.Current();
  if (token.kind == TokenKind::kWord) return cursor.ExpectedWord(kOperand, kOperandWords);
  const bool negation = token.kind != TokenKind::kArithmetic && ForeignTwin(token.text) == "not";
  return Expected(kOperand, token, negation ? "not" : "");
}

Result<Operand> OperandParser::Parse() {
  if (cursor_.IsWord("odd")) return Odd();
  if (cursor_.IsWord("predict")) return Prediction();
  if (cursor_.Is(TokenKind::kWord) && FunctionNamed(cursor_.Current().text)) return OverSpan();
  if (AtSource()) return TakeSource();
  return ExpectedOperand(cursor_);
}

bool OperandParser::AtSource() const {
  return cursor_.IsWord("error_rate") || cursor_.IsWord("response_time_ms") ||
         cursor_.IsWord("item");
}

Result<Operand> OperandParser::TakeSource() {
  Operand operand;
  if (cursor_.IsWord("item")) {
    Result<ItemRef> item = Item();
    if (!item) return std::unexpected(item.error());
    operand.item = *std::move(item);
    return operand;
  }
  const std::string_view name = cursor_.Take().text;
  operand.source = name == "error_rate" ? Source::kErrorRate
                   : name == "host"     ? Source::kHost
                                        : Source::kResponseTimeMs;
  return operand;
}

/// Of a function, which looks at more than one value of the item.
Result<Operand> OperandParser::SourceWithoutWindow(std::string_view why_not) {
  const Token source = cursor_.Current();
  Result<Operand> operand = TakeSource();
  if (!operand) return operand;
  if (operand->item.window || operand->item.auto_window)
    return Expected(fmt::format("an item without a window: {}", why_not), source);
  return operand;
}

Result<Operand> OperandParser::OverSpan() {
  const std::string_view name = cursor_.Take().text;
  const Function function = *FunctionNamed(name);
  const auto open = cursor_.Need(TokenKind::kLeft, fmt::format("'(' after {}", name));
  if (!open) return std::unexpected(open.error());
  const bool age = function == Function::kAge;
  if (age ? !cursor_.IsWord("item") : !AtSource())
    return cursor_.ExpectedWord(age ? kItem : kSource, kSourceWords);
  Result<Operand> operand = SourceWithoutWindow("a function has its span");
  if (!operand) return operand;
  const auto comma = cursor_.Need(TokenKind::kComma, "',' and a span such as 5m");
  if (!comma) return std::unexpected(comma.error());
  const Result<std::chrono::seconds> span = Span(LongestSpan(function));
  if (!span) return std::unexpected(span.error());
  const auto close = cursor_.Need(TokenKind::kRight, "')' after the span");
  if (!close) return std::unexpected(close.error());
  operand->function = function;
  operand->span = *span;
  return operand;
}

Result<Operand> OperandParser::Odd() {
  cursor_.Take();
  const auto open = cursor_.Need(TokenKind::kLeft, "'(' after odd");
  if (!open) return std::unexpected(open.error());
  if (!AtSource() && !cursor_.IsWord("host")) return cursor_.ExpectedWord(kOddSource, kOddWords);
  Result<Operand> operand = SourceWithoutWindow("a detector sees all of its values");
  if (!operand) return operand;
  const auto close = cursor_.Need(TokenKind::kRight, "')' after the metric");
  if (!close) return std::unexpected(close.error());
  operand->function = Function::kOdd;
  return operand;
}

Result<Operand> OperandParser::Prediction() {
  cursor_.Take();
  const auto open = cursor_.Need(TokenKind::kLeft, "'(' after predict");
  if (!open) return std::unexpected(open.error());
  if (!cursor_.IsWord("item")) return cursor_.ExpectedWord(kItem, kSourceWords);
  Result<Operand> operand = SourceWithoutWindow("a prediction is of two weeks");
  if (!operand) return operand;
  const auto comma = cursor_.Need(TokenKind::kComma, "',' and a number to reach");
  if (!comma) return std::unexpected(comma.error());
  const Result<double> limit = Limit();
  if (!limit) return std::unexpected(limit.error());
  const auto second = cursor_.Need(TokenKind::kComma, "',' and a span such as 7d");
  if (!second) return std::unexpected(second.error());
  const Result<std::chrono::seconds> span = Span(std::chrono::days(30));
  if (!span) return std::unexpected(span.error());
  const auto close = cursor_.Need(TokenKind::kRight, "')' after the span");
  if (!close) return std::unexpected(close.error());
  operand->function = Function::kPredict;
  operand->limit = *limit;
  operand->span = *span;
  return operand;
}

Result<double> OperandParser::Limit() {
  const bool negative = cursor_.Current().text == "-";
  if (negative) cursor_.Take();
  const Token& token = cursor_.Current();
  const std::optional<double> limit =
      token.kind == TokenKind::kNumber ? ParseDouble(token.text) : std::nullopt;
  if (!limit || !std::isfinite(*limit)) return Expected("a number such as 100", token);
  cursor_.Take();
  return negative ? -*limit : *limit;
}

Result<std::chrono::seconds> OperandParser::Span(std::chrono::seconds longest) {
  const Token& token = cursor_.Current();
  const auto span = SecondsIn(token.text, std::chrono::seconds(1), longest);
  if (token.kind != TokenKind::kNumber || !span) {
    return Expected(
        fmt::format("a span from 1s to {}, such as 5m, in whole seconds", FormatDuration(longest)),
        token);
  }
  cursor_.Take();
  return *span;
}

Result<ItemRef> OperandParser::Item() {
  constexpr std::string_view kKey = "an item key in quotes";
  cursor_.Take();
  const auto open = cursor_.Need(TokenKind::kLeft, "'(' after item");
  if (!open) return std::unexpected(open.error());
  const auto quoted = cursor_.Need(TokenKind::kString, kKey);
  if (!quoted) return std::unexpected(quoted.error());
  ItemRef item;
  item.key = Unquote(quoted->text);
  if (item.key.empty()) return Expected(kKey, *quoted);
  while (cursor_.Is(TokenKind::kComma)) {
    cursor_.Take();
    if (const Result<void> taken = Selector(item); !taken) return std::unexpected(taken.error());
  }
  const auto close = cursor_.Need(TokenKind::kRight, "',' or ')' after the item key");
  if (!close) return std::unexpected(close.error());
  if (item.IsPattern()) {
    if (const Result<void> good = CheckPattern(item, *quoted); !good)
      return std::unexpected(good.error());
    const std::size_t begin = quoted->column - 1;
    patterns_.emplace_back(begin, begin + quoted->text.size());
  }
  return item;
}

Result<void> OperandParser::Selector(ItemRef& item) {
  constexpr std::string_view kExpected = "host=\"…\", tag=\"…\" or window=\"…\"";
  const Token name = cursor_.Current();
  const bool known = std::ranges::find(kSelectors, name.text) != kSelectors.end();
  if (name.kind != TokenKind::kWord || !known) return cursor_.ExpectedWord(kExpected, kSelectors);
  const bool again = name.text == "host"  ? !item.host.empty()
                     : name.text == "tag" ? !item.tag.empty()
                                          : item.window || item.auto_window;
  if (again) return Expected("each selector once", name);
  cursor_.Take();
  if (cursor_.Current().text != "=")
    return Expected(fmt::format("'=' after {}", name.text), cursor_.Current());
  cursor_.Take();
  const Token quoted = cursor_.Current();
  std::string value = quoted.kind == TokenKind::kString ? Unquote(quoted.text) : std::string();
  if (value.empty()) return Expected("a text in quotes", quoted);
  cursor_.Take();
  if (name.text == "window") return SetWindow(item, value, quoted);
  (name.text == "host" ? item.host : item.tag) = std::move(value);
  return {};
}

/// Several patterns would stand for every pair of what they match.
Result<void> OperandParser::CheckPattern(const ItemRef& item, const Token& quoted) const {
  if (!item.host.empty()) return Expected("a whole key beside host", quoted);
  for (const auto& other : known_.of_host) {
    if (other.item.IsPattern() && other.item.key != item.key)
      return Expected("one key pattern in a rule, not a second one", quoted);
  }
  return {};
}

}  // namespace mon::anomaly_detector
