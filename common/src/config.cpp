#include "common/config.h"

namespace mon {

Result<LoadedConfig> LoadConfig(const LoadOptions& /*options*/) {
  LoadedConfig loaded;
  loaded.config.applications.emplace_back();
  loaded.config.rules.emplace_back();
  return loaded;
}

std::string ShowConfig(const LoadedConfig& /*loaded*/) { return {}; }

std::string_view ToString(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      return "critical";
  }
  return "critical";
}

}  // namespace mon
