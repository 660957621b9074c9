#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  kItem,            ///< key
  kCompare,         ///< left op right: numbers in, a truth out
  kAnd,             ///< left, right
  kOr,              ///< left, right
  kNot,             ///< left
};

struct Node {
  NodeKind kind = NodeKind::kNumber;
  CompareOp op = CompareOp::kGreater;
  std::size_t left = 0;  ///< indices into Expression::nodes
  std::size_t right = 0;
  std::size_t key = 0;  ///< index into Expression::keys
  double number = 0;
};

/// A parsed rule: a tree in one array, children before their parents, the root last.
struct Expression {
  std::vector<Node> nodes;
  std::vector<std::string> keys;  ///< of items, distinct, in the order of the text
};

/// True for what has a truth, false for what has a number.
[[nodiscard]] inline bool IsCondition(NodeKind kind) { return kind >= NodeKind::kCompare; }

[[nodiscard]] std::string_view ToString(CompareOp op);
/// The operator that says the same with its sides exchanged.
[[nodiscard]] CompareOp Mirrored(CompareOp op);

/// One evaluation of an expression: the metrics of a sample and the readings of one host (parallel
/// to the keys), or none: then every item is unknown.
class Evaluation {
 public:
  Evaluation(const Expression& expression, const Metrics& metrics,
             std::span<const Reading> readings)
      : expression_(expression), metrics_(metrics), readings_(readings) {}

  [[nodiscard]] Truth Result() const { return TruthOf(Root()); }
  /// The comparison that made the result what it is, which must not be unknown.
  [[nodiscard]] const Node& Deciding() const { return Decider(Root(), Result()); }
  /// True where a comparison with an item had a part in the result being true.
  [[nodiscard]] bool ItemHasPart() const {
    return Result() == Truth::kTrue && ItemHasPart(Root(), Truth::kTrue);
  }
  /// The first comparison of the text that is known, or none.
  [[nodiscard]] const Node* FirstKnown() const;
  /// The comparison in words and numbers; its sides must be known.
  [[nodiscard]] Comparison Describe(const Node& comparison, std::string_view host) const;

 private:
  [[nodiscard]] const Node& Root() const { return expression_.nodes.back(); }
  [[nodiscard]] const Node& Left(const Node& n) const { return expression_.nodes[n.left]; }
  [[nodiscard]] const Node& Right(const Node& n) const { return expression_.nodes[n.right]; }
  [[nodiscard]] std::optional<double> NumberOf(const Node& node) const;
  [[nodiscard]] Truth TruthOf(const Node& node) const;
  [[nodiscard]] Truth Compared(const Node& node) const;
  [[nodiscard]] const Node& Decider(const Node& node, Truth truth) const;
  [[nodiscard]] bool ItemHasPart(const Node& node, Truth truth) const;
  [[nodiscard]] std::string NameOf(const Node& node) const;

  const Expression& expression_;
  const Metrics& metrics_;
  std::span<const Reading> readings_;
};

}  // namespace mon::anomaly_detector
