#pragma once

#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "common/config.h"
#include "common/error.h"

namespace mon::bench {

/// Seconds on a clock that only goes forward.
[[nodiscard]] double Now();

/// Of this process so far.
[[nodiscard]] double PeakMegabytes();

/// The value, or the end of the measurement.
template <typename T>
T Need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// The database of MYSQL_*, as the programs take it.
[[nodiscard]] inline Config Configuration() { return Need(LoadConfig({})).config; }

/// Calls `measure`, which gives seconds, and prints them and the peak memory as JSON.
template <typename Measure>
int Report(const char* program, Measure measure) {
  try {
    const double seconds = measure();
    fmt::print("{{\"seconds\": {}, \"peak_mb\": {}}}\n", seconds, PeakMegabytes());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", program, error.what());
    return 1;
  }
}

}  // namespace mon::bench
