#include "dispatch/priority.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mon::dispatch {
namespace {

using namespace std::chrono_literals;

PriorityInput Alert(Severity severity = Severity::kCritical) {
  PriorityInput input;
  input.severity = severity;
  return input;
}

int Score(const PriorityInput& input) { return PriorityOf(input).score; }

TEST(PriorityTest, TheSeverityAloneIsTheBase) {
  EXPECT_EQ(Score(Alert(Severity::kInfo)), 10);
  EXPECT_EQ(Score(Alert(Severity::kWarning)), 30);
  EXPECT_EQ(Score(Alert(Severity::kCritical)), 50);
}

TEST(PriorityTest, TellsItsPartsInWords) {
  PriorityInput input = Alert();
  input.value = 2;
  input.limit = 0.5;
  input.hosts = 2;
  input.silenced = 2;
  const Priority priority = PriorityOf(input);
  EXPECT_EQ(priority.Text(), "critical 50, far above the limit 15, 2 hosts 5, often silenced −10");
  EXPECT_EQ(priority.score, 60);
}

TEST(PriorityTest, ADeviationCountsInPartsOfTheLimitOnEitherSide) {
  PriorityInput input = Alert();
  input.limit = 10;
  input.value = 20;
  EXPECT_EQ(PriorityOf(input).Text(), "critical 50, above the limit 10");
  input.value = 0;
  EXPECT_EQ(PriorityOf(input).Text(), "critical 50, below the limit 10");
  input.value = 11;
  EXPECT_EQ(PriorityOf(input).Text(), "critical 50, just above the limit 2");
  input.value = 10;
  EXPECT_EQ(PriorityOf(input).Text(), "critical 50");
}

TEST(PriorityTest, OddNumbersHarmNothing) {
  PriorityInput input = Alert();
  input.limit = 0;
  input.value = 0;
  EXPECT_EQ(Score(input), 50);
  input.value = 0.001;
  EXPECT_EQ(Score(input), 70);
  input.value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Score(input), 50);
  input.value = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Score(input), 70);
}

TEST(PriorityTest, StaysBetweenNothingAndAHundred) {
  PriorityInput most = Alert();
  most.value = 1e9;
  most.limit = 1;
  most.duration = 24h * 365;
  most.hosts = 1'000'000;
  most.acknowledged = 1'000'000;
  EXPECT_EQ(Score(most), 100);
  PriorityInput least = Alert(Severity::kInfo);
  least.incidents = 1'000'000;
  least.silenced = 1'000'000;
  EXPECT_EQ(Score(least), 0);
}

/// `change` makes the input larger step by step; the score never turns back.
template <typename F>
void ExpectMonotone(int direction, F change) {
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kCritical}) {
    PriorityInput input = Alert(severity);
    int last = Score(input);
    const int first = last;
    for (int step = 1; step <= 200; ++step) {
      change(input, step);
      const int now = Score(input);
      EXPECT_GE((now - last) * direction, 0) << "at step " << step;
      last = now;
    }
    EXPECT_NE(last, first);
  }
}

TEST(PriorityTest, EachInputMovesItInOneDirection) {
  ExpectMonotone(+1, [](PriorityInput& input, int step) {
    input.limit = 1;
    input.value = 1 + 0.1 * step;
  });
  ExpectMonotone(+1, [](PriorityInput& input, int step) { input.duration = 1min * step; });
  ExpectMonotone(
      +1, [](PriorityInput& input, int step) { input.hosts = static_cast<std::size_t>(step); });
  ExpectMonotone(+1, [](PriorityInput& input, int step) {
    input.acknowledged = static_cast<std::size_t>(step);
  });
  ExpectMonotone(
      -1, [](PriorityInput& input, int step) { input.incidents = static_cast<std::size_t>(step); });
  ExpectMonotone(
      -1, [](PriorityInput& input, int step) { input.silenced = static_cast<std::size_t>(step); });
  EXPECT_LT(Score(Alert(Severity::kInfo)), Score(Alert(Severity::kWarning)));
  EXPECT_LT(Score(Alert(Severity::kWarning)), Score(Alert(Severity::kCritical)));
}

TEST(PriorityTest, AWarningThatIsFarOffLongAndWideOutranksABareCritical) {
  PriorityInput warning = Alert(Severity::kWarning);
  warning.value = 10;
  warning.limit = 1;
  warning.duration = 2h;
  warning.hosts = 4;
  EXPECT_GT(Score(warning), Score(Alert(Severity::kCritical)));
}

TEST(PriorityTest, TheHeaderSaysItInFiveSteps) {
  EXPECT_EQ(XPriority(100), 1);
  EXPECT_EQ(XPriority(50), 1);
  EXPECT_EQ(XPriority(49), 2);
  EXPECT_EQ(XPriority(35), 2);
  EXPECT_EQ(XPriority(34), 3);
  EXPECT_EQ(XPriority(20), 3);
  EXPECT_EQ(XPriority(19), 4);
  EXPECT_EQ(XPriority(10), 4);
  EXPECT_EQ(XPriority(9), 5);
  EXPECT_EQ(XPriority(0), 5);
}

}  // namespace
}  // namespace mon::dispatch
