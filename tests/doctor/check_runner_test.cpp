#include "check_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>

namespace mon::data_aggregator::doctor {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::HasSubstr;

Check Named(const std::string& name, std::function<Outcome(std::stop_token)> run) {
  return {Group::kMysql, name, std::move(run), milliseconds(20'000)};
}

Outcome Well(const std::string& subject) {
  Outcome outcome;
  outcome.Ok(subject, "well");
  return outcome;
}

/// Waits until it is told to stop.
Outcome Hang(const std::stop_token& stop) {
  std::latch told(1);
  const std::stop_callback tell(stop, [&] { told.count_down(); });
  told.wait();
  return Well("told to stop");
}

CheckResults RunAll(const std::vector<Check>& checks, const std::stop_token& stop = {}) {
  return RunChecks(checks, stop, [](std::span<const std::string>) {});
}

TEST(RunChecksTest, RunsAllAtTheSameTimeAndKeepsTheirOrder) {
  std::latch both(2);
  const auto meet = [&](const std::string& name) {
    return Named(name, [&both, name](const std::stop_token&) {
      both.arrive_and_wait();
      return Well(name);
    });
  };
  const CheckResults results = RunAll({meet("a"), meet("b")});
  EXPECT_FALSE(results.abandoned);
  EXPECT_EQ(results.outcomes[0].findings[0].subject, "a");
  EXPECT_EQ(results.outcomes[1].findings[0].subject, "b");
}

TEST(RunChecksTest, TellsOneThatIsOverItsLimitToStop) {
  Check slow = Named("slow", Hang);
  slow.limit = milliseconds(10);
  const CheckResults results = RunAll({slow});
  EXPECT_FALSE(results.abandoned);
  EXPECT_EQ(results.outcomes[0].findings[0].subject, "told to stop");
}

TEST(RunChecksTest, LeavesOneBehindThatDoesNotStop) {
  const auto end = std::make_shared<std::latch>(1);
  Check stuck = Named("stuck", [end](const std::stop_token&) {
    end->wait();
    return Outcome();
  });
  stuck.limit = milliseconds(10);
  const CheckResults results =
      RunAll({stuck, Named("quick", [](const std::stop_token&) { return Well("quick"); })});
  EXPECT_TRUE(results.abandoned);
  EXPECT_EQ(results.outcomes[0].findings[0].status, Status::kFailed);
  EXPECT_EQ(results.outcomes[0].findings[0].text, "no answer within 10ms");
  EXPECT_EQ(results.outcomes[1].findings[0].subject, "quick");
  end->count_down();
}

TEST(RunChecksTest, EndsWhenItIsToldTo) {
  std::stop_source stop;
  std::latch begun(1);
  std::jthread teller([&] {
    begun.wait();
    stop.request_stop();
  });
  const CheckResults results = RunAll({Named("slow",
                                             [&](const std::stop_token& told) {
                                               begun.count_down();
                                               return Hang(told);
                                             })},
                                      stop.get_token());
  EXPECT_FALSE(results.abandoned);
}

TEST(RunChecksTest, AnExceptionIsAFinding) {
  const CheckResults results = RunAll(
      {Named("broken", [](const std::stop_token&) -> Outcome { throw std::runtime_error("x"); })});
  EXPECT_EQ(results.outcomes[0].findings[0].text, "internal error: x");
}

TEST(RunChecksTest, SaysWhomItWaitsFor) {
  std::latch told(1);
  std::vector<std::string> names;
  const auto wait = Named("slow", [&](const std::stop_token&) {
    told.wait();
    return Outcome();
  });
  (void)RunChecks({wait}, {}, [&](std::span<const std::string> waiting) {
    if (names.empty()) told.count_down();
    names.assign(waiting.begin(), waiting.end());
  });
  EXPECT_THAT(names, Contains("slow"));
}

}  // namespace
}  // namespace mon::data_aggregator::doctor
