#include "process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>

#include "common/host_name.h"

namespace mon::mysql {
namespace {

struct Stat {
  char state = 0;
  std::int64_t started = 0;
};

/// /proc/PID/stat, see proc(5): the name in parentheses may hold anything, so fields count from the
/// last ")": state is the 3rd of all, the start time the 22nd.
std::optional<Stat> ReadStat(std::int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  Stat stat;
  fields >> stat.state;
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  fields >> stat.started;
  if (!fields) return std::nullopt;
  return stat;
}

std::string BootAndNamespace() {
  std::string boot;
  std::getline(std::ifstream("/proc/sys/kernel/random/boot_id") >> std::ws, boot);
  std::array<char, 64> space{};
  const auto length = readlink("/proc/self/ns/pid", space.data(), space.size() - 1);
  return fmt::format("{} {}", boot, length > 0 ? space.data() : "");
}

}  // namespace

Process ThisProcess() {
  const std::int64_t pid = getpid();
  const auto stat = ReadStat(pid);
  return {HostName(), BootAndNamespace(), pid, stat ? stat->started : 0};
}

bool IsGone(const Process& process) {
  if (process.boot != BootAndNamespace()) return false;
  const auto stat = ReadStat(process.pid);
  // Where /proc is mounted with hidepid, a living process of another user has no file there.
  if (!stat) return kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH;
  return stat->state == 'Z' || stat->state == 'X' || stat->started != process.started;
}

}  // namespace mon::mysql
