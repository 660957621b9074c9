#include "breaker.h"

#include <gtest/gtest.h>

#include <set>

#include "retries.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class BreakerTest : public testing::Test {
 protected:
  void Fail(int times) {
    for (int i = 0; i < times; ++i) breaker_.Failed(now_, pauses_, random_);
  }

  Breaker breaker_;
  Breaker::TimePoint now_{seconds(1'000'000)};
  Breaker::Pauses pauses_{.first = seconds(10), .longest = seconds(60)};
  std::mt19937_64 random_{1};
};

TEST_F(BreakerTest, StaysClosedForAFewFailures) {
  Fail(Breaker::kFailuresToOpen - 1);
  EXPECT_EQ(breaker_.State(now_), "closed");
  EXPECT_TRUE(breaker_.MayAsk(now_));
}

TEST_F(BreakerTest, OpensForAPauseAndLetsOneAttemptThrough) {
  Fail(Breaker::kFailuresToOpen);
  EXPECT_EQ(breaker_.State(now_), "open");
  EXPECT_FALSE(breaker_.MayAsk(now_ + milliseconds(4'999)));
  EXPECT_TRUE(breaker_.MayAsk(now_ + seconds(10)));
  EXPECT_EQ(breaker_.State(now_ + seconds(10)), "half-open");
}

TEST_F(BreakerTest, FailedProbeDoublesThePauseUpToTheLongest) {
  Fail(Breaker::kFailuresToOpen + 1);
  EXPECT_FALSE(breaker_.MayAsk(now_ + milliseconds(9'999)));
  EXPECT_TRUE(breaker_.MayAsk(now_ + seconds(20)));
  Fail(1000);
  EXPECT_FALSE(breaker_.MayAsk(now_ + milliseconds(29'999)));
  EXPECT_TRUE(breaker_.MayAsk(now_ + seconds(60)));
}

TEST_F(BreakerTest, OneSuccessClosesIt) {
  Fail(100);
  breaker_.Succeeded();
  EXPECT_EQ(breaker_.State(now_), "closed");
  EXPECT_TRUE(breaker_.MayAsk(now_));
  Fail(1);
  EXPECT_TRUE(breaker_.MayAsk(now_));
}

TEST_F(BreakerTest, PausesOfManySourcesDiffer) {
  std::set<Breaker::TimePoint> attempts;
  for (int i = 0; i < 20; ++i) {
    breaker_ = {};
    Fail(Breaker::kFailuresToOpen);
    attempts.insert(breaker_.NextAttempt());
  }
  EXPECT_GT(attempts.size(), 15U);
}

TEST(RetriesTest, BudgetIsATenthOfTheSourcesAndNotSavedUp) {
  RetryBudget budget;
  const auto drain = [&] {
    int tokens = 0;
    while (budget.Take()) ++tokens;
    return tokens;
  };
  budget.Refill(1000);
  budget.Refill(1000);
  EXPECT_EQ(drain(), 100);
  budget.Refill(1);
  EXPECT_EQ(drain(), 5);
}

TEST(RetriesTest, DelaysAreBoundedAndEnd) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_LE(RetryDelay(0, random), milliseconds(200));
    EXPECT_LE(RetryDelay(1, random), milliseconds(800));
  }
  EXPECT_FALSE(RetryDelay(2, random));
}

TEST(RetriesTest, OnlyWhatFailedAtOnceIsWorthOne) {
  const auto with_status = [](int status) {
    http::Response response;
    response.status = status;
    return Result<http::Response>(response);
  };
  EXPECT_TRUE(WorthARetry(Fail(ErrorCode::kUnavailable, "refused")));
  EXPECT_TRUE(WorthARetry(with_status(503)));
  EXPECT_FALSE(WorthARetry(Fail(ErrorCode::kTimeout, "no answer within 5 s")));
  EXPECT_FALSE(WorthARetry(Fail(ErrorCode::kRejected, "certificate")));
  EXPECT_FALSE(WorthARetry(with_status(500)));
  EXPECT_FALSE(WorthARetry(with_status(200)));
}

}  // namespace
}  // namespace mon::data_aggregator
