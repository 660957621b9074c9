#include "source_reports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "http/http_client.h"

namespace mon::data_aggregator {
namespace {

constexpr int kOk = 200;

/// The client's own errors name the URL already.
std::string ErrorText(const ApplicationReading& reading) {
  if (!reading.http_code) return reading.sample.error().message;
  return fmt::format("GET {}: {}", http::PrintableUrl(reading.application->url),
                     reading.sample.error().message);
}

std::string ErrorText(const ZabbixReading& reading) {
  std::vector<std::string> parts;
  if (!reading.unknown.empty())
    parts.push_back(fmt::format("Zabbix knows no {} (or the account may not see it)",
                                fmt::join(reading.unknown, ", no ")));
  if (reading.zabbix_error) parts.push_back(reading.zabbix_error->message);
  for (const auto& [reason, count] : reading.values.refused)
    parts.push_back(fmt::format("{} values refused: {}", count, reason));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string ErrorClass(ErrorCode code) {
  switch (code) {
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kBadReply:
      return "bad reply";
    case ErrorCode::kInvalidData:
      return "invalid data";
    case ErrorCode::kRejected:
      return "rejected";
    case ErrorCode::kConfig:
      return "configuration";
    default:
      return "internal";
  }
}

std::string ErrorClass(const ZabbixReading& reading) {
  if (reading.zabbix_error) return ErrorClass(reading.zabbix_error->code);
  if (!reading.unknown.empty()) return ErrorClass(ErrorCode::kConfig);
  return reading.values.Refused() > 0 ? ErrorClass(ErrorCode::kInvalidData) : "";
}

}  // namespace

SourceReport ReportOf(const ApplicationReading& reading, TimePoint now) {
  SourceReport report;
  report.name = "application:" + reading.application->name;
  report.kind = "application";
  report.up = reading.sample.has_value();
  report.attempted_at = now;
  report.duration = reading.duration;
  report.bytes = reading.bytes;
  report.http_code = reading.http_code;
  report.breaker = reading.breaker;
  report.asked = reading.asked;
  report.skew_seconds = reading.skew_seconds;
  if (reading.sample) {
    report.samples = 1;
    report.newest_sample = reading.sample->timestamp;
  } else {
    report.refused = reading.http_code == kOk ? 1 : 0;
    report.error = ErrorText(reading);
    report.error_class = ErrorClass(reading.sample.error().code);
  }
  return report;
}

SourceReport ReportOf(const ZabbixReading& reading, TimePoint now,
                      std::chrono::milliseconds duration) {
  SourceReport report;
  report.name = "zabbix";
  report.kind = "zabbix";
  report.up = !reading.zabbix_error;
  report.attempted_at = now;
  report.duration = duration;
  report.samples = reading.values.inserted;
  report.refused = reading.values.Refused();
  report.error = ErrorText(reading);
  report.error_class = ErrorClass(reading);
  report.newest_sample = reading.newest;
  return report;
}

ExitCode ExitCodeOf(const ApplicationReading& reading) {
  return reading.sample ? ExitCode::kOk : ExitCodeFor(reading.sample.error().code);
}

ExitCode ExitCodeOf(const ZabbixReading& reading) {
  ExitCode code = reading.zabbix_error ? ExitCodeFor(reading.zabbix_error->code) : ExitCode::kOk;
  if (!reading.unknown.empty()) code = Worse(code, ExitCode::kConfig);
  if (reading.values.Refused() > 0) code = Worse(code, ExitCode::kData);
  return code;
}

}  // namespace mon::data_aggregator
