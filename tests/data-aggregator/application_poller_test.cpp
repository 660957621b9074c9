#include "data_aggregator/application_poller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <map>
#include <stdexcept>
#include <string>

#include "support/fake_http.h"

namespace mon::data_aggregator {
namespace {

using testing::HasSubstr;

constexpr TimePoint kNow{std::chrono::seconds(1'750'000'000)};
constexpr std::chrono::milliseconds kLimit{5000};
constexpr const char* kGood =
    R"({"timestamp": 1750000000, "response_time_ms": 137, "error_rate": 0.02})";

class ApplicationPollerTest : public testing::Test {
 protected:
  explicit ApplicationPollerTest(std::size_t count = 1) : applications_(Applications(count)) {}

  static std::vector<ApplicationConfig> Applications(std::size_t count) {
    std::vector<ApplicationConfig> applications(count);
    for (std::size_t i = 0; i < count; ++i) {
      applications[i].name = "app" + std::to_string(i);
      applications[i].url = "http://app" + std::to_string(i) + "/metrics";
    }
    return applications;
  }

  /// Readings by name.
  std::map<std::string, ApplicationReading> Poll() {
    http_.requests.clear();
    std::map<std::string, ApplicationReading> readings;
    poller_.Poll(kNow, kLimit, {}, [&](std::span<const ApplicationReading> some) {
      for (const ApplicationReading& reading : some)
        readings.emplace(reading.application->name, reading);
    });
    return readings;
  }

  std::vector<ApplicationConfig> applications_;
  test::FakeHttp http_;
  ApplicationPoller poller_{applications_, http_, std::chrono::hours(1)};
};

TEST_F(ApplicationPollerTest, ReadsASample) {
  http_.Answer("http://app0/metrics", kGood);
  const ApplicationReading reading = Poll().at("app0");
  EXPECT_EQ(reading.sample->response_time_ms, 137);
  EXPECT_EQ(reading.bytes, std::string(kGood).size());
  EXPECT_EQ(reading.breaker, "closed");
  EXPECT_EQ(http_.requests.size(), 1U);
}

TEST_F(ApplicationPollerTest, WhatIsRefusedIsAskedAgainTwice) {
  EXPECT_FALSE(Poll().at("app0").sample);
  EXPECT_EQ(http_.requests.size(), 3U);
}

TEST_F(ApplicationPollerTest, WhatWasDownBeforeIsAskedOnce) {
  Poll();
  Poll();
  Poll();
  EXPECT_EQ(http_.requests.size(), 1U);
}

TEST_F(ApplicationPollerTest, DeadApplicationIsLeftAloneAndSaysWhy) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Poll().at("app0").asked);
  const ApplicationReading reading = Poll().at("app0");
  EXPECT_TRUE(http_.requests.empty());
  EXPECT_FALSE(reading.asked);
  EXPECT_EQ(reading.breaker, "open");
  EXPECT_EQ(reading.sample.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(reading.sample.error().message, HasSubstr("after 5 failures in a row"));
  EXPECT_THAT(reading.sample.error().message, HasSubstr("refused"));
}

TEST_F(ApplicationPollerTest, RefusedSampleComesFromALivingApplication) {
  http_.Answer("http://app0/metrics",
               R"({"timestamp": 1, "response_time_ms": 1, "error_rate": 0})");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Poll().at("app0").asked);
}

class ManyApplicationsTest : public ApplicationPollerTest {
 protected:
  ManyApplicationsTest() : ApplicationPollerTest(200) {}
};

TEST_F(ManyApplicationsTest, ThatDieTogetherAreNotAllAskedAgain) {
  EXPECT_EQ(Poll().size(), 200U);
  EXPECT_EQ(http_.requests.size(), 220U);
}

/// Tells when all have answered.
class ToldHttp final : public test::FakeHttp {
 public:
  void SendEach(std::span<const http::Request> sent, http::Exchange& exchange,
                std::stop_token stop) override {
    FakeHttp::SendEach(sent, exchange, stop);
    all_answered.set_value();
  }
  std::promise<void> all_answered;
};

class ManyMoreApplicationsTest : public ApplicationPollerTest {
 protected:
  ManyMoreApplicationsTest() : ApplicationPollerTest(1'500) {
    for (const ApplicationConfig& application : applications_)
      many_http_.Answer(application.url, kGood);
  }

  ToldHttp many_http_;
  ApplicationPoller many_{applications_, many_http_, std::chrono::hours(1)};
};

TEST_F(ManyMoreApplicationsTest, AreAskedWhileTheFirstOnesAreStored) {
  auto all_answered = many_http_.all_answered.get_future();
  std::size_t readings = 0;
  many_.Poll(kNow, kLimit, {}, [&](std::span<const ApplicationReading> some) {
    if (readings == 0) {
      EXPECT_LT(some.size(), applications_.size());
      EXPECT_EQ(all_answered.wait_for(std::chrono::seconds(20)), std::future_status::ready);
    }
    readings += some.size();
  });
  EXPECT_EQ(readings, applications_.size());
}

TEST_F(ManyMoreApplicationsTest, AreNotAllInMemoryWhereTheirAnswersAreLong) {
  const std::string long_text(16 * 1024, 'x');
  for (const ApplicationConfig& application : applications_)
    many_http_.Answer(application.url, long_text, 500);
  std::size_t most = 0;
  many_.Poll(kNow, kLimit, {},
             [&](std::span<const ApplicationReading> some) { most = std::max(most, some.size()); });
  EXPECT_LE(most, 256U);
}

TEST_F(ManyMoreApplicationsTest, FailWithWhoTakesTheirReadings) {
  const auto poll = [&] {
    many_.Poll(kNow, kLimit, {},
               [](std::span<const ApplicationReading>) { throw std::runtime_error("no memory"); });
  };
  EXPECT_THROW(poll(), std::runtime_error);
}

}  // namespace
}  // namespace mon::data_aggregator
