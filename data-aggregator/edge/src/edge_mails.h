#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/config.h"
#include "data_aggregator/background_task.h"
#include "data_aggregator/direct_mail.h"
#include "edge_state.h"

namespace mon::data_aggregator {

/// Writes the mails of incidents, and sends them in the background: one after the other, each
/// recipient by itself. `config` must outlive it. Use from one thread.
class EdgeMails {
 public:
  explicit EdgeMails(const Config& config) : config_(config) {}

  /// Writes the mails that are still missing, and begins to send what waits. `now` and `away_since`
  /// are epoch seconds. True where a mail was written.
  bool Tell(std::vector<EdgeIncident>& incidents, std::int64_t now, std::int64_t away_since);

  /// Puts what became of mails into `incidents`; waits for the rest at most so long. True where
  /// there was something.
  bool Collect(std::vector<EdgeIncident>& incidents, std::chrono::milliseconds limit);

  /// Breaks off what is under way, within seconds, and collects what is known.
  void Stop(std::vector<EdgeIncident>& incidents);

 private:
  /// One mail to one recipient.
  struct Job {
    DirectMail mail;
    std::string recipient;
  };
  struct Outcome {
    std::string dedup_key;
    std::string recipient;
    Delivery delivery;
  };
  /// Shared with the thread that sends.
  struct Outcomes {
    std::mutex mutex;
    std::vector<Outcome> done;
  };

  bool Write(EdgeIncident& incident, std::int64_t now, std::int64_t away_since,
             const alerting_system::TimeZone& zone, const std::vector<std::string>& recipients);
  [[nodiscard]] static std::vector<Job> JobsOf(const std::vector<EdgeIncident>& incidents);
  Result<void> Send(const std::vector<Job>& jobs, Outcomes& outcomes, const std::stop_token& stop);
  void LogError(const std::string& error);
  bool TakeOutcomes(std::vector<EdgeIncident>& incidents);

  const Config& config_;
  std::shared_ptr<Outcomes> outcomes_ = std::make_shared<Outcomes>();
  std::chrono::steady_clock::time_point next_try_;
  std::string last_error_;  ///< the last one logged
  std::unique_ptr<BackgroundTask> sending_ = std::make_unique<BackgroundTask>();
};

}  // namespace mon::data_aggregator
