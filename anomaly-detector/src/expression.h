#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anomaly_detector/rule.h"

namespace mon::anomaly_detector {

enum class CompareOp : std::uint8_t {
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kEqual,
  kNotEqual
};

enum class NodeKind : std::uint8_t {
  kNumber,          ///< number
  kErrorRate,       ///<
  kResponseTimeMs,  ///<
  kShared,          ///< operand: index into Operands::shared
  kOfHost,          ///< operand: index into Operands::of_host
  kNegate,          ///< left
  kAdd,             ///< left, right; so are the others
  kSubtract,
  kMultiply,
  kDivide,
  kCompare,  ///< left op right: numbers in, a truth out
  kAnd,      ///< left, right
  kOr,       ///< left, right
  kNot,      ///< left
};

struct Node {
  NodeKind kind = NodeKind::kNumber;
  CompareOp op = CompareOp::kGreater;
  bool of_rate = false;  ///< error_rate has a part in it: compared as a FLOAT
  bool of_host = false;  ///< an item of the host at hand has
  std::size_t left = 0;  ///< indices into Expression::nodes
  std::size_t right = 0;
  std::size_t operand = 0;
  double number = 0;
  std::size_t begin = 0;  ///< its text is [begin, end) of the expression's
  std::size_t end = 0;
};

/// A parsed expression: a tree in one array, children before their parents, the root last. So it is
/// evaluated by going through the array once.
struct Expression {
  std::vector<Node> nodes;
  std::string text;
  /// Where the quoted key patterns stand in it, ascending.
  std::vector<std::pair<std::size_t, std::size_t>> patterns;
};

/// True for what has a truth, false for what has a number.
[[nodiscard]] inline bool IsCondition(NodeKind kind) { return kind >= NodeKind::kCompare; }

[[nodiscard]] std::string_view ToString(CompareOp op);
/// The operator that says the same with its sides exchanged.
[[nodiscard]] CompareOp Mirrored(CompareOp op);

/// One evaluation of an expression: the metrics of a sample and the readings of one host (parallel
/// to Operands::of_host), or none: then every item of a host is unknown. What it is given must
/// outlive it.
class Evaluation {
 public:
  Evaluation(const Expression& expression, const Operands& operands, const Metrics& metrics,
             std::span<const Reading> readings);
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  [[nodiscard]] Truth Result() const { return TruthOf(Root()); }
  /// The comparison that made the result what it is, which must not be unknown.
  [[nodiscard]] const Node& Deciding() const { return Decider(Root(), Result()); }
  /// The first comparison of the text that is known, or none.
  [[nodiscard]] const Node* FirstKnown() const;
  /// Whose items had a part in the result being true.
  struct Part {
    bool host = false;                    ///< the one at hand
    std::vector<std::string_view> fixed;  ///< names in host="…"
  };
  [[nodiscard]] Part PartOfItems() const;
  /// The comparison in words and numbers; its sides must be known. `key`: what a pattern stands
  /// for, empty without one.
  [[nodiscard]] Comparison Describe(const Node& comparison, std::string_view host,
                                    std::string_view key) const;

 private:
  [[nodiscard]] const Node& Root() const { return expression_.nodes.back(); }
  [[nodiscard]] const Node& Left(const Node& n) const { return expression_.nodes[n.left]; }
  [[nodiscard]] const Node& Right(const Node& n) const { return expression_.nodes[n.right]; }
  [[nodiscard]] double ValueOf(const Node& node) const {
    return values_[static_cast<std::size_t>(&node - expression_.nodes.data())];
  }
  [[nodiscard]] Truth TruthOf(const Node& node) const;
  [[nodiscard]] double Compute(const Node& node) const;
  [[nodiscard]] const Reading* ReadingOf(const Node& node) const;
  [[nodiscard]] const Operand& OperandOf(const Node& node) const;
  [[nodiscard]] const Node& Decider(const Node& node, Truth truth) const;
  void AddPart(const Node& node, Truth truth, Part& part) const;
  void AddFixed(const Node& node, std::vector<std::string_view>& names) const;
  [[nodiscard]] bool IsLearnt(const Node& node) const;
  [[nodiscard]] Comparison DescribeOddity(const Node& metric, const Oddity& oddity,
                                          std::string_view host, std::string_view key) const;
  [[nodiscard]] std::string NameOf(const Node& node, std::string_view key) const;
  [[nodiscard]] std::string TextOf(const Node& node, std::string_view key) const;

  static constexpr std::size_t kFew = 24;

  const Expression& expression_;
  const Operands& operands_;
  const Metrics& metrics_;
  const std::span<const Reading> readings_;
  // One for each node: a number, or a truth as 0 and 1; NaN is unknown. Not initialized: the array
  // is filled node by node.
  std::array<double, kFew> few_;
  std::vector<double> many_;  // where they are more
  std::span<double> values_;
};

}  // namespace mon::anomaly_detector
