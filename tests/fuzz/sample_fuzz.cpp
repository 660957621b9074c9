#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data_aggregator/sample_parser.h"

// Whatever an application answers: what is taken keeps the limits, and the rest says why not.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mon;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const TimePoint now(std::chrono::seconds(1'750'000'000));
  const auto sample = data_aggregator::ParseSample(body, ApplicationConfig{}, now);
  const data_aggregator::SampleLimits limits;
  if (!sample) {
    if (sample.error().message.empty()) std::abort();
    return 0;
  }
  const bool good =
      sample->response_time_ms >= 0 && sample->response_time_ms <= limits.response_time_ms &&
      std::isfinite(sample->error_rate) && sample->error_rate >= 0 && sample->error_rate <= 1 &&
      sample->timestamp <= 1'750'000'000 + 3'600 && sample->timestamp >= 1'750'000'000 - 7 * 86'400;
  if (!good) std::abort();
  return 0;
}
