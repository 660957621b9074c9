#pragma once

#include <cstddef>
#include <string_view>

#include "expression.h"

namespace mon::anomaly_detector {

/// Puts the nodes of an expression together, children before their parents. The index of a node is
/// its name. Places are [begin, end) of the expression's text.
class ExpressionBuilder {
 public:
  struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// What the expression needs is added to `operands`, which must outlive it.
  ExpressionBuilder(std::string_view text, Operands& operands) : operands_(operands) {
    expression_.text = text;
  }

  std::size_t Add(Place place, Node node);
  std::size_t AddNumber(Place place, double number) {
    return Add(place, {.kind = NodeKind::kNumber, .number = number});
  }
  /// A value; of nodata(…), odd(…) and predict(…) the condition that they are.
  std::size_t AddOperand(Place place, const Operand& operand);

  [[nodiscard]] NodeKind KindOf(std::size_t node) const { return expression_.nodes[node].kind; }
  [[nodiscard]] bool IsNumber(std::size_t node) const { return KindOf(node) == NodeKind::kNumber; }
  [[nodiscard]] double NumberAt(std::size_t node) const { return expression_.nodes[node].number; }

  /// The expression whose root was added last.
  [[nodiscard]] Expression Take() { return std::move(expression_); }

 private:
  std::size_t AddValue(Place place, const Operand& operand);

  Expression expression_;
  Operands& operands_;
};

}  // namespace mon::anomaly_detector
