#include <condition_variable>
#include <memory>
#include <mutex>

#include "admin/admin_server.h"
#include "common/log.h"
#include "common/signals.h"
#include "daemon.h"
#include "processor/processor.h"
#include "setup.h"

namespace mon::processor {

Result<ExitCode> RunDaemon(const LoadedConfig& loaded, const RunOptions& options,
                           const std::stop_token& stop) {
  const auto& config = loaded.config;
  auto setup = Prepare(config);
  if (!setup) return std::unexpected(setup.error());
  Daemon daemon(*setup, options);
  auto server = admin::StartConfigured(loaded, "processor", config.processor.listen,
                                       daemon.Metrics(), [&daemon] { return daemon.Ready(); });
  if (!server) return std::unexpected(server.error());
  if (*server) log::Info("listening", {{"port", std::to_string((*server)->Port())}});

  std::mutex mutex;
  std::condition_variable_any sleeper;
  while (!stop.stop_requested()) {
    const auto next = std::chrono::steady_clock::now() + config.processor.interval;
    {
      const StopLimit limit(stop);
      daemon.RunCycle(stop);
    }
    // A pass that overran its interval is followed by one at once, and none is piled up.
    std::unique_lock lock(mutex);
    sleeper.wait_until(lock, stop, next, [] { return false; });
  }
  const StopLimit limit(stop);
  daemon.GiveBack();
  return ExitCode::kOk;
}

}  // namespace mon::processor
