#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "common/clock.h"
#include "common/config.h"

namespace mon::data_aggregator {

/// Mails that samples were lost: the spool had no room for them, they were too old, or damaged. It
/// needs no database, which is away where that happens. A mail an hour at the most, with what was
/// lost since the one before; how far that is told lies in the file `drops_told` of the spool's
/// directory, whose lock the caller holds. A mail that cannot be sent is tried again.
///
/// Mails go out in the background. Use from one thread.
class DropWatch {
 public:
  /// `config` must outlive it. `directory`: of the spool.
  DropWatch(const Config& config, std::filesystem::path directory);
  /// Cuts a mail short that is under way. What was sent is not sent again by the next one.
  ~DropWatch();
  DropWatch(const DropWatch&) = delete;
  DropWatch& operator=(const DropWatch&) = delete;

  /// `totals`: of the spool. Those that begin with "dropped_" are losses.
  void Look(const std::map<std::string, std::uint64_t>& totals, TimePoint now);

  /// Waits for the mail that is under way, at most so long: for a run that ends.
  void Finish(std::chrono::milliseconds limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::data_aggregator
