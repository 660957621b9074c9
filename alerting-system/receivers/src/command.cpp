#include "command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <string_view>

#include "common/descriptor.h"
#include "common/spawn.h"
#include "common/text.h"

namespace mon::receivers {
namespace {

using mail_transport::Receipt;
using mail_transport::Status;
using SteadyClock = std::chrono::steady_clock;

constexpr int kTryAgain = 75;                     // EX_TEMPFAIL of sysexits.h
constexpr std::chrono::seconds kStopGrace{3};     // as a mail that is under way has it
constexpr std::chrono::milliseconds kGlance{50};  // between two looks at the process
constexpr std::size_t kMostErrorBytes = 4'096;    // of what it says, the end
constexpr std::size_t kMostReplyBytes = 300;

/// Memory that reads like a file: unlike a pipe it takes all at once, whoever reads it or not.
int MemoryFile(std::string_view text) {
  const int fd = memfd_create("payload", MFD_CLOEXEC);
  while (fd >= 0 && !text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      close(fd);
      return -1;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fd >= 0) lseek(fd, 0, SEEK_SET);
  return fd;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// 0, or an errno. It has no descriptor but the three.
int Spawn(const std::vector<std::string>& words, const std::vector<std::string>& environment,
          int input, int errors, pid_t& pid) {
  const SpawnAttributes attributes(true);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  const auto argv = Pointers(words);
  const auto envp = Pointers(environment);
  const int failed =
      posix_spawn(&pid, argv[0], &actions, attributes.Get(), argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

/// A running command, killed where it is not waited for to its end.
class Process {
 public:
  Process(pid_t pid, int errors) : pid_(pid), errors_(errors) {}
  ~Process() {
    if (!status_) Kill();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Looks on until it ends; false after `timeout`, or a while after `stop`.
  bool Wait(std::chrono::milliseconds timeout, const std::stop_token& stop) {
    auto deadline = SteadyClock::now() + timeout;
    bool stopping = false;
    while (!Ended()) {
      if (stop.stop_requested() && !stopping) {
        stopping = true;
        deadline = std::min(deadline, SteadyClock::now() + kStopGrace);
      }
      if (SteadyClock::now() >= deadline) return false;
      ReadErrors(kGlance);
    }
    ReadErrors(std::chrono::milliseconds(0));
    return true;
  }

  void Kill() {
    kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
  }

  [[nodiscard]] int Status() const { return status_.value_or(0); }
  [[nodiscard]] std::string LastLine() const {
    const std::string_view text = Trim(said_);
    const auto at = text.rfind('\n');
    return EscapeControls(CleanUtf8(Trim(at == std::string_view::npos ? text : text.substr(at + 1)),
                                    kMostReplyBytes));
  }

 private:
  bool Ended() {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
  }

  /// Takes what it has said, waiting for that at most `patience`. A child of its own may keep the
  /// pipe open after its end.
  void ReadErrors(std::chrono::milliseconds patience) {
    pollfd watched{closed_ ? -1 : errors_, POLLIN, 0};
    if (poll(&watched, 1, static_cast<int>(patience.count())) <= 0) return;
    std::array<char, 4096> buffer{};
    // A pipe's worth at most: who says more than that at once is not waited for.
    for (int i = 0; i < 16; ++i) {
      const ssize_t count = read(errors_, buffer.data(), buffer.size());
      if (count < 0) return;
      if (count == 0) {
        closed_ = true;
        return;
      }
      said_.append(buffer.data(), static_cast<std::size_t>(count));
      if (said_.size() > kMostErrorBytes) said_.erase(0, said_.size() - kMostErrorBytes);
    }
  }

  pid_t pid_;
  int errors_;
  bool closed_ = false;
  std::optional<int> status_;
  std::string said_;
};

Receipt Judge(int status, const std::string& last_line) {
  const auto receipt = [&](Status what, const std::string& how) {
    return Receipt{what, last_line.empty() ? how : fmt::format("{}: {}", how, last_line), false,
                   std::nullopt};
  };
  if (WIFSIGNALED(status)) {
    return receipt(Status::kDeferred, fmt::format("ended by signal {}", WTERMSIG(status)));
  }
  const int code = WEXITSTATUS(status);
  const auto what = code == 0           ? Status::kSent
                    : code == kTryAgain ? Status::kDeferred
                                        : Status::kRefused;
  return receipt(what, fmt::format("exit code {}", code));
}

}  // namespace

Result<Receipt> RunCommand(const ReceiverConfig& receiver, const std::string& input,
                           const std::vector<std::string>& environment,
                           const std::stop_token& stop) {
  const auto fail = [&](const char* what, int number) {
    return Fail(ErrorCode::kUnavailable, fmt::format("command of receiver {}: {}: {}",
                                                     receiver.name, what, std::strerror(number)));
  };
  const Descriptor in(MemoryFile(input));
  int ends[2] = {-1, -1};
  if (!in || pipe2(ends, O_CLOEXEC) != 0) return fail("cannot be prepared", errno);
  const Descriptor errors(ends[0]);
  Descriptor their_end(ends[1]);
  fcntl(errors.Get(), F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  if (const int failed = Spawn(receiver.command, environment, in.Get(), their_end.Get(), pid)) {
    return fail("cannot be started", failed);
  }
  their_end = Descriptor();

  Process process(pid, errors.Get());
  if (process.Wait(receiver.timeout, stop)) return Judge(process.Status(), process.LastLine());
  process.Kill();
  const std::string why =
      stop.stop_requested() ? "stopped" : "killed after " + FormatDuration(receiver.timeout);
  return Receipt{Status::kDeferred, why, true, std::nullopt};
}

}  // namespace mon::receivers
