#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/config.h"
#include "data_aggregator/background_task.h"
#include "data_aggregator/direct_mail.h"
#include "edge_state.h"

namespace mon::data_aggregator {

/// Writes the mails of incidents, and sends them in the background: one after the other, to each
/// recipient by itself. `config` must outlive it. Use from one thread.
class EdgeMails {
 public:
  explicit EdgeMails(const Config& config) : config_(config) {}

  /// Writes the mails that are still missing. `now` and `away_since` are epoch seconds. True where
  /// there were any.
  bool Write(std::vector<EdgeIncident>& incidents, std::int64_t now, std::int64_t away_since);

  /// Takes what is to be sent, unless something is under way, and notes it as uncertain. True where
  /// there is any: then `Send` is to follow once `incidents` are on disk, for a crash in between
  /// must not make them look unsent.
  bool Claim(std::vector<EdgeIncident>& incidents);

  /// Begins to send what was claimed.
  void Send();

  /// Puts what became of it into `incidents`; waits for it at most so long. True where there was
  /// something.
  bool Collect(std::vector<EdgeIncident>& incidents, std::chrono::milliseconds limit);

  /// Breaks off what is under way, within seconds, and collects what is known.
  void Stop(std::vector<EdgeIncident>& incidents);

 private:
  /// One mail to one recipient.
  struct Job {
    DirectMail mail;
    std::string recipient;
    Delivery before;
  };

  Result<void> SendAll(const std::stop_token& stop);
  void Record(std::vector<EdgeIncident>& incidents);
  void LogError(const std::string& error);

  const Config& config_;
  std::vector<Job> claimed_;        ///< not changed while sending_ is busy
  std::vector<Delivery> outcomes_;  ///< of the first so many of them; the thread's own meanwhile
  std::chrono::steady_clock::time_point next_try_;
  std::string last_error_;  ///< the last one logged
  BackgroundTask sending_;  // last: uses the others
};

}  // namespace mon::data_aggregator
