#include "data_aggregator/application_poller.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <random>
#include <string_view>
#include <utility>

#include "breaker.h"
#include "common/text.h"
#include "data_aggregator/sample_parser.h"
#include "retries.h"

namespace mon::data_aggregator {
namespace {

constexpr std::size_t kMostBodyBytes = 1U << 20U;
constexpr std::size_t kMostQuotedBytes = 200;
/// However long the interval, a source that is well again is not left alone for longer; a shorter
/// interval's breaker closes sooner.
constexpr std::chrono::milliseconds kLongestPause{10'000};

bool IsAccept(std::string_view header) {
  return std::ranges::equal(header, std::string_view("accept"), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
  });
}

/// Why an answer with this status holds no sample.
std::string StatusText(const http::Response& response) {
  const auto moved = response.headers.Find("location");
  if (response.status / 100 != 3 || !moved) return fmt::format("HTTP {}", response.status);
  return fmt::format("HTTP {}: moved to {}, which is not followed; set the URL to it",
                     response.status, CleanUtf8(http::PrintableUrl(*moved), kMostQuotedBytes));
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
  if (const auto coding = response.headers.Find("content-encoding");
      coding && *coding != "identity")
    return Fail(ErrorCode::kBadReply,
                fmt::format("the body is compressed ({}), which was not asked for",
                            CleanUtf8(*coding, kMostQuotedBytes)));
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
  reading.bytes = response->body.size();
  const TimePoint received = now + response->duration;
  if (const auto date = response->headers.Find("date"))
    reading.skew_seconds = SkewSeconds(*date, received);
  reading.sample = Judge(*response, application, received);
  if (reading.sample && reading.skew_seconds &&
      std::abs(*reading.skew_seconds) > SampleLimits{}.skew.count())
    reading.sample->skew_seconds = *reading.skew_seconds;
  return reading;
}

Error LeftAlone(const Breaker& breaker, const Error& last, Breaker::TimePoint now) {
  const auto left = std::chrono::ceil<std::chrono::seconds>(breaker.NextAttempt() - now);
  return {last.code, fmt::format("left alone for {} s more after {} failures in a row: {}",
                                 left.count(), breaker.FailuresInARow(), last.message)};
}

}  // namespace

struct ApplicationPoller::Impl {
  struct Source {
    Breaker breaker;
    Error last_error;
  };
  class Round;

  std::span<const ApplicationConfig> applications;
  http::Client& client;
  Breaker::Pauses pauses;
  std::vector<Source> sources;  // as `applications`
  // Of the last call: as long as all are well, the next one asks the same.
  std::vector<std::size_t> asked{};       // places in `applications`
  std::vector<http::Request> requests{};  // theirs
  std::chrono::milliseconds limit{0};     // of `requests`
  RetryBudget budget{};
  std::mt19937_64 delay_random{std::random_device{}()};
  std::mt19937_64 pause_random{std::random_device{}()};  // in another thread than the delays
};

/// One call of Poll. Answers are only collected in the thread that receives them: it is busy
/// enough. A thread beside it makes readings of one group and hands them over, while the next group
/// is collected.
class ApplicationPoller::Impl::Round final : public http::Exchange {
 public:
  Round(Impl& poller, TimePoint now, std::chrono::milliseconds limit, const Sink& sink)
      : poller_(poller), now_(now), limit_(limit), sink_(sink) {}

  void Run(const std::stop_token& stop, const Part& part) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < poller_.applications.size(); ++i) {
      if (!part.Owns(poller_.applications[i])) continue;
      if (poller_.sources[i].breaker.MayAsk(begun_))
        places.push_back(i);
      else
        group_.push_back({i, std::nullopt});
    }
    Prepare(std::move(places));
    retries_.resize(poller_.asked.size());
    poller_.client.SendEach(poller_.requests, *this, stop);
    HandOver();
    WaitForHandOver();
  }

  std::optional<std::chrono::milliseconds> Answered(std::size_t index,
                                                    Result<http::Response> answer) override {
    const std::size_t i = poller_.asked[index];
    if (const auto delay = Retry(index, answer, poller_.sources[i])) return delay;
    if (answer) group_bytes_ += answer->body.size() + answer->headers.Bytes();
    group_.push_back({i, std::move(answer)});
    if (group_.size() >= kGroup || group_bytes_ >= kGroupBytes) HandOver();
    return std::nullopt;
  }

  void Idle() override { HandOver(); }

 private:
  struct Answer {
    std::size_t source;
    std::optional<Result<http::Response>> response;  ///< nothing: it was left alone
  };
  using Answers = std::vector<Answer>;

  /// One transaction: large enough that its commit costs little, small enough that little is left
  /// to do when the last answer has come. 2^n - 1 rows are one bulk operation of the store.
  static constexpr std::size_t kGroup = 1'023;
  static constexpr std::size_t kGroupBytes = 4U << 20U;  // two groups are in memory
  /// Once it has failed in the cycle before, it is not just a moment's trouble.
  static constexpr int kFailuresThatLast = 2;

  void Prepare(std::vector<std::size_t> places) {
    if (places == poller_.asked && limit_ == poller_.limit) return;
    poller_.requests.clear();
    for (const std::size_t i : places)
      poller_.requests.push_back(RequestFor(poller_.applications[i], limit_));
    poller_.asked = std::move(places);
    poller_.limit = limit_;
  }

  std::optional<std::chrono::milliseconds> Retry(std::size_t index,
                                                 const Result<http::Response>& answer,
                                                 const Source& source) {
    if (!WorthARetry(answer) || source.breaker.FailuresInARow() >= kFailuresThatLast)
      return std::nullopt;
    const auto delay = RetryDelay(retries_[index], poller_.delay_random);
    const auto used = Breaker::Clock::now() - begun_;
    if (!delay || used + *delay > limit_ / 2 || !poller_.budget.Take()) return std::nullopt;
    ++retries_[index];
    return delay;
  }

  void HandOver() {
    if (group_.empty()) return;
    WaitForHandOver();
    group_bytes_ = 0;
    handing_over_ = std::async(std::launch::async, [this, answers = std::exchange(group_, {})] {
      std::vector<ApplicationReading> readings;
      readings.reserve(answers.size());
      for (const Answer& answer : answers)
        readings.push_back(answer.response ? Take(answer.source, *answer.response)
                                           : LeaveAlone(answer.source));
      sink_(readings);
    });
  }

  void WaitForHandOver() {
    if (handing_over_.valid()) handing_over_.get();
  }

  ApplicationReading Take(std::size_t i, const Result<http::Response>& answer) {
    Source& source = poller_.sources[i];
    ApplicationReading reading = Read(answer, poller_.applications[i], now_);
    // A sample that is refused comes from a living application.
    const bool alive = reading.sample || reading.sample.error().code == ErrorCode::kInvalidData;
    const auto now = Breaker::Clock::now();
    if (alive) {
      source.breaker.Succeeded();
    } else {
      source.breaker.Failed(now, poller_.pauses, poller_.pause_random);
      source.last_error = reading.sample.error();
    }
    reading.breaker = source.breaker.State(now);
    return reading;
  }

  ApplicationReading LeaveAlone(std::size_t i) const {
    const Source& source = poller_.sources[i];
    ApplicationReading reading;
    reading.application = &poller_.applications[i];
    reading.asked = false;
    reading.sample = std::unexpected(LeftAlone(source.breaker, source.last_error, begun_));
    reading.breaker = source.breaker.State(begun_);
    return reading;
  }

  Impl& poller_;
  TimePoint now_;
  std::chrono::milliseconds limit_;
  const Sink& sink_;
  Breaker::TimePoint begun_ = Breaker::Clock::now();
  std::vector<int> retries_;        // of each request
  Answers group_;                   // collected since the last one was handed over
  std::size_t group_bytes_ = 0;     // of its answers
  std::future<void> handing_over_;  // last: its thread uses the others
};

ApplicationPoller::ApplicationPoller(std::span<const ApplicationConfig> applications,
                                     http::Client& client, std::chrono::milliseconds interval)
    : impl_(
          new Impl{.applications = applications,
                   .client = client,
                   .pauses = {.first = interval, .longest = std::max(6 * interval, kLongestPause)},
                   .sources = std::vector<Impl::Source>(applications.size())}) {}

ApplicationPoller::~ApplicationPoller() = default;

void ApplicationPoller::Poll(TimePoint now, std::chrono::milliseconds limit,
                             const std::stop_token& stop, const Sink& sink, const Part& part) {
  impl_->budget.Refill(impl_->applications.size());
  Impl::Round(*impl_, now, limit, sink).Run(stop, part);
}

}  // namespace mon::data_aggregator
