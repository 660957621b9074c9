#include "readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class SplitReadyTest : public ::testing::Test {
 protected:
  Readiness Split(std::int64_t timestamp, std::int64_t now, std::int64_t waits_since) {
    const std::vector<PendingSample> pending{
        {"shop", At(timestamp, 0.9F), TimePoint(std::chrono::seconds(waits_since))}};
    Evaluator evaluator(items_, 10s);
    const std::vector rules{*anomaly_detector::Rule::Parse(RuleOf("item(\"load\") > 4"))};
    return *SplitReady(pending, {}, rules, evaluator, TimePoint(std::chrono::seconds(now)));
  }

  FakeItems items_;
};

TEST_F(SplitReadyTest, WaitsUntilTheHostHasBeenReadBeyondTheWindow) {
  items_.Add("web-1", "load");
  items_.read_until[items_.items[0].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 114).waiting.size(), 1U);
  items_.read_until[items_.items[0].hostid] = 111;
  EXPECT_THAT(Split(100, 115, 114).done, ElementsAre(100));
}

TEST_F(SplitReadyTest, WaitsForTheSlowestHost) {
  items_.Add("web-1", "load");
  items_.Add("web-2", "load");
  items_.read_until = {{items_.items[0].hostid, 200}, {items_.items[1].hostid, 90}};
  EXPECT_EQ(Split(100, 150, 140).waiting.size(), 1U);
}

TEST_F(SplitReadyTest, HostWithoutTheItemIsNotWaitedFor) {
  items_.Add("web-1", "load");
  items_.Add("web-2", "other");
  items_.read_until = {{items_.items[0].hostid, 200}, {items_.items[1].hostid, 90}};
  EXPECT_EQ(Split(100, 150, 140).done.size(), 1U);
}

TEST_F(SplitReadyTest, DecidesAfterNinetySecondsOnWhatIsThere) {
  items_.Add("web-1", "load");
  items_.read_until[items_.items[0].hostid] = 50;
  EXPECT_EQ(Split(100, 289, 200).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 290, 200).done.size(), 1U);
}

TEST_F(SplitReadyTest, OnlyValueOfAHostIsTakenBeforeTheNextOneReplacesIt) {
  const auto load = items_.Add("web-1", "load");
  items_.Put(load, 89, 1);
  EXPECT_EQ(Split(100, 120, 119).waiting.size(), 1U);
  items_.Put(load, 90, 1);
  EXPECT_THAT(Split(100, 101, 100).done, ElementsAre(100));
}

TEST_F(SplitReadyTest, SilentHostDoesNotHoldUpTheOnlyValueOfAnother) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.Put(items_.Add("web-2", "load"), 5, 1);
  EXPECT_EQ(Split(100, 101, 100).done.size(), 1U);
}

TEST_F(SplitReadyTest, HostThatTheAggregatorReadsIsWaitedForBesideOneItDoesNot) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.Add("web-2", "load");
  items_.read_until[items_.items[1].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 114).waiting.size(), 1U);
  items_.read_until[items_.items[1].hostid] = 111;
  EXPECT_EQ(Split(100, 115, 114).done.size(), 1U);
}

TEST_F(SplitReadyTest, ValueThatIsKeptLetsTheWindowPass) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.have_history = true;
  EXPECT_EQ(Split(100, 110, 100).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 111, 100).done.size(), 1U);
}

TEST_F(SplitReadyTest, ItemThatIsNotThereMayStillCome) {
  EXPECT_EQ(Split(100, 189, 105).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 190, 105).done.size(), 1U);
  items_.Put(items_.Add("web-1", "other"), 120, 1);
  EXPECT_EQ(Split(100, 189, 105).waiting.size(), 1U);
}

TEST_F(SplitReadyTest, ItemThatHostsDoNotHaveIsNotWaitedForOnceTheyHaveBeenRead) {
  items_.Add("web-1", "other");
  items_.read_until[items_.items[0].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 105).waiting.size(), 1U);
  items_.read_until[items_.items[0].hostid] = 111;
  EXPECT_EQ(Split(100, 115, 105).done.size(), 1U);
}

}  // namespace
}  // namespace mon::processor
