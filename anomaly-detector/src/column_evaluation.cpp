#include "column_evaluation.h"

#include <algorithm>

#include "calculation.h"

namespace mon::anomaly_detector {
namespace {

void CompareAll(const Node& node, const double* left, const double* right, std::span<double> out) {
  WithOperator(node.op, [&](auto holds) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool unknown = std::isnan(left[i]) || std::isnan(right[i]);
      const bool held =
          node.of_rate ? holds(Rounded(left[i]), Rounded(right[i])) : holds(left[i], right[i]);
      out[i] = unknown ? kNoNumber : held ? 1 : 0;
    }
  });
}

}  // namespace

ColumnEvaluation::ColumnEvaluation(const Expression& expression)
    : expression_(expression),
      blocks_(std::make_unique_for_overwrite<Block[]>(expression.nodes.size())),
      values_(expression.nodes.size()) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (expression.nodes[i].kind == NodeKind::kNumber) blocks_[i].fill(expression.nodes[i].number);
}

void ColumnEvaluation::Evaluate(const MetricColumns& metrics, std::span<const Column> of_host,
                                std::span<Truth> out) {
  for (std::size_t first = 0; first < out.size(); first += kBlock) {
    const auto part = out.subspan(first, std::min(kBlock, out.size() - first));
    for (std::size_t node = 0; node < values_.size(); ++node)
      values_[node] = Compute(node, metrics, of_host, first, part.size());
    std::ranges::transform(std::span(values_.back(), part.size()), part.begin(), TruthFrom);
  }
}

/// The values of one node; those of its sides are there.
const double* ColumnEvaluation::Compute(std::size_t at, const MetricColumns& metrics,
                                        std::span<const Column> of_host, std::size_t first,
                                        std::size_t count) {
  const Node& node = expression_.nodes[at];
  const auto block = std::span(blocks_[at]).first(count);
  const double* left = values_[node.left];
  const double* right = values_[node.right];
  const auto given = [&](std::span<const Column> columns) -> const double* {
    if (!columns.empty()) return columns[node.operand].data() + first;
    std::ranges::fill(block, kNoNumber);
    return block.data();
  };
  const auto fill = [&](auto value) {
    for (std::size_t i = 0; i < count; ++i) block[i] = value(left[i], right[i]);
  };
  switch (node.kind) {
    case NodeKind::kNumber:
      break;
    case NodeKind::kErrorRate:
      return metrics.error_rate.data() + first;
    case NodeKind::kResponseTimeMs:
      return metrics.response_time_ms.data() + first;
    case NodeKind::kShared:
      return given(metrics.shared);
    case NodeKind::kOfHost:
      return given(of_host);
    case NodeKind::kCompare:
      CompareAll(node, left, right, block);
      break;
    case NodeKind::kAnd:
      fill([](double a, double b) { return Joined(0, a, b); });
      break;
    case NodeKind::kOr:
      fill([](double a, double b) { return Joined(1, a, b); });
      break;
    case NodeKind::kNot:
      fill([](double a, double) { return 1 - a; });
      break;
    case NodeKind::kNegate:
    case NodeKind::kAdd:
    case NodeKind::kSubtract:
    case NodeKind::kMultiply:
    case NodeKind::kDivide:
      fill([kind = node.kind](double a, double b) { return Calculate(kind, a, b); });
      break;
  }
  return block.data();
}

}  // namespace mon::anomaly_detector
