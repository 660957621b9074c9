#pragma once

#include <cmath>
#include <limits>

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
inline float Rounded(double value) {
  constexpr double kMost = std::numeric_limits<float>::max();
  if (std::abs(value) <= kMost) return static_cast<float>(value);
  return std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
}

/// The error rate is a float: against the double 0.1 the float 0.1 would count as above it.
inline double Compared(CompareOp op, bool of_rate, double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return kNoNumber;
  const bool holds = of_rate ? Holds(op, Rounded(left), Rounded(right)) : Holds(op, left, right);
  return holds ? 1 : 0;
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
