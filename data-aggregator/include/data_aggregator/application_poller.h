#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/sample.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// What one application answered.
struct ApplicationReading {
  const ApplicationConfig* application = nullptr;
  Result<ApplicationSample> sample{};  ///< errors without the application's name
  std::optional<int> http_code;        ///< nothing: no answer came
  std::chrono::milliseconds duration{0};
  std::optional<std::int64_t> skew_seconds;  ///< HTTP Date minus our clock
};

/// Asks all applications at the same time; readings in their order, pointing into `applications`.
///
/// None is given longer than `limit`, whatever its own time-out. Errors of a reading: those of
/// http::Client and ParseSample; kRejected for 401, 403 and 407, kBadReply for any other status
/// than 200. Use from one thread at a time, as `client`.
[[nodiscard]] std::vector<ApplicationReading> PollApplications(
    std::span<const ApplicationConfig> applications, http::Client& client, TimePoint now,
    std::chrono::milliseconds limit, std::stop_token stop);

}  // namespace mon::data_aggregator
