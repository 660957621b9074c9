#include "actor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace mon::alerting_system {

dispatch::Actor ActorOf(const std::string& by, const std::string& reason) {
  if (!by.empty()) return {by, reason};
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    const char* user = std::getenv(name);
    if (user != nullptr && *user != '\0') return {user, reason};
  }
  return {fmt::format("uid {}", getuid()), reason};
}

}  // namespace mon::alerting_system
