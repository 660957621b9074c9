#pragma once

#include <cstdint>
#include <string>

namespace mon::processor {

/// A sample of an application that can be judged.
struct Sample {
  std::int64_t id = 0;  ///< of its row; 0: not read from the database
  std::string application;
  std::int64_t timestamp = 0;  ///< epoch seconds
  std::int64_t response_time_ms = 0;
  float error_rate = 0;
  bool operator==(const Sample&) const = default;
};

}  // namespace mon::processor
