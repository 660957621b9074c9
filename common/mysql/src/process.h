#pragma once

#include <cstdint>
#include <string>

namespace mon::mysql {

/// Who runs, told so that another process can say whether it still does. A pid alone does not do:
/// it is used again, and means something else in another container or after a reboot.
struct Process {
  std::string host;
  std::string boot;  ///< boot id and pid namespace: where equal, pids can be compared
  std::int64_t pid = 0;
  std::int64_t started = 0;  ///< clock ticks since boot
};

[[nodiscard]] Process ThisProcess();

/// True only where that is certain: same boot and pid namespace, and no such process lives (a
/// zombie does not).
[[nodiscard]] bool IsGone(const Process& process);

}  // namespace mon::mysql
