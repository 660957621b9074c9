#include "parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "calculation.h"
#include "common/text.h"
#include "expected.h"
#include "suggest.h"
#include "token.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::string_view kOperand =
    "a number, error_rate, response_time_ms, item(\"KEY\"), a function such as "
    "avg(error_rate, 5m) or '('";
constexpr std::string_view kSource = "error_rate, response_time_ms or item(\"KEY\")";
constexpr std::string_view kOddSource = "error_rate, response_time_ms, item(\"KEY\") or host";
constexpr std::array<std::string_view, 4> kOddWords = {"error_rate", "response_time_ms", "item",
                                                       "host"};
constexpr std::array<std::string_view, 12> kOperandWords = {
    "error_rate", "response_time_ms", "item", "not",    "avg", "min", "max", "rate",
    "delta",      "nodata",           "odd",  "predict"};
constexpr std::array<std::string_view, 3> kSelectors = {"host", "tag", "window"};
constexpr std::array<std::string_view, 3> kKeywords = {"and", "or", "not"};

std::optional<CompareOp> CompareOpOf(std::string_view text) {
  for (const CompareOp op : {CompareOp::kGreater, CompareOp::kGreaterEqual, CompareOp::kLess,
                             CompareOp::kLessEqual, CompareOp::kEqual, CompareOp::kNotEqual}) {
    if (text == ToString(op)) return op;
  }
  return std::nullopt;
}

std::optional<NodeKind> ArithmeticOf(std::string_view text) {
  if (text == "+") return NodeKind::kAdd;
  if (text == "-") return NodeKind::kSubtract;
  if (text == "*") return NodeKind::kMultiply;
  if (text == "/") return NodeKind::kDivide;
  return std::nullopt;
}

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

/// One function per line of the grammar; each returns the index of the node it made.
class Parser {
 public:
  Parser(std::string_view text, Operands& operands)
      : tokens_(text), token_(tokens_.Next()), operands_(operands) {
    expression_.text = text;
  }

  Result<Expression> Parse() {
    const Result<std::size_t> root = Or();
    if (!root) return std::unexpected(root.error());
    if (const Result<void> whole = NeedCondition(*root); !whole) {
      return std::unexpected(whole.error());
    }
    if (token_.kind != TokenKind::kEnd) return ExpectedOperator("'and', 'or' or the end");
    return std::move(expression_);
  }

 private:
  Result<std::size_t> Or() { return Chain(NodeKind::kOr, "or", &Parser::And); }
  Result<std::size_t> And() { return Chain(NodeKind::kAnd, "and", &Parser::Not); }

  Result<std::size_t> Chain(NodeKind kind, std::string_view keyword,
                            Result<std::size_t> (Parser::*part)()) {
    const Token first = token_;
    Result<std::size_t> left = (this->*part)();
    while (left && IsWord(keyword)) {
      if (const Result<void> condition = NeedCondition(*left); !condition) {
        return std::unexpected(condition.error());
      }
      Take();
      const Result<std::size_t> right = (this->*part)();
      if (!right) return right;
      if (const Result<void> condition = NeedCondition(*right); !condition) {
        return std::unexpected(condition.error());
      }
      left = Add(first, {.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }

  Result<std::size_t> Not() {
    if (!IsWord("not")) return Compare();
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    const Token first = Take();
    const Result<std::size_t> operand = Not();
    if (!operand) return operand;
    if (const Result<void> condition = NeedCondition(*operand); !condition) {
      return std::unexpected(condition.error());
    }
    return Add(first, {.kind = NodeKind::kNot, .left = *operand});
  }

  Result<std::size_t> Compare() {
    const Token first = token_;
    const Result<std::size_t> left = Sum();
    if (!left || token_.kind != TokenKind::kCompare) return left;
    if (IsCondition(KindOf(*left))) return ExpectedOperator("'and', 'or' or the end");
    const CompareOp op = *CompareOpOf(Take().text);
    const Token second = token_;
    const Result<std::size_t> right = Sum();
    if (!right) return right;
    if (IsCondition(KindOf(*right))) return Expected("a number or a metric", second);
    if (IsNumber(*left) && IsNumber(*right)) {
      return Expected("a metric on one side of the comparison", first);
    }
    return Add(first, {.kind = NodeKind::kCompare, .op = op, .left = *left, .right = *right});
  }

  Result<std::size_t> Sum() { return Arithmetic("+-", &Parser::Product); }
  Result<std::size_t> Product() { return Arithmetic("*/", &Parser::Operand); }

  Result<std::size_t> Arithmetic(std::string_view signs, Result<std::size_t> (Parser::*part)()) {
    const Token first = token_;
    Result<std::size_t> left = (this->*part)();
    while (left && token_.kind == TokenKind::kArithmetic && signs.contains(token_.text)) {
      if (IsCondition(KindOf(*left))) return ExpectedOperator("'and', 'or' or the end");
      const NodeKind kind = *ArithmeticOf(Take().text);
      const Token second = token_;
      const Result<std::size_t> right = (this->*part)();
      if (!right) return right;
      if (IsCondition(KindOf(*right))) return Expected("a number or a metric", second);
      if (kind == NodeKind::kDivide && IsNumber(*right) && NumberAt(*right) == 0) {
        return Expected("a divisor other than 0", second);
      }
      left = Calculated(first, {.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }

  /// An operation on numbers alone is a number.
  Result<std::size_t> Calculated(const Token& first, const Node& node) {
    const bool unary = node.kind == NodeKind::kNegate;
    if (!IsNumber(node.left) || (!unary && !IsNumber(node.right))) return Add(first, node);
    const double number =
        Calculate(node.kind, NumberAt(node.left), unary ? 0 : NumberAt(node.right));
    if (std::isnan(number)) return Expected("an operation whose result is a number", first);
    return Add(first, {.kind = NodeKind::kNumber, .number = number});
  }

  Result<std::size_t> Operand() {
    switch (token_.kind) {
      case TokenKind::kNumber:
        return Number();
      case TokenKind::kLeft:
        return Parenthesis();
      case TokenKind::kArithmetic:
        return Signed();
      case TokenKind::kWord:
        if (IsWord("odd")) return Odd();
        if (IsWord("predict")) return Prediction();
        if (FunctionNamed(token_.text)) return OverSpan();
        if (IsSource()) return SourceAlone();
        return ExpectedWord(kOperand, kOperandWords);
      default:
        return Expected(kOperand, token_, ForeignTwin(token_.text) == "not" ? "not" : "");
    }
  }

  Result<std::size_t> Signed() {
    if (token_.text != "-" && token_.text != "+") return Expected(kOperand, token_);
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    const Token sign = Take();
    const Token second = token_;
    const Result<std::size_t> operand = Operand();
    if (!operand) return operand;
    if (IsCondition(KindOf(*operand))) return Expected("a number or a metric", second);
    if (sign.text == "+") return operand;
    return Calculated(sign, {.kind = NodeKind::kNegate, .left = *operand});
  }

  Result<std::size_t> Number() {
    const std::optional<double> number = ParseDouble(token_.text);
    if (!number || !std::isfinite(*number)) return Expected("a number such as 0.5 or 1e6", token_);
    const Token first = Take();
    return Add(first, {.kind = NodeKind::kNumber, .number = *number});
  }

  Result<std::size_t> Parenthesis() {
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    Take();
    const Result<std::size_t> inner = Or();
    if (!inner) return inner;
    if (token_.kind != TokenKind::kRight) return ExpectedOperator("')'");
    Take();
    return inner;
  }

  [[nodiscard]] bool IsSource() const {
    return IsWord("error_rate") || IsWord("response_time_ms") || IsWord("item");
  }

  /// What stands for a value at the sample itself.
  Result<std::size_t> SourceAlone() {
    const Token first = token_;
    const Result<anomaly_detector::Operand> operand = TakeSource();
    if (!operand) return std::unexpected(operand.error());
    if (operand->source == Source::kErrorRate) return Add(first, {.kind = NodeKind::kErrorRate});
    if (operand->source == Source::kResponseTimeMs) {
      return Add(first, {.kind = NodeKind::kResponseTimeMs});
    }
    return AddOperand(first, *operand);
  }

  Result<anomaly_detector::Operand> TakeSource() {
    anomaly_detector::Operand operand;
    if (IsWord("item")) {
      Result<ItemRef> item = Item();
      if (!item) return std::unexpected(item.error());
      operand.item = *std::move(item);
      return operand;
    }
    operand.source = IsWord("error_rate") ? Source::kErrorRate : Source::kResponseTimeMs;
    Take();
    return operand;
  }

  Result<anomaly_detector::Operand> TakeHost() {
    Take();
    anomaly_detector::Operand operand;
    operand.source = Source::kHost;
    return operand;
  }

  Result<std::size_t> OverSpan() {
    const Token first = Take();
    const Function function = *FunctionNamed(first.text);
    if (token_.kind != TokenKind::kLeft) {
      return Expected(fmt::format("'(' after {}", first.text), token_);
    }
    Take();
    const bool age = function == Function::kAge;
    if (age ? !IsWord("item") : !IsSource()) {
      return ExpectedWord(age ? "item(\"KEY\")" : kSource, std::span(kOperandWords).first(3));
    }
    const Token source = token_;
    Result<anomaly_detector::Operand> operand = TakeSource();
    if (!operand) return std::unexpected(operand.error());
    if (operand->item.window || operand->item.auto_window) {
      return Expected("an item without a window: a function has its span", source);
    }
    if (token_.kind != TokenKind::kComma) {
      return Expected("',' and a span such as 5m", token_);
    }
    Take();
    const Result<std::chrono::seconds> span = Span(LongestSpan(function));
    if (!span) return std::unexpected(span.error());
    if (token_.kind != TokenKind::kRight) return Expected("')' after the span", token_);
    Take();
    operand->function = function;
    operand->span = *span;
    return age ? Older(first, *operand) : AddOperand(first, *operand);
  }

  /// odd(source) is: its detector says 1.
  Result<std::size_t> Odd() {
    const Token first = Take();
    if (token_.kind != TokenKind::kLeft) return Expected("'(' after odd", token_);
    Take();
    if (!IsSource() && !IsWord("host")) return ExpectedWord(kOddSource, kOddWords);
    const Token source = token_;
    Result<anomaly_detector::Operand> operand = IsWord("host") ? TakeHost() : TakeSource();
    if (!operand) return std::unexpected(operand.error());
    if (operand->item.window || operand->item.auto_window) {
      return Expected("an item without a window: a detector sees all of its values", source);
    }
    if (token_.kind != TokenKind::kRight) return Expected("')' after the metric", token_);
    Take();
    operand->function = Function::kOdd;
    return AddCondition(first, *operand);
  }

  /// predict(item, 100, 7d) is: it is expected to be at 100 within seven days.
  Result<std::size_t> Prediction() {
    const Token first = Take();
    if (token_.kind != TokenKind::kLeft) return Expected("'(' after predict", token_);
    Take();
    if (!IsWord("item")) return ExpectedWord("item(\"KEY\")", std::span(kOperandWords).first(3));
    const Token source = token_;
    Result<anomaly_detector::Operand> operand = TakeSource();
    if (!operand) return std::unexpected(operand.error());
    if (operand->item.window || operand->item.auto_window) {
      return Expected("an item without a window: a prediction is of two weeks", source);
    }
    if (token_.kind != TokenKind::kComma) return Expected("',' and a number to reach", token_);
    Take();
    const bool negative = token_.text == "-";
    if (negative) Take();
    const std::optional<double> limit =
        token_.kind == TokenKind::kNumber ? ParseDouble(token_.text) : std::nullopt;
    if (!limit || !std::isfinite(*limit)) return Expected("a number such as 100", token_);
    Take();
    if (token_.kind != TokenKind::kComma) return Expected("',' and a span such as 7d", token_);
    Take();
    const Result<std::chrono::seconds> span = Span(std::chrono::days(30));
    if (!span) return std::unexpected(span.error());
    if (token_.kind != TokenKind::kRight) return Expected("')' after the span", token_);
    Take();
    operand->function = Function::kPredict;
    operand->limit = negative ? -*limit : *limit;
    operand->span = *span;
    return AddCondition(first, *operand);
  }

  /// An operand that is 1 or 0.
  Result<std::size_t> AddCondition(const Token& first, const anomaly_detector::Operand& operand) {
    const Result<std::size_t> value = AddOperand(first, operand);
    if (!value) return value;
    const std::size_t half = Add(first, {.kind = NodeKind::kNumber, .number = 0.5});
    return Add(first, {.kind = NodeKind::kCompare, .left = *value, .right = half});
  }

  /// nodata(item, 5m) is: its newest value is older than 300 s.
  Result<std::size_t> Older(const Token& first, const anomaly_detector::Operand& operand) {
    const Result<std::size_t> age = AddOperand(first, operand);
    if (!age) return age;
    const std::size_t limit = Add(
        first, {.kind = NodeKind::kNumber, .number = static_cast<double>(operand.span.count())});
    return Add(
        first,
        {.kind = NodeKind::kCompare, .op = CompareOp::kGreater, .left = *age, .right = limit});
  }

  Result<std::chrono::seconds> Span(std::chrono::seconds longest) {
    const auto span = SecondsIn(token_.text, std::chrono::seconds(1), longest);
    if (token_.kind != TokenKind::kNumber || !span) {
      return Expected(fmt::format("a span from 1s to {}, such as 5m, in whole seconds",
                                  FormatDuration(longest)),
                      token_);
    }
    Take();
    return *span;
  }

  Result<ItemRef> Item() {
    Take();
    if (token_.kind != TokenKind::kLeft) return Expected("'(' after item", token_);
    Take();
    if (token_.kind != TokenKind::kString) return Expected("an item key in quotes", token_);
    const Token quoted = Take();
    ItemRef item;
    item.key = Unquote(quoted.text);
    if (item.key.empty()) return Expected("an item key in quotes", quoted);
    while (token_.kind == TokenKind::kComma) {
      Take();
      if (const Result<void> taken = Selector(item); !taken) return std::unexpected(taken.error());
    }
    if (token_.kind != TokenKind::kRight) return Expected("',' or ')' after the item key", token_);
    Take();
    if (item.IsPattern()) {
      if (const Result<void> good = CheckPattern(item, quoted); !good) {
        return std::unexpected(good.error());
      }
      expression_.patterns.emplace_back(quoted.column - 1, quoted.column - 1 + quoted.text.size());
    }
    return item;
  }

  Result<void> Selector(ItemRef& item) {
    constexpr std::string_view kExpected = "host=\"…\", tag=\"…\" or window=\"…\"";
    const Token name = token_;
    const bool known = std::ranges::find(kSelectors, name.text) != kSelectors.end();
    if (name.kind != TokenKind::kWord || !known) return ExpectedWord(kExpected, kSelectors);
    const bool again = name.text == "host"  ? !item.host.empty()
                       : name.text == "tag" ? !item.tag.empty()
                                            : item.window || item.auto_window;
    if (again) return Expected("each selector once", name);
    Take();
    if (token_.text != "=") return Expected(fmt::format("'=' after {}", name.text), token_);
    Take();
    const Token quoted = token_;
    std::string value = quoted.kind == TokenKind::kString ? Unquote(quoted.text) : std::string();
    if (value.empty()) return Expected("a text in quotes", quoted);
    Take();
    if (name.text == "window") return Window(item, value, quoted);
    (name.text == "host" ? item.host : item.tag) = std::move(value);
    return {};
  }

  static Result<void> Window(ItemRef& item, std::string_view value, const Token& quoted) {
    item.auto_window = value == "auto";
    if (item.auto_window) return {};
    item.window = SecondsIn(value, std::chrono::seconds(0), std::chrono::days(1));
    if (!item.window) {
      return Expected("\"auto\" or a window up to 1d such as \"60s\", in whole seconds", quoted);
    }
    return {};
  }

  /// Several patterns would stand for every pair of what they match.
  [[nodiscard]] Result<void> CheckPattern(const ItemRef& item, const Token& quoted) const {
    if (!item.host.empty()) return Expected("a whole key beside host", quoted);
    for (const auto& other : operands_.of_host) {
      if (other.item.IsPattern() && other.item.key != item.key) {
        return Expected("one key pattern in a rule, not a second one", quoted);
      }
    }
    return {};
  }

  Result<std::size_t> AddOperand(const Token& first, const anomaly_detector::Operand& operand) {
    const bool of_host = operand.source == Source::kHost ||
                         (operand.source == Source::kItem && operand.item.host.empty());
    auto& known = of_host ? operands_.of_host : operands_.shared;
    const auto found = std::ranges::find(known, operand);
    const auto at = static_cast<std::size_t>(found - known.begin());
    if (found == known.end()) known.push_back(operand);
    Node node{.kind = of_host ? NodeKind::kOfHost : NodeKind::kShared, .operand = at};
    node.of_host = of_host;
    node.of_rate = operand.source == Source::kErrorRate;
    return Add(first, node);
  }

  /// A number stands where a truth is needed: what is missing is the comparison behind it.
  Result<void> NeedCondition(std::size_t node) const {
    if (IsCondition(KindOf(node))) return {};
    return ExpectedOperator("a comparison such as > 0.5");
  }

  /// Where one of `known` should be.
  [[nodiscard]] std::unexpected<Error> ExpectedWord(std::string_view what,
                                                    std::span<const std::string_view> known) const {
    const std::string_view near = Nearest(token_.text, known);
    return Expected(what, token_, near.empty() ? ForeignTwin(token_.text) : near);
  }

  /// Where an operator or the end should be: other languages' spelling gets ours named.
  [[nodiscard]] std::unexpected<Error> ExpectedOperator(std::string_view what) const {
    std::string_view meant = ForeignTwin(token_.text);
    if (meant.empty() && token_.kind == TokenKind::kWord) meant = Nearest(token_.text, kKeywords);
    return Expected(what, token_, meant == token_.text ? "" : meant);
  }

  /// Counts how deep parentheses and `not` are nested while it lives: evaluation is recursive, and
  /// the stack must bear it.
  class Nesting {
   public:
    explicit Nesting(int& depth) : depth_(&depth) { ++depth; }
    Nesting(Nesting&& other) noexcept : depth_(std::exchange(other.depth_, nullptr)) {}
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;
    Nesting& operator=(Nesting&&) = delete;
    ~Nesting() {
      if (depth_ != nullptr) --*depth_;
    }

   private:
    int* depth_;
  };

  Result<Nesting> Enter() {
    constexpr int kDeepest = 100;
    if (depth_ == kDeepest) {
      return Fail(ErrorCode::kConfig,
                  fmt::format("at column {}: nested more than {} deep", token_.column, kDeepest));
    }
    return Nesting(depth_);
  }

  /// `node` with the text from `first` to what was taken last.
  std::size_t Add(const Token& first, Node node) {
    node.begin = first.column - 1;
    node.end = taken_;
    node.of_rate = node.of_rate || node.kind == NodeKind::kErrorRate;
    for (const std::size_t child : Children(node)) {
      node.of_rate = node.of_rate || expression_.nodes[child].of_rate;
      node.of_host = node.of_host || expression_.nodes[child].of_host;
    }
    expression_.nodes.push_back(node);
    return expression_.nodes.size() - 1;
  }

  static std::vector<std::size_t> Children(const Node& node) {
    if (node.kind < NodeKind::kNegate) return {};
    if (node.kind == NodeKind::kNegate || node.kind == NodeKind::kNot) return {node.left};
    return {node.left, node.right};
  }

  Token Take() {
    taken_ = token_.column - 1 + token_.text.size();
    return std::exchange(token_, tokens_.Next());
  }
  [[nodiscard]] bool IsNumber(std::size_t node) const { return KindOf(node) == NodeKind::kNumber; }
  [[nodiscard]] double NumberAt(std::size_t node) const { return expression_.nodes[node].number; }
  [[nodiscard]] NodeKind KindOf(std::size_t node) const { return expression_.nodes[node].kind; }
  [[nodiscard]] bool IsWord(std::string_view word) const {
    return token_.kind == TokenKind::kWord && token_.text == word;
  }

  Tokenizer tokens_;
  Token token_;
  std::size_t taken_ = 0;  // where the last taken token ends
  Expression expression_;
  Operands& operands_;
  int depth_ = 0;
};

}  // namespace

Result<Expression> ParseExpression(std::string_view text, Operands& operands) {
  return Parser(text, operands).Parse();
}

}  // namespace mon::anomaly_detector
