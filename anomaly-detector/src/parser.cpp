#include "parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "common/text.h"
#include "suggest.h"
#include "token.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::string_view kOperand =
    "a number, error_rate, response_time_ms, item(\"KEY\") or '('";
constexpr std::array<std::string_view, 4> kOperandWords = {"error_rate", "response_time_ms", "item",
                                                           "not"};
constexpr std::array<std::string_view, 3> kKeywords = {"and", "or", "not"};

/// What people coming from other languages write, and what it is called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kForeign = {{
    {"&&", "and"},
    {"&", "and"},
    {"||", "or"},
    {"|", "or"},
    {"!", "not"},
    {"=", "=="},
    {"=>", ">="},
    {"=<", "<="},
}};

std::string_view ForeignTwin(std::string_view text) {
  if (text == "<>") return "!=";
  const auto* found =
      std::ranges::find(kForeign, text, [](const auto& pair) { return pair.first; });
  return found == kForeign.end() ? std::string_view() : found->second;
}

std::string Found(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end";
  constexpr std::size_t kLongest = 40;
  const bool cut = token.text.size() > kLongest;
  const std::string text = CleanUtf8(token.text.substr(0, kLongest), 3 * kLongest);
  return fmt::format("'{}{}'", text, cut ? "…" : "");
}

std::unexpected<Error> Expected(std::string_view what, const Token& token,
                                std::string_view meant = {}) {
  return Fail(ErrorCode::kConfig,
              fmt::format("at column {}: expected {}, found {}{}", token.column, what, Found(token),
                          meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
}

std::optional<CompareOp> CompareOpOf(std::string_view text) {
  for (const CompareOp op : {CompareOp::kGreater, CompareOp::kGreaterEqual, CompareOp::kLess,
                             CompareOp::kLessEqual, CompareOp::kEqual, CompareOp::kNotEqual}) {
    if (text == ToString(op)) return op;
  }
  return std::nullopt;
}

/// One function per line of the grammar; each returns the index of the node it made.
class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(text), token_(tokens_.Next()) {}

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
      left = Add({.kind = kind, .left = *left, .right = *right});
    }
    return left;
  }

  Result<std::size_t> Not() {
    if (!IsWord("not")) return Compare();
    const Result<Nesting> nesting = Enter();
    if (!nesting) return std::unexpected(nesting.error());
    Take();
    const Result<std::size_t> operand = Not();
    if (!operand) return operand;
    if (const Result<void> condition = NeedCondition(*operand); !condition) {
      return std::unexpected(condition.error());
    }
    return Add({.kind = NodeKind::kNot, .left = *operand});
  }

  Result<std::size_t> Compare() {
    const Token first = token_;
    const Result<std::size_t> left = Operand();
    if (!left || token_.kind != TokenKind::kCompare) return left;
    if (IsCondition(KindOf(*left))) return ExpectedOperator("'and', 'or' or the end");
    const CompareOp op = *CompareOpOf(Take().text);
    const Token second = token_;
    const Result<std::size_t> right = Operand();
    if (!right) return right;
    if (IsCondition(KindOf(*right))) return Expected("a number or a metric", second);
    if (KindOf(*left) == NodeKind::kNumber && KindOf(*right) == NodeKind::kNumber) {
      return Expected("a metric on one side of the comparison", first);
    }
    return Add({.kind = NodeKind::kCompare, .op = op, .left = *left, .right = *right});
  }

  Result<std::size_t> Operand() {
    switch (token_.kind) {
      case TokenKind::kNumber:
        return Number();
      case TokenKind::kLeft:
        return Parenthesis();
      case TokenKind::kWord:
        if (token_.text == "item") return Item();
        if (token_.text == "error_rate") return Metric(NodeKind::kErrorRate);
        if (token_.text == "response_time_ms") return Metric(NodeKind::kResponseTimeMs);
        return Expected(kOperand, token_, Nearest(token_.text, kOperandWords));
      default:
        return Expected(kOperand, token_, ForeignTwin(token_.text) == "not" ? "not" : "");
    }
  }

  Result<std::size_t> Metric(NodeKind kind) {
    Take();
    return Add({.kind = kind});
  }

  Result<std::size_t> Number() {
    std::string_view text = token_.text;
    if (text.starts_with('+')) text.remove_prefix(1);
    const std::optional<double> number = ParseDouble(text);
    if (!number || !std::isfinite(*number)) return Expected("a number such as 0.5 or 1e6", token_);
    Take();
    return Add({.kind = NodeKind::kNumber, .number = *number});
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

  Result<std::size_t> Item() {
    Take();
    if (token_.kind != TokenKind::kLeft) return Expected("'(' after item", token_);
    Take();
    if (token_.kind != TokenKind::kString) return Expected("an item key in quotes", token_);
    const Token quoted = Take();
    std::string key = Unquote(quoted.text);
    if (key.empty()) return Expected("an item key in quotes", quoted);
    if (token_.kind != TokenKind::kRight) return Expected("')' after the item key", token_);
    Take();
    return Add({.kind = NodeKind::kItem, .key = KeyIndex(std::move(key))});
  }

  std::size_t KeyIndex(std::string key) {
    const auto found = std::ranges::find(expression_.keys, key);
    if (found != expression_.keys.end()) {
      return static_cast<std::size_t>(found - expression_.keys.begin());
    }
    expression_.keys.push_back(std::move(key));
    return expression_.keys.size() - 1;
  }

  /// A number stands where a truth is needed: what is missing is the comparison behind it.
  Result<void> NeedCondition(std::size_t node) const {
    if (IsCondition(KindOf(node))) return {};
    return ExpectedOperator("a comparison such as > 0.5");
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

  std::size_t Add(const Node& node) {
    expression_.nodes.push_back(node);
    return expression_.nodes.size() - 1;
  }
  Token Take() { return std::exchange(token_, tokens_.Next()); }
  [[nodiscard]] NodeKind KindOf(std::size_t node) const { return expression_.nodes[node].kind; }
  [[nodiscard]] bool IsWord(std::string_view word) const {
    return token_.kind == TokenKind::kWord && token_.text == word;
  }

  Tokenizer tokens_;
  Token token_;
  Expression expression_;
  int depth_ = 0;
};

}  // namespace

Result<Expression> ParseExpression(std::string_view text) { return Parser(text).Parse(); }

}  // namespace mon::anomaly_detector
