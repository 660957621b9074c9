#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <random>

#include "common/error.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// A bucket of tokens, one for each retry of any source: a server that dies under a thousand
/// sources sees a few attempts more and no storm. A tenth of the sources, kFewest at least, can be
/// retried in a cycle; what was not used is not saved up.
class RetryBudget {
 public:
  static constexpr std::size_t kFewest = 5;
  void Refill(std::size_t sources) { tokens_ = std::max(kFewest, sources / 10); }
  /// False where none is left.
  [[nodiscard]] bool Take() { return tokens_ > 0 && tokens_-- > 0; }

 private:
  std::size_t tokens_ = kFewest;
};

/// True where asking again at once may help and cannot harm: reading a metrics page changes nothing
/// there, so that leaves what has failed at once. A time-out has used up its time already.
[[nodiscard]] bool WorthARetry(const Result<http::Response>& answer);

/// How long to wait before retry number `retry` (from 0): exponential with full jitter (Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). Nothing after the last one.
[[nodiscard]] std::optional<std::chrono::milliseconds> RetryDelay(int retry,
                                                                  std::mt19937_64& random);

}  // namespace mon::data_aggregator
