#include "delivery.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "common/descriptor.h"
#include "common/spawn.h"

namespace mon::processor {
namespace {

constexpr const char* kProgram = "alerting-system";

Result<pid_t> Spawn(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);

  const SpawnAttributes attributes;
  // Our connection to the database is none of its business.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, argv[0], &actions, attributes.Get(), argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return pid;
  return Fail(ErrorCode::kUnavailable,
              fmt::format("mails are queued but not delivered: {} cannot be started: {}", words[0],
                          std::strerror(failed)));
}

int ExitCodeOf(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Waits until the process has ended; false when `limit` has passed or `wake` is readable.
bool Ended(int process, int wake, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    pollfd watched[] = {{process, POLLIN, 0}, {wake, POLLIN, 0}};
    if (poll(watched, 2, static_cast<int>(left.count())) < 0) continue;
    if (watched[0].revents != 0) return true;
    if (watched[1].revents != 0) return false;
  }
}

}  // namespace

DeliveryCommand FindDelivery(const std::vector<std::string>& shared_flags) {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  auto beside = own.parent_path() / kProgram;
  const bool there = !failed && access(beside.c_str(), X_OK) == 0;
  DeliveryCommand command{{there ? beside.string() : kProgram, "deliver"}};
  command.words.insert(command.words.end(), shared_flags.begin(), shared_flags.end());
  return command;
}

Result<int> RunDelivery(const DeliveryCommand& command, const std::stop_token& stop,
                        const DeliveryLimits& limits) {
  const Descriptor wake(eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&] {
    const std::uint64_t one = 1;
    if (write(wake.Get(), &one, sizeof one) < 0) return;  // full already: awake anyway
  });
  auto pid = Spawn(command.words);
  if (!pid) return std::unexpected(pid.error());
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
  if (!process) return ExitCodeOf(*pid);

  if (!Ended(process.Get(), wake.Get(), limits.run)) {
    kill(*pid, SIGTERM);
    if (!Ended(process.Get(), -1, limits.drain)) kill(*pid, SIGKILL);
  }
  return ExitCodeOf(*pid);
}

}  // namespace mon::processor
