#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "common/error.h"

namespace mon::processor {

/// How `alerting-system deliver` is started.
struct DeliveryCommand {
  std::vector<std::string> words;  ///< program and arguments
};

/// The `alerting-system` beside our own executable, else the one in $PATH; `shared_flags` are
/// --config and the like, as this program was given them.
[[nodiscard]] DeliveryCommand FindDelivery(const std::vector<std::string>& shared_flags);

struct DeliveryLimits {
  std::chrono::milliseconds run{20'000};    ///< then SIGTERM
  std::chrono::milliseconds drain{10'000};  ///< then SIGKILL: the outbox survives that
};

/// Runs it to its end with our environment, standard output and standard error. When `stop` is
/// requested or the time is up it gets SIGTERM and drains. Returns its exit code, 128 + signal
/// where one ended it. Errors: kUnavailable where it cannot be started.
[[nodiscard]] Result<int> RunDelivery(const DeliveryCommand& command, const std::stop_token& stop,
                                      const DeliveryLimits& limits = {});

}  // namespace mon::processor
