#include "watch/watch.h"

#include <gtest/gtest.h>

namespace mon::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNow = 1'800'000'000;

class WatchTest : public ::testing::Test {
 protected:
  Step See(State state, std::int64_t at) {
    const Finding finding{state, state == State::kOk ? 0 : kNow - 300,
                          state == State::kOk ? "" : "seen"};
    const auto step = Update(watch_, finding, at, 20s);
    if (step == Step::kBegin) watch_.TellBegin();
    if (step == Step::kEnd) watch_.TellEnd();
    return step;
  }

  Watch watch_;
};

TEST_F(WatchTest, ProblemIsToldOnceAndSoIsItsEnd) {
  EXPECT_EQ(See(State::kOk, kNow), Step::kNone);
  EXPECT_EQ(See(State::kNoData, kNow + 10), Step::kNone);
  EXPECT_EQ(See(State::kNoData, kNow + 30), Step::kBegin);
  EXPECT_EQ(See(State::kNoData, kNow + 40), Step::kNone);
  EXPECT_EQ(See(State::kOk, kNow + 50), Step::kNone);
  EXPECT_EQ(See(State::kOk, kNow + 70), Step::kEnd);
  EXPECT_EQ(See(State::kOk, kNow + 90), Step::kNone);
}

TEST_F(WatchTest, RowTellsTheStateAtOnce) {
  See(State::kStale, kNow);
  EXPECT_EQ(watch_.state, State::kStale);
  EXPECT_EQ(watch_.since, kNow - 300);
  EXPECT_EQ(watch_.seen_at, kNow);
  EXPECT_EQ(watch_.detail, "seen");
  See(State::kOk, kNow + 5);
  EXPECT_EQ(watch_.since, kNow + 5);
  EXPECT_EQ(watch_.detail, "");
}

TEST_F(WatchTest, ServersClockThatJumpsIsNoProblem) {
  EXPECT_EQ(See(State::kNoData, kNow + 3600), Step::kNone);
  EXPECT_EQ(See(State::kOk, kNow + 3610), Step::kNone);
  EXPECT_EQ(See(State::kOk, kNow + 3640), Step::kNone);
}

TEST_F(WatchTest, SourceThatComesAndGoesIsOneProblem) {
  See(State::kNoData, kNow);
  EXPECT_EQ(See(State::kNoData, kNow + 20), Step::kBegin);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(See(State::kOk, kNow + 30 + 20 * i), Step::kNone);
    EXPECT_EQ(See(State::kNoData, kNow + 40 + 20 * i), Step::kNone);
  }
}

TEST_F(WatchTest, AnotherKindOfProblemIsTheSameProblem) {
  See(State::kNoData, kNow);
  EXPECT_EQ(See(State::kError, kNow + 20), Step::kBegin);
  EXPECT_EQ(See(State::kStale, kNow + 60), Step::kNone);
  EXPECT_EQ(watch_.state, State::kStale);
}

TEST(PatienceTest, IsFiveUsualIntervalsAndNotLessThanTheLeast) {
  EXPECT_EQ(Patience(std::nullopt, 120s), 120s);
  EXPECT_EQ(Patience(10s, 120s), 120s);
  EXPECT_EQ(Patience(60s, 120s), 300s);
}

TEST(StateTest, HasANameInTheTable) {
  for (const auto state : {State::kOk, State::kNoData, State::kStale, State::kError}) {
    EXPECT_EQ(StateFrom(ToString(state)), state);
  }
  EXPECT_EQ(ToString(State::kNoData), "NODATA");
}

}  // namespace
}  // namespace mon::watch
