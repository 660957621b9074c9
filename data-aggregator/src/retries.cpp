#include "retries.h"

#include <array>
#include <cstdint>

namespace mon::data_aggregator {

bool WorthARetry(const Result<http::Response>& answer) {
  if (!answer) return answer.error().code == ErrorCode::kUnavailable;
  // A gateway that could not reach what is behind it, or a server that has no time now.
  return answer->status == 502 || answer->status == 503 || answer->status == 504;
}

std::optional<std::chrono::milliseconds> RetryDelay(int retry, std::mt19937_64& random) {
  constexpr std::array<std::int64_t, 2> kLongest = {200, 800};  // ms
  if (retry < 0 || static_cast<std::size_t>(retry) >= kLongest.size()) return std::nullopt;
  std::uniform_int_distribution<std::int64_t> part(0, kLongest[static_cast<std::size_t>(retry)]);
  return std::chrono::milliseconds(part(random));
}

}  // namespace mon::data_aggregator
