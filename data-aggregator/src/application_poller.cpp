#include "data_aggregator/application_poller.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/text.h"
#include "data_aggregator/sample_parser.h"

namespace mon::data_aggregator {
namespace {

constexpr std::size_t kMostBodyBytes = 1U << 20U;
constexpr std::size_t kMostQuotedBytes = 200;

bool IsAccept(std::string_view header) {
  return std::ranges::equal(header, std::string_view("accept"), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
  });
}

/// Why an answer with this status holds no sample.
std::string StatusText(const http::Response& response) {
  const auto moved = response.headers.find("location");
  if (response.status / 100 != 3 || moved == response.headers.end())
    return fmt::format("HTTP {}", response.status);
  return fmt::format("HTTP {}: moved to {}, which is not followed; set the URL to it",
                     response.status,
                     CleanUtf8(http::PrintableUrl(moved->second), kMostQuotedBytes));
}

http::Request RequestFor(const ApplicationConfig& application, std::chrono::milliseconds limit) {
  http::Request request;
  request.url = application.url;
  // A little before the cycle's end, which would only say that it was stopped.
  request.timeout = std::min(application.timeout, limit - limit / 50);
  request.max_body_bytes = kMostBodyBytes;
  for (const auto& [name, value] : application.headers)
    request.headers.emplace_back(name, value.Reveal());
  if (!std::ranges::any_of(request.headers, [](const auto& h) { return IsAccept(h.first); }))
    request.headers.emplace_back("Accept", "application/json");
  if (!application.bearer_token.empty())
    request.headers.emplace_back("Authorization", "Bearer " + application.bearer_token.Reveal());
  request.basic_user = application.basic_user;
  request.basic_password = application.basic_password.Reveal();
  request.ca = application.tls_ca;
  request.client_cert = application.tls_cert;
  request.client_key = application.tls_key;
  request.proxy = application.proxy;
  return request;
}

Result<ApplicationSample> Judge(const http::Response& response,
                                const ApplicationConfig& application, TimePoint now) {
  if (response.status == 401 || response.status == 403 || response.status == 407)
    return Fail(ErrorCode::kRejected, fmt::format("HTTP {}: access refused", response.status));
  if (response.status != 200) return Fail(ErrorCode::kBadReply, StatusText(response));
  if (const auto coding = response.headers.find("content-encoding");
      coding != response.headers.end() && coding->second != "identity")
    return Fail(ErrorCode::kBadReply,
                fmt::format("the body is compressed ({}), which was not asked for",
                            CleanUtf8(coding->second, kMostQuotedBytes)));
  return ParseSample(response.body, application, now);
}

ApplicationReading Read(const Result<http::Response>& response,
                        const ApplicationConfig& application, TimePoint now) {
  ApplicationReading reading;
  reading.application = &application;
  if (!response) {
    reading.sample = std::unexpected(response.error());
    return reading;
  }
  reading.http_code = response->status;
  reading.duration = response->duration;
  const TimePoint received = now + response->duration;
  if (const auto date = response->headers.find("date"); date != response->headers.end())
    reading.skew_seconds = SkewSeconds(date->second, received);
  reading.sample = Judge(*response, application, received);
  if (reading.sample && reading.skew_seconds &&
      std::abs(*reading.skew_seconds) > SampleLimits{}.skew.count())
    reading.sample->skew_seconds = *reading.skew_seconds;
  return reading;
}

}  // namespace

std::vector<ApplicationReading> PollApplications(std::span<const ApplicationConfig> applications,
                                                 http::Client& client, TimePoint now,
                                                 std::chrono::milliseconds limit,
                                                 std::stop_token stop) {
  std::vector<http::Request> requests;
  for (const ApplicationConfig& application : applications)
    requests.push_back(RequestFor(application, limit));
  const auto responses = client.SendAll(requests, std::move(stop));
  std::vector<ApplicationReading> readings;
  for (std::size_t i = 0; i < responses.size(); ++i)
    readings.push_back(Read(responses[i], applications[i], now));
  return readings;
}

}  // namespace mon::data_aggregator
