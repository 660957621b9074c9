#include "data_aggregator/application_poller.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "data_aggregator/sample_parser.h"

namespace mon::data_aggregator {
namespace {

constexpr std::size_t kMostBodyBytes = 1U << 20U;

http::Request RequestFor(const ApplicationConfig& application, std::chrono::milliseconds limit) {
  http::Request request;
  request.url = application.url;
  request.timeout = std::min(application.timeout, limit);
  request.max_body_bytes = kMostBodyBytes;
  request.headers.emplace_back("Accept", "application/json");
  for (const auto& [name, value] : application.headers)
    request.headers.emplace_back(name, value.Reveal());
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
  if (response.status != 200)
    return Fail(ErrorCode::kBadReply, fmt::format("HTTP {}", response.status));
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
