#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "checks.h"
#include "support/fake_http.h"

namespace mon::data_aggregator::doctor {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kUrl = "http://shop.example/metrics";
constexpr const char* kSample =
    R"({"timestamp": 1749999990, "response_time_ms": 137, "error_rate": 0.02})";

struct FixedClock final : Clock {
  [[nodiscard]] TimePoint Now() const override { return TimePoint(seconds(1'750'000'000)); }
};

class ApplicationChecksTest : public testing::Test {
 protected:
  ApplicationChecksTest() {
    config_.applications.resize(1);
    config_.applications[0].name = "shop";
    config_.applications[0].url = kUrl;
  }

  Outcome Examine() { return ApplicationChecks(config_, clock_, http_)[0].run({}); }

  Finding ExamineError(ErrorCode code, const std::string& message) {
    http_->answers.insert_or_assign(kUrl, std::unexpected(Error{code, message}));
    return Examine().findings.at(0);
  }

  Finding ExamineAnswer(const std::string& body, int status = 200) {
    http_->Answer(kUrl, body, status);
    return Examine().findings.at(0);
  }

  Config config_;
  FixedClock clock_;
  std::shared_ptr<test::FakeHttp> http_ = std::make_shared<test::FakeHttp>();
};

TEST_F(ApplicationChecksTest, TellsTheSample) {
  EXPECT_EQ(ExamineAnswer(kSample).text,
            "HTTP 200 in 0 ms, a sample of 10 s ago: 137 ms, error rate 0.02");
  EXPECT_THAT(Examine().clocks, IsEmpty());
}

TEST_F(ApplicationChecksTest, ReadsTheClockFromTheDate) {
  http_->Answer(kUrl, kSample);
  http_->answers.at(kUrl)->headers.AddLine("date: Sun, 15 Jun 2025 15:07:22 GMT");
  const Outcome outcome = Examine();
  ASSERT_THAT(outcome.clocks, SizeIs(1));
  EXPECT_EQ(outcome.clocks[0].whose, "shop");
  EXPECT_EQ(outcome.clocks[0].ahead, seconds(42));
}

TEST_F(ApplicationChecksTest, WithoutADateASampleAheadTellsTheClock) {
  http_->Answer(kUrl, R"({"timestamp": 1750000030, "response_time_ms": 1, "error_rate": 0})");
  EXPECT_EQ(Examine().clocks.at(0).ahead, seconds(30));
}

TEST_F(ApplicationChecksTest, EachTroubleHasItsRemedy) {
  EXPECT_THAT(ExamineError(ErrorCode::kTimeout, "no answer within 5s").remedy,
              HasSubstr("timeout"));
  EXPECT_THAT(ExamineError(ErrorCode::kUnavailable, "cannot connect").remedy,
              HasSubstr("curl -i http://shop.example/metrics"));
  EXPECT_THAT(ExamineError(ErrorCode::kRejected, "the server's certificate is refused").remedy,
              HasSubstr("tls_ca"));
  EXPECT_THAT(ExamineAnswer("", 401).remedy, HasSubstr("bearer_token_file"));
  EXPECT_THAT(ExamineAnswer("", 404).remedy, HasSubstr("correct its url"));
  EXPECT_THAT(ExamineAnswer("{}").remedy, HasSubstr("set fields"));
  EXPECT_THAT(ExamineAnswer("<html>").remedy, HasSubstr("address of its metrics"));
}

TEST_F(ApplicationChecksTest, RefusesWhatACycleRefuses) {
  EXPECT_THAT(
      ExamineAnswer(R"({"timestamp": 1749999990, "response_time_ms": -1, "error_rate": 0})").remedy,
      HasSubstr("mend what the application measures"));
  const Finding old = ExamineAnswer(R"({"timestamp": 1, "response_time_ms": 1, "error_rate": 0})");
  EXPECT_EQ(old.status, Status::kFailed);
  EXPECT_THAT(old.remedy, HasSubstr("NTP"));
}

}  // namespace
}  // namespace mon::data_aggregator::doctor
