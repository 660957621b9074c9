#include "answer_lines.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/signals.h"
#include "line_reader.h"

namespace mon::anomaly_detector {
namespace {

Result<void> AnswerEach(LineReader& lines, const Answerer& answer, std::string& answers) {
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  while (true) {
    const auto line = lines.Next();
    if (!line) return std::unexpected(line.error());
    if (!*line) return {};
    if (Result<void> answered = answer(**line, answers); !answered) return answered;
    if (answers.size() < kPiece) continue;
    if (Result<void> written = WriteStdout(answers); !written) return written;
    answers.clear();
  }
}

}  // namespace

Result<void> WriteStdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return Fail(ErrorCode::kIo, fmt::format("standard output: {}", std::strerror(errno)));
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<ExitCode> AnswerLines(const Answerer& answer) {
  const StopSignals signals;
  std::string answers;
  const auto hand_on = [&answers] {
    Result<void> written = WriteStdout(answers);
    answers.clear();
    return written;
  };
  LineReader lines(STDIN_FILENO, signals.Token(), hand_on);
  const Result<void> answered = AnswerEach(lines, answer, answers);
  // The lines before a bad one have been answered, so their answers are due first.
  if (Result<void> written = hand_on(); !written) return std::unexpected(written.error());
  if (!answered && answered.error().code != ErrorCode::kIo) {
    return Context("standard input", answered.error());
  }
  if (!answered) return std::unexpected(answered.error());
  return ExitCode::kOk;
}

}  // namespace mon::anomaly_detector
