#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/config.h"

namespace mon::data_aggregator {

/// Mails that the database is out of reach, once it has been for `watch.mail_after`, for meanwhile
/// no mail of the outbox can go out; and that it is back. What was told lies in the file `away` of
/// the spool's directory, whose lock the caller holds: with the database away there is no other
/// place. A mail that cannot be sent is tried again; a repeat after a crash has the same
/// Message-ID.
///
/// Mails go out in the background. Use from one thread.
class AwayWatch {
 public:
  /// `config` must outlive it. `directory`: of the spool.
  AwayWatch(const Config& config, std::filesystem::path directory);
  /// Cuts a mail short that is under way. What was sent is not sent again by the next one.
  ~AwayWatch();
  AwayWatch(const AwayWatch&) = delete;
  AwayWatch& operator=(const AwayWatch&) = delete;

  /// After a cycle. `error`: why it could not store; empty: it could.
  void Look(const std::string& error, TimePoint now);

  /// Waits for the mail that is under way, at most so long: for a run that ends.
  void Finish(std::chrono::milliseconds limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::data_aggregator
