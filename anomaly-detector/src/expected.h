#pragma once

#include <expected>
#include <string_view>

#include "common/error.h"
#include "token.h"

namespace mon::anomaly_detector {

/// What a word or sign of another language is called here: "&&" is "and"; empty for none.
[[nodiscard]] std::string_view ForeignTwin(std::string_view text);

/// kConfig: "at column 7: expected …, found '…'", and where `meant` is not empty, "did you mean …?"
[[nodiscard]] std::unexpected<Error> Expected(std::string_view what, const Token& token,
                                              std::string_view meant = {});

}  // namespace mon::anomaly_detector
