#include "hyphenmon/exposition.h"

#include <fmt/format.h>

#include "common/text.h"

namespace mon::hyphenmon {
namespace {

std::string Gauge(std::string_view name, std::string_view unit, std::string_view help,
                  std::string_view value, Format format) {
  std::string text = fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
  if (format == Format::kOpenMetrics) text += fmt::format("# UNIT {} {}\n", name, unit);
  return text + fmt::format("{} {}\n", name, value);
}

std::string RenderGauges(const Reading& reading, Format format) {
  std::string text;
  text += Gauge("hyphenmon_response_time_seconds", "seconds",
                "Response time of the application at the sample time.",
                ShortestText(static_cast<double>(reading.response_time_ms) / 1000), format);
  text += Gauge("hyphenmon_error_ratio", "ratio", "Share of requests that failed, 0 to 1.",
                ShortestText(reading.error_rate), format);
  text += Gauge("hyphenmon_sample_timestamp_seconds", "seconds",
                "When the sample was taken, in seconds since 1970-01-01 UTC.",
                fmt::to_string(reading.timestamp), format);
  if (format == Format::kOpenMetrics) text += "# EOF\n";
  return text;
}

}  // namespace

std::string_view ContentType(Format format) {
  switch (format) {
    case Format::kJson:
      return "application/json";
    case Format::kPrometheusText:
      return "text/plain; version=0.0.4; charset=utf-8";
    case Format::kOpenMetrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "";
}

std::string Render(const Reading& reading, Format format) {
  if (format != Format::kJson) return RenderGauges(reading, format);
  return fmt::format(R"({{"timestamp": {}, "response_time_ms": {}, "error_rate": {}}})",
                     reading.timestamp, reading.response_time_ms, ShortestText(reading.error_rate));
}

}  // namespace mon::hyphenmon
