#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mon {

/// What went wrong, as far as a caller can act on it. Each code belongs to one exit code.
enum class ErrorCode {
  kUsage,        ///< wrong flags or arguments (64)
  kInvalidData,  ///< well-formed data that is refused: NaN, negative, out of range, a bad line (65)
  kNotFound,     ///< an input file that could not be read (66)
  kTimeout,      ///< a service did not answer in time (69)
  kUnavailable,  ///< a service could not be reached, or answered that it cannot serve now (69)
  kBadReply,  ///< a service gave no usable answer: HTTP error, cut or wrong body, wrong type (69)
  kInternal,  ///< a bug of ours (70)
  kIo,        ///< a file could not be written: disk full, no permission (74)
  kBusy,      ///< another run holds the lease (75)
  kRejected,  ///< refused: login, permission, TLS identity (77)
  kConfig,    ///< bad configuration, missing tables, schema too old or too new, unknown host (78)
};

/// The exit codes of every program (docs: README "Exit codes"; the numbers are those of
/// sysexits.h).
enum class ExitCode : int {
  kOk = 0,
  kFound = 1,
  kUsage = 64,
  kData = 65,
  kNoInput = 66,
  kUnavailable = 69,
  kSoftware = 70,
  kIo = 74,
  kTempFail = 75,
  kNoPermission = 77,
  kConfig = 78,
};

/// A failure that the world can cause, as a value.
///
/// `message` says what was being done and to what ("zabbix history.get host=web-1: HTTP 503") and
/// never holds a secret. Each layer adds its own context once, with `Context`. Return an error or
/// log it, not both.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// True where the same call may succeed later without anyone changing anything.
  [[nodiscard]] bool Retryable() const;
};

template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for returning an error: `return Fail(ErrorCode::kTimeout, "...")`.
[[nodiscard]] std::unexpected<Error> Fail(ErrorCode code, std::string message);

/// `error` with "what: " before its message.
[[nodiscard]] std::unexpected<Error> Context(std::string_view what, Error error);

[[nodiscard]] ExitCode ExitCodeFor(ErrorCode code);

/// Of two outcomes of one cycle, the one its exit code tells: the first that applies of 78, 77, 74,
/// 69, 65.
[[nodiscard]] ExitCode Worse(ExitCode a, ExitCode b);

}  // namespace mon
