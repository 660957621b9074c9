#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hyphenmon/scenario.h"

namespace mon::hyphenmon {

enum class Format { kJson, kPrometheusText, kOpenMetrics };

/// The format that an Accept header asks for (RFC 9110, 12.5.1; several headers joined by commas).
///
/// JSON, unless `text/plain` or `application/openmetrics-text` is named above both
/// `application/json` and `*/*`: with a higher quality, or with the same and earlier in the list.
[[nodiscard]] Format Negotiate(std::string_view accept);

[[nodiscard]] std::string_view ContentType(Format format);

/// The values as they go over the wire. `timestamp` is in epoch seconds.
struct Reading {
  std::int64_t timestamp = 0;
  std::int64_t response_time_ms = 0;
  double error_rate = 0;
};

/// `{"timestamp": 1750000000, "response_time_ms": 137, "error_rate": 0.02}`, or the same values as
/// gauges in seconds and as a ratio. Text format 0.0.4, OpenMetrics 1.0.0.
[[nodiscard]] std::string Render(const Reading& reading, Format format);

/// The body of a wrong answer, as JSON; empty for those that have no body of a fixed text (kSample,
/// kStuck, kEndless, kOversized).
[[nodiscard]] std::string RenderGarbage(const Reading& reading, Answer answer);

/// A valid sample and a member that makes it 4 MiB long.
[[nodiscard]] std::string RenderOversized(const Reading& reading);

}  // namespace mon::hyphenmon
