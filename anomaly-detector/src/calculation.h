#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "expression.h"

// What the nodes of an expression make of their sides: numbers, and truths as 0 and 1; NaN is
// unknown. Inline, because a column of samples goes through them.

namespace mon::anomaly_detector {

inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

/// What a double cannot hold is no number to judge by.
inline double Finite(double value) { return std::isfinite(value) ? value : kNoNumber; }

/// `left op right` of two numbers.
inline double Calculate(NodeKind kind, double left, double right) {
  switch (kind) {
    case NodeKind::kNegate:
      return -left;
    case NodeKind::kAdd:
      return Finite(left + right);
    case NodeKind::kSubtract:
      return Finite(left - right);
    case NodeKind::kMultiply:
      return Finite(left * right);
    case NodeKind::kDivide:
      return right == 0 ? kNoNumber : Finite(left / right);
    default:
      return kNoNumber;
  }
}

/// Calls `use` with the operator as a function object.
template <typename Use>
auto WithOperator(CompareOp op, Use use) {
  switch (op) {
    case CompareOp::kGreater:
      return use(std::greater());
    case CompareOp::kGreaterEqual:
      return use(std::greater_equal());
    case CompareOp::kLess:
      return use(std::less());
    case CompareOp::kLessEqual:
      return use(std::less_equal());
    case CompareOp::kEqual:
      return use(std::equal_to());
    case CompareOp::kNotEqual:
      return use(std::not_equal_to());
  }
  std::unreachable();
}

/// To the nearest float; beyond their range to infinity, which a plain conversion leaves undefined.
inline float Rounded(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::abs(value) <= kMost) return static_cast<float>(value);
  return std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
}

/// The error rate is a float: against the double 0.1 the float 0.1 would count as above it.
inline double Compared(CompareOp op, bool of_rate, double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return kNoNumber;
  return WithOperator(op, [&](auto holds) {
    return (of_rate ? holds(Rounded(left), Rounded(right)) : holds(left, right)) ? 1.0 : 0.0;
  });
}

/// `and` is settled by one false side (0), `or` by one true one (1); else by both.
inline double Joined(double settling, double left, double right) {
  if (left == settling || right == settling) return settling;
  return std::isnan(left) || std::isnan(right) ? kNoNumber : 1 - settling;
}

inline Truth TruthFrom(double value) {
  if (std::isnan(value)) return Truth::kUnknown;
  return value == 0 ? Truth::kFalse : Truth::kTrue;
}

}  // namespace mon::anomaly_detector
