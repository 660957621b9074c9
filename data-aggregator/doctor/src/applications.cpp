#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "checks.h"
#include "common/text.h"
#include "data_aggregator/application_poller.h"

namespace mon::data_aggregator::doctor {
namespace {

/// Whatever time-out an application has been given: a person waits.
constexpr std::chrono::milliseconds kLimit{15'000};

/// What an application without an entry of the file goes by.
std::string UrlKey(const Config& config, const ApplicationConfig& application) {
  const bool built_in = config.applications.size() == 1 && application.name == "hyphenmon";
  return built_in ? "url (HYPHENMON_URL)" : "url";
}

std::string Remedy(const Error& error, const Config& config, const ApplicationConfig& application) {
  const std::string url = http::PrintableUrl(application.url);
  const std::string key = UrlKey(config, application);
  switch (error.code) {
    case ErrorCode::kTimeout:
      return "is the application overloaded, or a firewall in between? A longer timeout can be set "
             "in [[application]]";
    case ErrorCode::kUnavailable:
      return fmt::format(
          "start the application, or correct its {}; from this machine, try: curl -i {}", key, url);
    case ErrorCode::kRejected:
      return error.message.contains("certificate")
                 ? "put the authority's certificate into tls_ca of its [[application]] or into "
                   "CA_FILE; where the name is wrong, use a name in its url that the certificate "
                   "has"
                 : "set bearer_token_file, or basic_user and basic_password_file, in its "
                   "[[application]], or let this machine in";
    case ErrorCode::kConfig:
      return fmt::format("correct {}, fields or the TLS files of its [[application]]", key);
    case ErrorCode::kInvalidData:
      return error.message.contains("our clock")
                 ? "let NTP set the clocks of both machines; a timestamp is in epoch seconds, UTC"
                 : "no such value is stored: mend what the application measures";
    default:
      return error.message.starts_with("HTTP")
                 ? fmt::format(
                       "correct its {}; where that is right, the application's log says why "
                       "it answers so",
                       key)
                 : fmt::format(
                       "is {} the address of its metrics? Where its JSON has another shape, "
                       "set fields in [[application]]",
                       key);
  }
}

std::string Describe(const ApplicationReading& reading, TimePoint now) {
  const ApplicationSample& sample = *reading.sample;
  const auto age = std::chrono::seconds(EpochSeconds(now) - sample.timestamp);
  return fmt::format("HTTP {} in {} ms, a sample of {}: {} ms, error rate {}",
                     reading.http_code.value_or(0), reading.duration.count(),
                     age.count() >= 0 ? Age(age) + " ago" : Age(-age) + " ahead",
                     sample.response_time_ms, ShortestText(sample.error_rate));
}

/// By the Date of its answer. An application that sends none is known to be ahead where its sample
/// is; a sample from the past may as well be an old one.
std::optional<std::int64_t> SecondsAhead(const ApplicationReading& reading, TimePoint now) {
  if (reading.skew_seconds || !reading.sample) return reading.skew_seconds;
  const std::int64_t ahead = reading.sample->timestamp - EpochSeconds(now);
  return ahead > 0 ? std::optional(ahead) : std::nullopt;
}

Outcome Examine(const Config& config, const Clock& clock, http::Client& client,
                const std::stop_token& stop) {
  Outcome outcome;
  ApplicationPoller poller(config.applications, client, kLimit);
  poller.Poll(clock.Now(), kLimit, stop, [&](std::span<const ApplicationReading> readings) {
    for (const ApplicationReading& reading : readings) {
      const std::string& name = reading.application->name;
      if (reading.sample)
        outcome.Ok(name, Describe(reading, clock.Now()));
      else
        outcome.Fail(name, reading.sample.error().message,
                     Remedy(reading.sample.error(), config, *reading.application));
      if (const auto ahead = SecondsAhead(reading, clock.Now()))
        outcome.clocks.push_back({name, std::chrono::seconds(*ahead)});
    }
  });
  // They come as they answer; a person looks for them by name.
  std::ranges::stable_sort(outcome.findings, {}, &Finding::subject);
  return outcome;
}

}  // namespace

std::vector<Check> ApplicationChecks(const Config& config, const Clock& clock,
                                     std::shared_ptr<http::Client> http) {
  return {{Group::kApplications, "applications",
           [&config, &clock, http = std::move(http)](const std::stop_token& stop) {
             return Examine(config, clock, *http, stop);
           }}};
}

}  // namespace mon::data_aggregator::doctor
