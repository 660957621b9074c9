#include "expression_builder.h"

#include <algorithm>
#include <vector>

namespace mon::anomaly_detector {
namespace {

std::vector<std::size_t> Children(const Node& node) {
  if (node.kind < NodeKind::kNegate) return {};
  if (node.kind == NodeKind::kNegate || node.kind == NodeKind::kNot) return {node.left};
  return {node.left, node.right};
}

bool IsMetricAlone(const Operand& operand) {
  return operand.function == Function::kValue &&
         (operand.source == Source::kErrorRate || operand.source == Source::kResponseTimeMs);
}

}  // namespace

std::size_t ExpressionBuilder::Add(Place place, Node node) {
  node.begin = place.begin;
  node.end = place.end;
  node.of_rate = node.of_rate || node.kind == NodeKind::kErrorRate;
  for (const std::size_t child : Children(node)) {
    node.of_rate = node.of_rate || expression_.nodes[child].of_rate;
    node.of_host = node.of_host || expression_.nodes[child].of_host;
  }
  expression_.nodes.push_back(node);
  return expression_.nodes.size() - 1;
}

std::size_t ExpressionBuilder::AddOperand(Place place, const Operand& operand) {
  const std::size_t value = AddValue(place, operand);
  const auto above = [&](double limit) {
    const std::size_t number = AddNumber(place, limit);
    return Add(
        place,
        {.kind = NodeKind::kCompare, .op = CompareOp::kGreater, .left = value, .right = number});
  };
  switch (operand.function) {
    case Function::kAge:  // the newest value is older than the span
      return above(static_cast<double>(operand.span.count()));
    case Function::kOdd:  // these are 1 or 0
    case Function::kPredict:
      return above(0.5);
    default:
      return value;
  }
}

std::size_t ExpressionBuilder::AddValue(Place place, const Operand& operand) {
  if (IsMetricAlone(operand)) {
    const bool rate = operand.source == Source::kErrorRate;
    return Add(place, {.kind = rate ? NodeKind::kErrorRate : NodeKind::kResponseTimeMs});
  }
  const bool of_host = operand.source == Source::kHost ||
                       (operand.source == Source::kItem && operand.item.host.empty());
  auto& known = of_host ? operands_.of_host : operands_.shared;
  const auto found = std::ranges::find(known, operand);
  const auto at = static_cast<std::size_t>(found - known.begin());
  if (found == known.end()) known.push_back(operand);
  Node node{.kind = of_host ? NodeKind::kOfHost : NodeKind::kShared, .operand = at};
  node.of_host = of_host;
  node.of_rate = operand.source == Source::kErrorRate;
  return Add(place, node);
}

}  // namespace mon::anomaly_detector
