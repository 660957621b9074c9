#include "source_state.h"

#include <gtest/gtest.h>

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using watch::State;

constexpr std::int64_t kNow = 1'800'000'000;

SourceRow Well() {
  SourceRow source;
  source.name = "application:shop";
  source.silent_for = 3s;
  source.same_for = 3s;
  source.usual_interval = 10s;
  source.usual_step = 10s;
  return source;
}

TEST(SourceStateTest, FreshSampleIsOk) { EXPECT_EQ(StateOf(Well(), kNow, 2min).state, State::kOk); }

TEST(SourceStateTest, ShortTroubleIsOk) {
  auto source = Well();
  source.failing_for = 119s;
  source.error_class = "unavailable";
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kOk);
}

TEST(SourceStateTest, UnreachableIsNoData) {
  auto source = Well();
  source.failing_for = 150s;
  source.error = "connection refused";
  for (const auto* error_class : {"timeout", "unavailable"}) {
    source.error_class = error_class;
    const auto finding = StateOf(source, kNow, 2min);
    EXPECT_EQ(finding.state, State::kNoData);
    EXPECT_EQ(finding.since, kNow - 150);
    EXPECT_EQ(finding.detail, "connection refused");
  }
}

TEST(SourceStateTest, UnusableAnswerIsAnError) {
  auto source = Well();
  source.failing_for = 150s;
  for (const auto* error_class : {"bad reply", "invalid data", "rejected", "configuration"}) {
    source.error_class = error_class;
    EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kError) << error_class;
  }
}

TEST(SourceStateTest, SameSampleAgainAndAgainIsStale) {
  auto source = Well();
  source.same_for = 121s;
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kStale);
}

TEST(SourceStateTest, SlowSampleIsMeasuredByItsOwnStep) {
  auto source = Well();
  source.usual_step = 1h;
  source.same_for = 4h;
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kOk);
  source.same_for = 6h;
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kStale);
}

TEST(SourceStateTest, SourceThatHasNoSamplesIsNotStale) {
  auto source = Well();
  source.same_for.reset();
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kOk);
}

TEST(SourceStateTest, SourceThatNobodyAsksIsNoData) {
  auto source = Well();
  source.silent_for = 10min;
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kNoData);
}

TEST(SourceStateTest, RareReportsAreMeasuredByTheirOwnInterval) {
  auto source = Well();
  source.usual_interval = 10min;
  source.silent_for = 45min;
  source.same_for = 45min;
  EXPECT_EQ(StateOf(source, kNow, 2min).state, State::kOk);
}

TEST(SourceStateTest, OnlyConfiguredSourcesCount) {
  Config config;
  config.applications.resize(1);
  config.applications[0].name = "shop";
  EXPECT_EQ(SourcesOf(config), std::set<std::string>{"application:shop"});
  config.zabbix.url = "http://zabbix/api_jsonrpc.php";
  EXPECT_TRUE(SourcesOf(config).contains("zabbix"));
}

}  // namespace
}  // namespace mon::processor
