#pragma once

#include <string>
#include <string_view>

namespace mon::mysql {

/// SQL expressions over TIMESTAMP columns, by the clock of the server. NULL gives NULL.

/// Epoch seconds of `column`, a whole number (UNIX_TIMESTAMP gives a decimal one). Our sessions are
/// UTC.
[[nodiscard]] std::string EpochSecondsOf(std::string_view column);

/// Milliseconds since `column`; negative where that lies ahead.
[[nodiscard]] std::string AgeOf(std::string_view column);

/// What the column `usual` (milliseconds) becomes at a sign of life, where
/// the column `since` has the time of the one before: an eighth of the way towards the time that
/// has passed (exponential smoothing), of which four times the usual counts at most, so that an
/// outage changes little. Without one before it stays. Assign it before `since`.
[[nodiscard]] std::string SmoothedInterval(std::string_view usual, std::string_view since);

}  // namespace mon::mysql
