#include "common/error.h"

#include <utility>

namespace mon {

bool Error::Retryable() const {
  return code == ErrorCode::kTimeout || code == ErrorCode::kUnavailable || code == ErrorCode::kBusy;
}

std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

std::unexpected<Error> Context(std::string_view what, Error error) {
  error.message.insert(0, ": ");
  error.message.insert(0, what);
  return std::unexpected(std::move(error));
}

ExitCode ExitCodeFor(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return ExitCode::kUsage;
    case ErrorCode::kInvalidData:
      return ExitCode::kData;
    case ErrorCode::kNotFound:
      return ExitCode::kNoInput;
    case ErrorCode::kTimeout:
    case ErrorCode::kUnavailable:
    case ErrorCode::kBadReply:
      return ExitCode::kUnavailable;
    case ErrorCode::kInternal:
      return ExitCode::kSoftware;
    case ErrorCode::kIo:
      return ExitCode::kIo;
    case ErrorCode::kBusy:
      return ExitCode::kTempFail;
    case ErrorCode::kRejected:
      return ExitCode::kNoPermission;
    case ErrorCode::kConfig:
      return ExitCode::kConfig;
  }
  return ExitCode::kSoftware;
}

namespace {

/// Places in the order 78, 77, 74, 69, 65; what that order does not name comes before its end:
/// a bug of ours is worse than all, a finding and success are last.
int Rank(ExitCode code) {
  switch (code) {
    case ExitCode::kSoftware:
      return 0;
    case ExitCode::kConfig:
      return 1;
    case ExitCode::kNoPermission:
      return 2;
    case ExitCode::kIo:
      return 3;
    case ExitCode::kUnavailable:
      return 4;
    case ExitCode::kData:
      return 5;
    case ExitCode::kUsage:
    case ExitCode::kNoInput:
    case ExitCode::kTempFail:
      return 6;
    case ExitCode::kFound:
      return 7;
    case ExitCode::kOk:
      return 8;
  }
  return 0;
}

}  // namespace

ExitCode Worse(ExitCode a, ExitCode b) { return Rank(b) < Rank(a) ? b : a; }

}  // namespace mon
