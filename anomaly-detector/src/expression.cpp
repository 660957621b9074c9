#include "expression.h"

#include <cmath>
#include <limits>
#include <utility>

namespace mon::anomaly_detector {
namespace {

template <typename Number>
bool Holds(CompareOp op, Number left, Number right) {
  switch (op) {
    case CompareOp::kGreater:
      return left > right;
    case CompareOp::kGreaterEqual:
      return left >= right;
    case CompareOp::kLess:
      return left < right;
    case CompareOp::kLessEqual:
      return left <= right;
    case CompareOp::kEqual:
      return left == right;
    case CompareOp::kNotEqual:
      return left != right;
  }
  return false;
}

/// To the nearest float; beyond their range to infinity, which a plain conversion leaves undefined.
float Rounded(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::abs(value) <= kMost) return static_cast<float>(value);
  return std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
}

Truth ToTruth(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

Truth Negated(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return ToTruth(truth == Truth::kFalse);
}

/// `and` is settled by one false side, `or` by one true one.
Truth SettledBy(NodeKind kind) { return ToTruth(kind == NodeKind::kOr); }

std::string Quoted(std::string_view key) {
  std::string quoted = "item(\"";
  for (const char c : key) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\")";
}

}  // namespace

std::string_view ToString(CompareOp op) {
  switch (op) {
    case CompareOp::kGreater:
      return ">";
    case CompareOp::kGreaterEqual:
      return ">=";
    case CompareOp::kLess:
      return "<";
    case CompareOp::kLessEqual:
      return "<=";
    case CompareOp::kEqual:
      return "==";
    case CompareOp::kNotEqual:
      return "!=";
  }
  return "";
}

CompareOp Mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::kGreater:
      return CompareOp::kLess;
    case CompareOp::kGreaterEqual:
      return CompareOp::kLessEqual;
    case CompareOp::kLess:
      return CompareOp::kGreater;
    case CompareOp::kLessEqual:
      return CompareOp::kGreaterEqual;
    case CompareOp::kEqual:
    case CompareOp::kNotEqual:
      break;
  }
  return op;
}

std::optional<double> Evaluation::NumberOf(const Node& node) const {
  switch (node.kind) {
    case NodeKind::kNumber:
      return node.number;
    case NodeKind::kErrorRate:
      if (!metrics_.error_rate || std::isnan(*metrics_.error_rate)) return std::nullopt;
      return *metrics_.error_rate;
    case NodeKind::kResponseTimeMs:
      if (!metrics_.response_time_ms) return std::nullopt;
      return static_cast<double>(*metrics_.response_time_ms);
    case NodeKind::kItem: {
      if (readings_.empty()) return std::nullopt;
      const Reading& reading = readings_[node.key];
      if (reading.state != Reading::State::kValue || std::isnan(reading.value)) return std::nullopt;
      return reading.value;
    }
    case NodeKind::kCompare:
    case NodeKind::kAnd:
    case NodeKind::kOr:
    case NodeKind::kNot:
      break;
  }
  return std::nullopt;
}

Truth Evaluation::Compared(const Node& node) const {
  const std::optional<double> left = NumberOf(Left(node));
  const std::optional<double> right = NumberOf(Right(node));
  if (!left || !right) return Truth::kUnknown;
  // The error rate is a float: against the double 0.1 the float 0.1 would count as above it.
  if (Left(node).kind == NodeKind::kErrorRate || Right(node).kind == NodeKind::kErrorRate) {
    return ToTruth(Holds(node.op, Rounded(*left), Rounded(*right)));
  }
  return ToTruth(Holds(node.op, *left, *right));
}

Truth Evaluation::TruthOf(const Node& node) const {
  if (node.kind == NodeKind::kNot) return Negated(TruthOf(Left(node)));
  if (node.kind == NodeKind::kCompare) return Compared(node);
  const Truth left = TruthOf(Left(node));
  if (left == SettledBy(node.kind)) return left;
  const Truth right = TruthOf(Right(node));
  if (right == SettledBy(node.kind)) return right;
  return left == Truth::kUnknown ? left : right;
}

const Node& Evaluation::Decider(const Node& node, Truth truth) const {
  if (node.kind == NodeKind::kCompare) return node;
  if (node.kind == NodeKind::kNot) return Decider(Left(node), Negated(truth));
  return Decider(TruthOf(Left(node)) == truth ? Left(node) : Right(node), truth);
}

bool Evaluation::ItemHasPart(const Node& node, Truth truth) const {
  if (node.kind == NodeKind::kCompare) {
    return Left(node).kind == NodeKind::kItem || Right(node).kind == NodeKind::kItem;
  }
  if (node.kind == NodeKind::kNot) return ItemHasPart(Left(node), Negated(truth));
  const auto has_part = [&](const Node& side) {
    return TruthOf(side) == truth && ItemHasPart(side, truth);
  };
  return has_part(Left(node)) || has_part(Right(node));
}

const Node* Evaluation::FirstKnown() const {
  // Children come before their parents and left before right: the array is in the text's order.
  for (const Node& node : expression_.nodes) {
    if (node.kind == NodeKind::kCompare && Compared(node) != Truth::kUnknown) return &node;
  }
  return nullptr;
}

std::string Evaluation::NameOf(const Node& node) const {
  if (node.kind == NodeKind::kErrorRate) return "error_rate";
  if (node.kind == NodeKind::kResponseTimeMs) return "response_time_ms";
  return Quoted(expression_.keys[node.key]);
}

Comparison Evaluation::Describe(const Node& comparison, std::string_view host) const {
  const Node* metric = &Left(comparison);
  const Node* limit = &Right(comparison);
  CompareOp op = comparison.op;
  if (metric->kind == NodeKind::kNumber) {
    std::swap(metric, limit);
    op = Mirrored(op);
  }
  const bool of_host = metric->kind == NodeKind::kItem || limit->kind == NodeKind::kItem;
  return {.metric = NameOf(*metric),
          .op = std::string(ToString(op)),
          .value = *NumberOf(*metric),
          .limit = *NumberOf(*limit),
          .host = of_host ? std::string(host) : std::string()};
}

}  // namespace mon::anomaly_detector
