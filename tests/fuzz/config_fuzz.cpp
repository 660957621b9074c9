#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "anomaly_detector/rule.h"
#include "common/config.h"

// Whatever stands in a configuration file, rules and all: it is taken, or refused with a reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("monitoring.toml", 0);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size))
    return 0;
  mon::LoadOptions options;
  options.config_file = "/proc/self/fd/" + std::to_string(file);
  options.env_file = "/dev/null";
  options.environment = std::map<std::string, std::string>();
  options.check_rule = mon::anomaly_detector::CheckRule;
  const auto loaded = mon::LoadConfig(options);
  if (loaded ? mon::ShowConfig(*loaded).empty() : loaded.error().message.empty()) std::abort();
  return 0;
}
