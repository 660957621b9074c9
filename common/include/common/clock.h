#pragma once

#include <chrono>
#include <cstdint>

namespace mon {

/// UTC, millisecond resolution.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// The time of day. Only `SystemClock` asks the operating system; everything else takes a `Clock&`
/// or, where one instant is enough, a `TimePoint now`.
struct Clock {
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override;
};

/// Whole seconds since 1970-01-01 UTC, rounded down.
[[nodiscard]] std::int64_t EpochSeconds(TimePoint t);

}  // namespace mon
