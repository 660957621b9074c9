#include <memory>

#include "daemon.h"
#include "daemon/daemon.h"
#include "processor/processor.h"

namespace mon::processor {

Result<ExitCode> RunDaemon(const LoadedConfig& loaded, const RunOptions& options,
                           const std::function<Result<LoadedConfig>()>& reload,
                           const std::stop_token& stop) {
  const daemon::Options daemon{
      .section = "processor",
      .section_of = [](Config& config) -> DaemonConfig& { return config.processor; },
      .reload = reload,
      .make_work = [&] { return std::make_unique<Passes>(options, stop); }};
  return daemon::Run(daemon, loaded, stop);
}

}  // namespace mon::processor
