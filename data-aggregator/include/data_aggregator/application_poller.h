#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/sample.h"
#include "data_aggregator/part.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// What one application answered.
struct ApplicationReading {
  const ApplicationConfig* application = nullptr;
  Result<ApplicationSample> sample{};  ///< errors without the application's name
  bool asked = true;                   ///< false: left alone by its breaker; `sample` says so
  std::optional<int> http_code;        ///< nothing: no answer came
  std::chrono::milliseconds duration{0};
  std::size_t bytes = 0;                     ///< of the body
  std::optional<std::int64_t> skew_seconds;  ///< HTTP Date minus our clock
  std::string_view breaker = "closed";       ///< after this attempt: closed, open, half-open
};

/// Asks applications for their samples, and remembers between calls which of them are dead.
///
/// What failed at once is asked again within the same call, after a moment, as long as the budget
/// of all retries lasts. An application that has failed five times in a row is left alone for a
/// while. Use from one thread at a time, as `client`, which must outlive it like the applications.
class ApplicationPoller {
 public:
  /// `interval` is that of the calls: pauses of a breaker are counted in it.
  ApplicationPoller(std::span<const ApplicationConfig> applications, http::Client& client,
                    std::chrono::milliseconds interval);
  ~ApplicationPoller();
  ApplicationPoller(const ApplicationPoller&) = delete;
  ApplicationPoller& operator=(const ApplicationPoller&) = delete;

  /// Takes readings, each once, in the order in which they come.
  using Sink = std::function<void(std::span<const ApplicationReading>)>;

  /// All applications of `part` at the same time, none longer than `limit`, whatever its own
  /// time-out. Readings are handed over in groups, of a thousand or whenever nothing comes for a
  /// moment: a slow application does not hold up the fast ones. `sink` is called on another thread,
  /// for one group after the other, while the next group is collected; two are in memory. What it
  /// throws, this throws. Errors of a reading: those of http::Client and ParseSample; kRejected for
  /// 401, 403 and 407, kBadReply for any other status than 200.
  void Poll(TimePoint now, std::chrono::milliseconds limit, const std::stop_token& stop,
            const Sink& sink, const Part& part = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::data_aggregator
