#include "evidence.h"

#include <gtest/gtest.h>

#include "processor/evidence_text.h"
#include "processor/fakes.h"

namespace mon::processor {
namespace {

TEST(CollectEvidenceTest, ShowsTheNearestValueWithinTheWindow) {
  FakeItems items;
  const auto load = items.Add("web-1", "load");
  items.Put(load, 96, 1);
  items.Put(load, 103, 2);
  const auto joined = CollectEvidence(items, "shop", 100, std::chrono::seconds(10));
  ASSERT_TRUE(joined);
  ASSERT_EQ(joined->size(), 1U);
  EXPECT_EQ(joined->front().clock, 103);
  EXPECT_EQ(joined->front().offset_seconds, 3);
  EXPECT_TRUE(joined->front().within_window);
}

TEST(CollectEvidenceTest, MarksTheLastValueBeforeAsOutside) {
  FakeItems items;
  const auto load = items.Add("web-1", "load");
  items.Put(load, 40, 1);
  items.Put(load, 300, 2);
  const auto joined = CollectEvidence(items, "shop", 100, std::chrono::seconds(10));
  ASSERT_EQ(joined->size(), 1U);
  EXPECT_EQ(joined->front().clock, 40);
  EXPECT_EQ(joined->front().offset_seconds, -60);
  EXPECT_FALSE(joined->front().within_window);
}

TEST(CollectEvidenceTest, LeavesOutItemsWithoutAnyValueAndVanishedOnes) {
  FakeItems items;
  items.Add("web-1", "never");
  const auto gone = items.Add("web-1", "zgone");
  items.Put(gone, 40, 1);
  items.items[1].vanished = true;
  EXPECT_TRUE(CollectEvidence(items, "shop", 100, std::chrono::seconds(10))->empty());
}

ContextConfig WindowOf(const std::string& item, JoinWindow window) {
  ContextConfig context;
  context.application = "*";
  context.items = {item};
  context.window = window;
  return context;
}

TEST(CollectEvidenceTest, WindowOfAnItemFollowsItsCadenceWhereAsked) {
  FakeItems items;
  const auto slow = items.Add("web-1", "slow");
  const auto other = items.Add("web-1", "other");
  for (int minute = 0; minute < 30; ++minute) {
    items.Put(slow, 60 * minute, minute);
    items.Put(other, 60 * minute, minute);
  }
  const auto zone = alerting_system::TimeZone::Load("UTC").value();
  const auto contexts =
      Contexts::Make(std::vector{WindowOf("slow", {.measured = true})}, zone).value();
  const auto joined =
      CollectEvidence(items, "shop", 630, std::chrono::seconds(10), contexts).value();
  ASSERT_EQ(joined.size(), 2U);
  const auto& of_slow = joined[0].key == "slow" ? joined[0] : joined[1];
  const auto& of_other = joined[0].key == "slow" ? joined[1] : joined[0];
  EXPECT_TRUE(of_slow.within_window) << "30 s from the nearest value of one that comes each minute";
  EXPECT_EQ(of_slow.offset_seconds, -30);
  EXPECT_FALSE(of_other.within_window);
}

TEST(CollectEvidenceTest, WindowIsNeverLessThanTheConfiguredOne) {
  FakeItems items;
  const auto load = items.Add("web-1", "load");
  items.Put(load, 92, 1);
  const auto zone = alerting_system::TimeZone::Load("UTC").value();
  const auto contexts =
      Contexts::Make(std::vector{WindowOf("load", {.width = std::chrono::seconds(2)})}, zone)
          .value();
  EXPECT_TRUE(CollectEvidence(items, "shop", 100, std::chrono::seconds(10), contexts)
                  ->front()
                  .within_window);
}

TEST(TellsAsMuchTest, ReplacesWhereNothingIsLost) {
  const anomaly_detector::JoinedValue matched;
  anomaly_detector::JoinedValue outside;
  outside.within_window = false;
  const auto tells = [](std::vector<anomaly_detector::JoinedValue> joined,
                        std::vector<anomaly_detector::JoinedValue> than) {
    return TellsAsMuch(joined, than);
  };
  EXPECT_TRUE(tells({}, {}));
  EXPECT_TRUE(tells({matched}, {outside, outside}));
  EXPECT_TRUE(tells({matched, outside}, {matched}));
  EXPECT_FALSE(tells({outside, outside}, {matched}));
  EXPECT_FALSE(tells({}, {outside}));  // history was deleted since
  EXPECT_FALSE(tells({matched}, {matched, outside}));
}

TEST(EvidenceTextTest, ReadsBackWhatItWrote) {
  Alert alert;
  alert.condition = "error_rate > 0.5";
  alert.deciding = {"error_rate", ">", static_cast<double>(0.62F), 0.5, ""};
  alert.hosts = {"web-1"};
  alert.fired_sample = {12, 100, 250, 0.62F};
  alert.joined = {
      {18446744073709551615ULL, "web-1", "load", "CPU \"load\"", "%", 99, "0.10", -1, true}};

  Alert read;
  ReadEvidence(EvidenceText(alert), read);
  EXPECT_EQ(read.condition, alert.condition);
  EXPECT_EQ(anomaly_detector::ValueText("error_rate", read.deciding.value), "0.62");
  EXPECT_EQ(read.hosts, alert.hosts);
  EXPECT_EQ(read.fired_sample.error_rate, 0.62F);
  ASSERT_EQ(read.joined.size(), 1U);
  EXPECT_EQ(read.joined[0].itemid, 18446744073709551615ULL);
  EXPECT_EQ(read.joined[0].value, "0.10");
  EXPECT_TRUE(read.joined[0].within_window);
}

TEST(EvidenceTextTest, WritesNumbersAsPeopleReadThem) {
  Alert alert;
  alert.deciding = {"error_rate", ">", static_cast<double>(0.62F), 0.5, ""};
  EXPECT_NE(EvidenceText(alert).find("\"value\":0.62}"), std::string::npos) << EvidenceText(alert);
}

TEST(EvidenceTextTest, ForeignTextLeavesTheAlertAsItIs) {
  Alert alert;
  alert.condition = "kept";
  ReadEvidence("no json", alert);
  ReadEvidence("[1,2]", alert);
  EXPECT_EQ(alert.condition, "kept");
}

TEST(EvidenceTextTest, SurvivesBytesThatAreNoUtf8) {
  Alert alert;
  alert.joined = {{1, "web", "k", "\xff\xfe", "", 1, "v", 0, true}};
  Alert read;
  ReadEvidence(EvidenceText(alert), read);
  EXPECT_EQ(read.joined.size(), 1U);
}

}  // namespace
}  // namespace mon::processor
