#pragma once

#include <string_view>

#include "common/error.h"
#include "expression.h"

namespace mon::anomaly_detector {

/// Parses a rule expression (grammar: anomaly_detector/rule.h).
/// `operands` are those of the rule so far; what the expression needs besides is added to them.
/// Errors: kConfig, "at column 14: expected …, found …".
[[nodiscard]] Result<Expression> ParseExpression(std::string_view text, Operands& operands);

}  // namespace mon::anomaly_detector
