#include "config_state_dir.h"

#include <pwd.h>
#include <unistd.h>

namespace mon::config {

namespace {

/// Services have no $HOME; the account database knows.
std::string HomeDirectory(const std::function<std::string(const std::string&)>& variable) {
  std::string home = variable("HOME");
  if (!home.empty()) return home;
  const passwd* account = getpwuid(geteuid());  // called once, before threads
  return account == nullptr ? std::string() : std::string(account->pw_dir);
}

}  // namespace

std::filesystem::path DefaultStateDir(
    const std::function<std::string(const std::string&)>& variable) {
  constexpr const char* kName = "monitoring-platform";
  const std::string given = variable("STATE_DIRECTORY");
  if (!given.empty()) return given.substr(0, given.find(':'));
  const std::filesystem::path system = std::filesystem::path("/var/lib") / kName;
  std::error_code ignored;
  if (std::filesystem::is_directory(system, ignored) && access(system.c_str(), W_OK) == 0) {
    return system;
  }
  // The XDG specification: a path that is not absolute is to be ignored.
  const std::filesystem::path state = variable("XDG_STATE_HOME");
  if (state.is_absolute()) return state / kName;
  const std::filesystem::path home = HomeDirectory(variable);
  return home.is_absolute() ? home / ".local/state" / kName : std::filesystem::path();
}

}  // namespace mon::config
