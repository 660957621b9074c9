#include "parser.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "calculation.h"
#include "common/text.h"
#include "expected.h"
#include "expression_builder.h"
#include "operand_parser.h"
#include "token_cursor.h"

namespace mon::anomaly_detector {
namespace {

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

/// One function per line of the grammar; each returns the index of the node it made.
class Parser {
 public:
  Parser(std::string_view text, Operands& operands)
      : cursor_(text), operand_parser_(cursor_, operands), builder_(text, operands) {}

  Result<Expression> Parse() {
    const Result<std::size_t> root = Or();
    if (!root) return std::unexpected(root.error());
    if (const Result<void> whole = NeedCondition(*root); !whole)
      return std::unexpected(whole.error());
    if (!cursor_.Is(TokenKind::kEnd)) return cursor_.ExpectedOperator("'and', 'or' or the end");
    Expression expression = builder_.Take();
    expression.patterns = operand_parser_.Patterns();
    return expression;
  }

 private:
  Result<std::size_t> Or() { return Chain(NodeKind::kOr, "or", &Parser::And); }
  Result<std::size_t> And() { return Chain(NodeKind::kAnd, "and", &Parser::Not); }

  Result<std::size_t> Chain(NodeKind kind, std::string_view keyword,
                            Result<std::size_t> (Parser::*part)()) {
    const Token first = cursor_.Current();
    Result<std::size_t> left = (this->*part)();
    while (left && cursor_.IsWord(keyword)) {
      if (const Result<void> condition = NeedCondition(*left); !condition)
        return std::unexpected(condition.error());
      cursor_.Take();
      const Result<std::size_t> right = (this->*part)();
      if (!right) return right;
      if (const Result<void> condition = NeedCondition(*right); !condition)
        return std::unexpected(condition.error());
      left = Add(first, {.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }

  Result<std::size_t> Not() {
    if (!cursor_.IsWord("not")) return Compare();
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    const Token first = cursor_.Take();
    const Result<std::size_t> operand = Not();
    if (!operand) return operand;
    if (const Result<void> condition = NeedCondition(*operand); !condition)
      return std::unexpected(condition.error());
    return Add(first, {.kind = NodeKind::kNot, .left = *operand});
  }

  Result<std::size_t> Compare() {
    const Token first = cursor_.Current();
    const Result<std::size_t> left = Sum();
    if (!left || !cursor_.Is(TokenKind::kCompare)) return left;
    if (IsTruth(*left)) return cursor_.ExpectedOperator("'and', 'or' or the end");
    const CompareOp op = *CompareOpOf(cursor_.Take().text);
    const Token second = cursor_.Current();
    const Result<std::size_t> right = Sum();
    if (!right) return right;
    if (IsTruth(*right)) return Expected("a number or a metric", second);
    if (builder_.IsNumber(*left) && builder_.IsNumber(*right))
      return Expected("a metric on one side of the comparison", first);
    return Add(first, {.kind = NodeKind::kCompare, .op = op, .left = *left, .right = *right});
  }

  Result<std::size_t> Sum() { return Arithmetic("+-", &Parser::Product); }
  Result<std::size_t> Product() { return Arithmetic("*/", &Parser::Operand); }

  Result<std::size_t> Arithmetic(std::string_view signs, Result<std::size_t> (Parser::*part)()) {
    const Token first = cursor_.Current();
    Result<std::size_t> left = (this->*part)();
    while (left && cursor_.Is(TokenKind::kArithmetic) && signs.contains(cursor_.Current().text)) {
      if (IsTruth(*left)) return cursor_.ExpectedOperator("'and', 'or' or the end");
      const NodeKind kind = *ArithmeticOf(cursor_.Take().text);
      const Token second = cursor_.Current();
      const Result<std::size_t> right = (this->*part)();
      if (!right) return right;
      if (IsTruth(*right)) return Expected("a number or a metric", second);
      if (kind == NodeKind::kDivide && builder_.IsNumber(*right) && builder_.NumberAt(*right) == 0)
        return Expected("a divisor other than 0", second);
      left = Calculated(first, {.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }

  /// An operation on numbers alone is a number.
  Result<std::size_t> Calculated(const Token& first, const Node& node) {
    const bool unary = node.kind == NodeKind::kNegate;
    if (!builder_.IsNumber(node.left) || (!unary && !builder_.IsNumber(node.right)))
      return Add(first, node);
    const double number = Calculate(node.kind, builder_.NumberAt(node.left),
                                    unary ? 0 : builder_.NumberAt(node.right));
    if (std::isnan(number)) return Expected("an operation whose result is a number", first);
    return builder_.AddNumber(From(first), number);
  }

  Result<std::size_t> Operand() {
    switch (cursor_.Current().kind) {
      case TokenKind::kNumber:
        return Number();
      case TokenKind::kLeft:
        return Parenthesis();
      case TokenKind::kArithmetic:
        return Signed();
      default:
        return Value();
    }
  }

  Result<std::size_t> Value() {
    const Token first = cursor_.Current();
    const Result<anomaly_detector::Operand> operand = operand_parser_.Parse();
    if (!operand) return std::unexpected(operand.error());
    return builder_.AddOperand(From(first), *operand);
  }

  Result<std::size_t> Signed() {
    const Token sign = cursor_.Current();
    if (sign.text != "-" && sign.text != "+") return ExpectedOperand(cursor_);
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    cursor_.Take();
    const Token second = cursor_.Current();
    const Result<std::size_t> operand = Operand();
    if (!operand) return operand;
    if (IsTruth(*operand)) return Expected("a number or a metric", second);
    if (sign.text == "+") return operand;
    return Calculated(sign, {.kind = NodeKind::kNegate, .left = *operand});
  }

  Result<std::size_t> Number() {
    const std::optional<double> number = ParseDouble(cursor_.Current().text);
    if (!number || !std::isfinite(*number))
      return Expected("a number such as 0.5 or 1e6", cursor_.Current());
    const Token first = cursor_.Take();
    return builder_.AddNumber(From(first), *number);
  }

  Result<std::size_t> Parenthesis() {
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    cursor_.Take();
    const Result<std::size_t> inner = Or();
    if (!inner) return inner;
    if (!cursor_.Is(TokenKind::kRight)) return cursor_.ExpectedOperator("')'");
    cursor_.Take();
    return inner;
  }

  /// A number stands where a truth is needed: what is missing is the comparison behind it.
  Result<void> NeedCondition(std::size_t node) const {
    if (IsTruth(node)) return {};
    return cursor_.ExpectedOperator("a comparison such as > 0.5");
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
      return Fail(ErrorCode::kConfig, fmt::format("at column {}: nested more than {} deep",
                                                  cursor_.Current().column, kDeepest));
    }
    return Nesting(depth_);
  }

  /// The text from `first` to what was taken last.
  [[nodiscard]] ExpressionBuilder::Place From(const Token& first) const {
    return {first.column - 1, cursor_.Taken()};
  }
  std::size_t Add(const Token& first, const Node& node) { return builder_.Add(From(first), node); }
  [[nodiscard]] bool IsTruth(std::size_t node) const { return IsCondition(builder_.KindOf(node)); }

  TokenCursor cursor_;
  OperandParser operand_parser_;
  ExpressionBuilder builder_;
  int depth_ = 0;
};

}  // namespace

Result<Expression> ParseExpression(std::string_view text, Operands& operands) {
  return Parser(text, operands).Parse();
}

}  // namespace mon::anomaly_detector
