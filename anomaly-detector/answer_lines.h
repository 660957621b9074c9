#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::anomaly_detector {

/// Answers one line (without its LF, which may leave a CR; its text may be changed) by appending
/// to `answers`.
using Answerer = std::function<Result<void>(std::span<char> line, std::string& answers)>;

/// Answers the lines of standard input on standard output until its end or SIGTERM, and never waits
/// for a line while an answer is due. What was answered before a bad line is written all the same.
/// Errors: those of `answer`, named "standard input: ..."; kNotFound and kIo where reading or
/// writing fails.
[[nodiscard]] Result<ExitCode> AnswerLines(const Answerer& answer);

/// Writes straight to the descriptor: what is answered must not wait in a buffer.
[[nodiscard]] Result<void> WriteStdout(std::string_view text);

}  // namespace mon::anomaly_detector
