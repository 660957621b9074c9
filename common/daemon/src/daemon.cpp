#include "daemon/daemon.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/service_notifier.h"
#include "common/signals.h"

namespace mon::daemon {

namespace {

using SteadyClock = std::chrono::steady_clock;

/// FNV-1a of what --show-config prints, so without secrets; as many bits as a metric's value holds.
std::uint64_t HashOf(const LoadedConfig& loaded) {
  constexpr std::uint64_t kBasis = 14695981039346656037U;
  constexpr std::uint64_t kPrime = 1099511628211U;
  constexpr std::uint64_t kExact = (1ULL << 52U) - 1;
  std::uint64_t hash = kBasis;
  for (const char c : ShowConfig(loaded)) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash & kExact;
}

class Loop {
 public:
  Loop(const Options& options, const LoadedConfig& loaded, std::stop_token stop)
      : options_(options),
        stop_(std::move(stop)),
        loaded_(std::make_shared<LoadedConfig>(loaded)),
        work_(options.make_work()) {}

  Result<ExitCode> Run() {
    if (auto used = work_->Use(loaded_); !used) return std::unexpected(used.error());
    NoteLoaded();
    const auto server =
        admin::StartConfigured(*loaded_, options_.section, Section().listen, work_->Metrics(),
                               [this] { return work_->States().Get(); });
    if (!server) return std::unexpected(server.error());
    if (*server) log::Info("listening", {{"port", std::to_string((*server)->Port())}});
    const std::stop_callback on_stop(stop_, [this] { notifier_.Stopping(); });
    notifier_.Ready();
    Repeat();
    {
      const StopLimit limit(stop_);
      work_->End();
    }
    return ExitCode::kOk;
  }

 private:
  [[nodiscard]] const DaemonConfig& Section() const { return options_.section_of(loaded_->config); }

  [[nodiscard]] std::string Name(std::string_view metric) const {
    return fmt::format("{}_{}", options_.section, metric);
  }

  void Repeat() {
    auto next = SteadyClock::now();
    while (!stop_.stop_requested()) {
      const Login login = work_->RunCycle(stop_, [this] { FeedWatchdog(); });
      FeedWatchdog();
      TellStatus();
      if (login == Login::kRefused) RereadSecrets();
      if (WaitForNext(next)) {
        Reload();
        next = SteadyClock::now();
      }
    }
  }

  /// Several times within the watchdog's time, and no more than that.
  void FeedWatchdog() {
    const auto now = SteadyClock::now();
    if (!notifier_.WatchdogTime() || now - fed_ < *notifier_.WatchdogTime() / 8) return;
    fed_ = now;
    notifier_.Alive();
  }

  /// Ready and waiting for the next beat is progress, too: it wakes up to say so. True for a
  /// request to load the configuration again.
  [[nodiscard]] bool WaitForNext(SteadyClock::time_point& next) {
    const auto interval = Section().interval;
    auto now = SteadyClock::now();
    next += interval;
    if (next <= now) {
      const auto missed = (now - next) / interval + 1;
      next += missed * interval;
      work_->Metrics().Add(Name("skipped_cycles_total"),
                           "Cycles left out: the one before took longer.", {},
                           static_cast<double>(missed));
    }
    while (now < next && !stop_.stop_requested()) {
      auto until = next;
      if (const auto watchdog = notifier_.WatchdogTime()) {
        until =
            std::min(until, now + std::chrono::duration_cast<SteadyClock::duration>(*watchdog / 4));
      }
      if (reload_.WaitUntil(until, stop_)) return true;
      FeedWatchdog();
      now = SteadyClock::now();
    }
    return false;
  }

  void TellStatus() {
    std::string status;
    for (const auto& [name, state] : work_->States().Get()) {
      if (!state.ok)
        status += fmt::format("{}{}: {}", status.empty() ? "" : "; ", name, state.detail);
    }
    if (status.empty()) status = "all is well";
    if (status != std::exchange(status_, status)) notifier_.Status(status);
  }

  void Reload() {
    const StopLimit limit(stop_);
    notifier_.Reloading();
    auto fresh = LoadFresh();
    auto used = fresh ? work_->Use(*fresh) : Result<void>(std::unexpected(fresh.error()));
    if (used) {
      loaded_ = *fresh;
      NoteLoaded();
      log::Info("configuration loaded again", {{"file", loaded_->file.string()}});
    } else {
      work_->Metrics().Set(Name("config_last_reload_successful"), kSuccessfulHelp, {}, 0);
      log::Error("configuration not loaded, the old one stays", {{"error", used.error().message}});
    }
    notifier_.Ready();
  }

  /// The new configuration, with the old values of what cannot change.
  Result<std::shared_ptr<LoadedConfig>> LoadFresh() {
    auto fresh = options_.reload();
    if (!fresh) return std::unexpected(fresh.error());
    // Rather than fall back to defaults because a file is being replaced.
    if (!loaded_->file.empty() && fresh->file != loaded_->file) {
      return Fail(ErrorCode::kConfig, loaded_->file.string() + " is not there any more");
    }
    for (const std::string& warning : fresh->warnings) log::Warning(warning);
    KeepOld(fresh->config.state_dir, loaded_->config.state_dir, "state_dir");
    KeepOld(options_.section_of(fresh->config).listen, Section().listen,
            fmt::format("{}.listen", options_.section));
    return std::make_shared<LoadedConfig>(*std::move(fresh));
  }

  template <typename Value>
  static void KeepOld(Value& fresh, const Value& old, const std::string& key) {
    if (fresh == old) return;
    log::Warning("a key cannot change while running, it waits for a restart",
                 {{"key", key},
                  {"in_use", std::filesystem::path(old).string()},
                  {"new", std::filesystem::path(fresh).string()}});
    fresh = old;
  }

  void RereadSecrets() {
    const StopLimit limit(stop_);
    LoadedConfig copy = *loaded_;
    const auto changed = RereadSecretFiles(copy);
    const std::string error = changed ? "" : changed.error().message;
    if (!changed && error != secrets_error_) {
      log::Error("a secret's file cannot be read", {{"error", error}});
    }
    secrets_error_ = error;
    if (!changed || !*changed) return;
    auto fresh = std::make_shared<LoadedConfig>(std::move(copy));
    if (const auto used = work_->Use(fresh); !used) {
      log::Error("new secrets not taken over", {{"error", used.error().message}});
      return;
    }
    loaded_ = std::move(fresh);
    log::Info("secrets read again after a refused login");
  }

  void NoteLoaded() {
    mon::Metrics& metrics = work_->Metrics();
    metrics.Set(Name("config_last_reload_successful"), kSuccessfulHelp, {}, 1);
    metrics.Set(Name("config_last_reload_success_timestamp_seconds"),
                "When the configuration in use was loaded.", {},
                static_cast<double>(EpochSeconds(SystemClock().Now())));
    metrics.Set(Name("config_hash"), "Hash of the configuration in use, without its secrets.", {},
                static_cast<double>(HashOf(*loaded_)));
  }

  static constexpr const char* kSuccessfulHelp =
      "1 if the last attempt to load the configuration succeeded.";

  const Options& options_;
  std::stop_token stop_;
  ReloadSignal reload_;  ///< before `work_`, which may start threads
  ServiceNotifier notifier_;
  std::shared_ptr<LoadedConfig> loaded_;
  std::unique_ptr<Work> work_;
  SteadyClock::time_point fed_;
  std::string status_;         ///< the last one told
  std::string secrets_error_;  ///< the last one told
};

}  // namespace

void States::Set(const std::string& name, admin::Dependency state) {
  const std::scoped_lock lock(mutex_);
  states_[name] = std::move(state);
}

void States::Keep(const std::function<bool(const std::string&)>& current) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(states_, [&](const auto& entry) { return !current(entry.first); });
}

std::map<std::string, admin::Dependency> States::Get() const {
  const std::scoped_lock lock(mutex_);
  return states_;
}

Result<ExitCode> Run(const Options& options, const LoadedConfig& loaded,
                     const std::stop_token& stop) {
  return Loop(options, loaded, stop).Run();
}

}  // namespace mon::daemon
