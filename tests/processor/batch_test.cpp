#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/fakes.h"
#include "readiness.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(MakeBatchTest, HighestIdOfASecondCounts) {
  auto low = At(10, 0.1F);
  low.id = 7;
  auto high = At(10, 0.9F);
  high.id = 8;
  EXPECT_THAT(MakeBatch(std::vector{high, low}).at("shop"), ElementsAre(high));
}

TEST(MakeBatchTest, SortsByTime) {
  EXPECT_THAT(MakeBatch(std::vector{At(30, 0), At(10, 0), At(20, 0)}).at("shop"),
              ElementsAre(At(10, 0), At(20, 0), At(30, 0)));
}

Batch BatchOf(std::initializer_list<std::pair<const char*, std::size_t>> sizes) {
  Batch batch;
  for (const auto& [application, size] : sizes) batch[application].resize(size);
  return batch;
}

std::vector<std::size_t> SizesOf(const std::vector<Batch>& portions) {
  std::vector<std::size_t> sizes;
  for (const auto& portion : portions) sizes.push_back(portion.size());
  return sizes;
}

TEST(InPortionsTest, SamplesOfTheSpanBeforeCount) {
  const auto batch = BatchOf({{"a", 10}, {"b", 10}, {"c", 10}});
  EXPECT_THAT(SizesOf(InPortions(batch, 0s, 10s, 20)), ElementsAre(2, 1));
  EXPECT_THAT(SizesOf(InPortions(batch, 100s, 10s, 20)), ElementsAre(1, 1, 1));
  EXPECT_THAT(SizesOf(InPortions(batch, 100s, 10s, 1'000)), ElementsAre(3));
}

TEST(InPortionsTest, AnApplicationIsNeverSplit) {
  EXPECT_THAT(SizesOf(InPortions(BatchOf({{"a", 100}, {"b", 1}}), 0s, 10s, 20)), ElementsAre(1, 1));
}

TEST(InPortionsTest, OfNothingThereAreNone) {
  EXPECT_THAT(InPortions({}, 0s, 10s, 20), ::testing::IsEmpty());
}

class SplitReadyTest : public ::testing::Test {
 protected:
  Readiness Split(std::int64_t timestamp, std::int64_t now, std::int64_t waits_since) {
    const std::vector<PendingSample> pending{
        {At(timestamp, 0.9F), TimePoint(std::chrono::seconds(waits_since))}};
    Evaluator evaluator(items_, 10s);
    const std::vector rules{*anomaly_detector::Rule::Parse(RuleOf("item(\"load\") > 4"))};
    return *SplitReady(pending, rules, evaluator, TimePoint(std::chrono::seconds(now)));
  }

  FakeItems items_;
};

TEST_F(SplitReadyTest, WaitsUntilTheHostHasBeenReadBeyondTheWindow) {
  items_.Add("web-1", "load");
  items_.read_until[items_.items[0].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 114).waiting.size(), 1U);
  items_.read_until[items_.items[0].hostid] = 111;
  EXPECT_THAT(Split(100, 115, 114).ready_ids, ElementsAre(100));
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
  EXPECT_EQ(Split(100, 150, 140).ready_ids.size(), 1U);
}

TEST_F(SplitReadyTest, DecidesAfterNinetySecondsOnWhatIsThere) {
  items_.Add("web-1", "load");
  items_.read_until[items_.items[0].hostid] = 50;
  EXPECT_EQ(Split(100, 289, 200).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 290, 200).ready_ids.size(), 1U);
}

TEST_F(SplitReadyTest, OnlyValueOfAHostIsTakenBeforeTheNextOneReplacesIt) {
  const auto load = items_.Add("web-1", "load");
  items_.Put(load, 89, 1);
  EXPECT_EQ(Split(100, 120, 119).waiting.size(), 1U);
  items_.Put(load, 90, 1);
  EXPECT_THAT(Split(100, 101, 100).ready_ids, ElementsAre(100));
}

TEST_F(SplitReadyTest, SilentHostDoesNotHoldUpTheOnlyValueOfAnother) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.Put(items_.Add("web-2", "load"), 5, 1);
  EXPECT_EQ(Split(100, 101, 100).ready_ids.size(), 1U);
}

TEST_F(SplitReadyTest, HostThatTheAggregatorReadsIsWaitedForBesideOneItDoesNot) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.Add("web-2", "load");
  items_.read_until[items_.items[1].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 114).waiting.size(), 1U);
  items_.read_until[items_.items[1].hostid] = 111;
  EXPECT_EQ(Split(100, 115, 114).ready_ids.size(), 1U);
}

TEST_F(SplitReadyTest, ValueThatIsKeptLetsTheWindowPass) {
  items_.Put(items_.Add("web-1", "load"), 95, 1);
  items_.have_history = true;
  EXPECT_EQ(Split(100, 110, 100).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 111, 100).ready_ids.size(), 1U);
}

TEST_F(SplitReadyTest, ItemThatIsNotThereMayStillCome) {
  EXPECT_EQ(Split(100, 189, 105).waiting.size(), 1U);
  EXPECT_EQ(Split(100, 190, 105).ready_ids.size(), 1U);
  items_.Put(items_.Add("web-1", "other"), 120, 1);
  EXPECT_EQ(Split(100, 189, 105).waiting.size(), 1U);
}

TEST_F(SplitReadyTest, ItemThatHostsDoNotHaveIsNotWaitedForOnceTheyHaveBeenRead) {
  items_.Add("web-1", "other");
  items_.read_until[items_.items[0].hostid] = 110;
  EXPECT_EQ(Split(100, 115, 105).waiting.size(), 1U);
  items_.read_until[items_.items[0].hostid] = 111;
  EXPECT_EQ(Split(100, 115, 105).ready_ids.size(), 1U);
}

}  // namespace
}  // namespace mon::processor
