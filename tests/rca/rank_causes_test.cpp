#include "rca/rank_causes.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

namespace mon::rca {
namespace {

using testing::ElementsAre;
using testing::Gt;
using testing::IsEmpty;

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr double kMinute = 60;

/// An incident of the latency of `shop`. Healthy components take 100 ms, give or take 1; the onset
/// lies behind the second of five values, which are a minute apart.
class Incident {
 public:
  /// What a component takes at the five times.
  Incident& Shows(const std::string& component, std::vector<double> values) {
    Series healthy{component, metric, "Average", {}};
    for (int i = 0; i < 60; ++i) {
      healthy.values.push_back(values.front() + std::sin(i));
    }
    Add(healthy, std::move(values));
    return *this;
  }

  Incident& Add(Series healthy, std::vector<double> values) {
    Series seen = healthy;
    seen.values = std::move(values);
    normal.times.resize(healthy.values.size());
    normal.series.push_back(std::move(healthy));
    incident.series.push_back(std::move(seen));
    return *this;
  }

  Incident& Calls(const std::string& caller, const std::string& callee) {
    edges.push_back({caller, callee});
    return *this;
  }

  [[nodiscard]] std::vector<Cause> Rank() const {
    return RankCauses(normal, incident, edges, {"shop", metric, "Average", 1000 + 2 * kMinute});
  }

  [[nodiscard]] std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Cause& cause : Rank()) names.push_back(cause.component);
    return names;
  }

  std::string metric = "latency";
  Table normal;
  Table incident{
      .times = {1000, 1000 + kMinute, 1000 + 2 * kMinute, 1000 + 3 * kMinute, 1000 + 4 * kMinute},
      .series = {}};
  std::vector<Edge> edges;
};

const std::vector<double> kCalm = {100, 101, 99, 100, 101};

TEST(RankCausesTest, WhatMovedMostComesFirst) {
  const auto names = Incident()
                         .Shows("shop", {100, 100, 180, 190, 180})
                         .Shows("stock", kCalm)
                         .Shows("payment", {100, 100, 170, 190, 180})
                         .Calls("shop", "stock")
                         .Calls("shop", "payment")
                         .Names();
  EXPECT_THAT(names, ElementsAre("payment", "stock"));
}

TEST(RankCausesTest, ADeviatingCalleeExplainsItsCaller) {
  const auto causes = Incident()
                          .Shows("shop", {100, 100, 200, 200, 200})
                          .Shows("orders", {100, 100, 195, 195, 195})
                          .Shows("database", {100, 100, 190, 190, 190})
                          .Calls("shop", "orders")
                          .Calls("orders", "database")
                          .Rank();
  ASSERT_EQ(causes.front().component, "database");
  EXPECT_GT(causes[1].deviation, causes[0].deviation) << "though the caller moved more";
}

TEST(RankCausesTest, ACalleeThatMovedLittleExplainsLittle) {
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Shows("orders", {100, 100, 195, 195, 195})
                         .Shows("database", {100, 100, 105, 105, 105})
                         .Calls("shop", "orders")
                         .Calls("orders", "database")
                         .Names();
  EXPECT_THAT(names, ElementsAre("orders", "database"));
}

TEST(RankCausesTest, OfTwoThatCallEachOtherNeitherExplainsTheOther) {
  const auto causes = Incident()
                          .Shows("shop", {100, 100, 200, 200, 200})
                          .Shows("a", {100, 100, 190, 190, 190})
                          .Shows("b", {100, 100, 180, 180, 180})
                          .Calls("shop", "a")
                          .Calls("a", "b")
                          .Calls("b", "a")
                          .Rank();
  EXPECT_EQ(causes[0].component, "a");
  EXPECT_THAT(causes[1].score, Gt(1));
}

TEST(RankCausesTest, AViewOfTheServiceBesideItComesBehindIt) {
  // The load balancer is all that the shop sees of the search, and it sees more of the delay.
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Shows("balancer", {100, 100, 195, 195, 195})
                         .Shows("search", {100, 100, 150, 150, 150})
                         .Shows("index", kCalm)
                         .Calls("shop", "balancer")
                         .Calls("shop", "search")
                         .Calls("search", "index")
                         .Names();
  EXPECT_EQ(names.front(), "search");
}

TEST(RankCausesTest, WhatIsNotCalledComesBehind) {
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Shows("stranger", {100, 100, 500, 500, 500})
                         .Shows("payment", {100, 100, 150, 150, 150})
                         .Calls("shop", "payment")
                         .Calls("stranger", "payment")
                         .Names();
  EXPECT_THAT(names, ElementsAre("payment", "stranger"));
}

TEST(RankCausesTest, WhatWasOddBeforeIsNotTheCause) {
  Series old{"old", "latency", "Average", std::vector<double>(60, 100)};
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Add(old, {300, 300, 300, 299, 300})
                         .Shows("payment", {100, 100, 120, 120, 120})
                         .Calls("shop", "old")
                         .Calls("shop", "payment")
                         .Names();
  EXPECT_THAT(names, ElementsAre("payment", "old"));
}

TEST(RankCausesTest, TheIntervalOfTheOnsetBelongsToTheIncident) {
  // The value at 1060 is the mean until 1120, and the onset is at 1090.
  Incident incident;
  incident.Shows("shop", {100, 150, 200, 200, 200})
      .Shows("payment", {100, 160, 100, 100, 100})
      .Calls("shop", "payment");
  const Symptom symptom{"shop", "latency", "Average", 1090};
  const auto causes = RankCauses(incident.normal, incident.incident, incident.edges, symptom);
  EXPECT_NEAR(causes.front().change, 60, 1.5);
}

TEST(RankCausesTest, LooksDownwardsWhereTheSymptomFell) {
  Incident incident;
  incident.metric = "availability";
  const auto names = incident.Shows("shop", {100, 100, 80, 80, 80})
                         .Shows("fast", {100, 100, 150, 150, 150})
                         .Shows("payment", {100, 100, 90, 90, 90})
                         .Calls("shop", "fast")
                         .Calls("shop", "payment")
                         .Names();
  EXPECT_THAT(names, ElementsAre("payment", "fast"));
}

TEST(RankCausesTest, CountsInUnitsOfTheHealthySpread) {
  Series wild{"wild", "latency", "Average", {}};
  for (int i = 0; i < 60; ++i) wild.values.push_back(100 + 40 * std::sin(i));
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Add(wild, {100, 100, 180, 180, 180})
                         .Shows("payment", {100, 100, 130, 130, 130})
                         .Calls("shop", "wild")
                         .Calls("shop", "payment")
                         .Names();
  EXPECT_THAT(names, ElementsAre("payment", "wild"));
}

TEST(RankCausesTest, OneOutlierAmongTheHealthyValuesHidesNothing) {
  Series payment{"payment", "latency", "Average", std::vector<double>(60, 100)};
  payment.values[30] = 1e6;
  const auto causes = Incident()
                          .Shows("shop", {100, 100, 200, 200, 200})
                          .Add(payment, {100, 100, 300, 300, 300})
                          .Calls("shop", "payment")
                          .Rank();
  EXPECT_THAT(causes.front().score, Gt(0));
}

TEST(RankCausesTest, WhatNeverMovedIsInfinitelyFarOnceItDoes) {
  Series errors{"payment", "latency", "Average", std::vector<double>(60, 0)};
  const auto causes = Incident()
                          .Shows("shop", {100, 100, 200, 200, 200})
                          .Add(errors, {0, 0, 1, 1, 1})
                          .Calls("shop", "payment")
                          .Rank();
  EXPECT_TRUE(std::isfinite(causes.front().score));
  EXPECT_THAT(causes.front().score, Gt(10));
}

TEST(RankCausesTest, LeavesOutWhatCannotBeJudged) {
  Series young{"young", "latency", "Average", std::vector<double>(9, 100)};
  Series silent{"silent", "latency", "Average", std::vector<double>(60, 100)};
  Series other{"other", "requests", "Sum", std::vector<double>(60, 100)};
  const auto names = Incident()
                         .Shows("shop", {100, 100, 200, 200, 200})
                         .Add(silent, {100, 100, kGap, kGap, kGap})
                         .Add(other, {100, 100, 900, 900, 900})
                         .Add(young, {100, 100, 900, 900, 900})
                         .Names();
  EXPECT_THAT(names, IsEmpty());
}

TEST(RankCausesTest, SkipsMissingValues) {
  const auto causes = Incident()
                          .Shows("shop", {100, 100, 200, 200, 200})
                          .Shows("payment", {100, kGap, kGap, 150, kGap})
                          .Calls("shop", "payment")
                          .Rank();
  EXPECT_NEAR(causes.front().change, 50, 1.5);
}

TEST(RankCausesTest, AnEmptyIncidentHasNoCause) {
  EXPECT_THAT(RankCauses({}, {}, {}, {"shop", "latency", "Average", 0}), IsEmpty());
}

}  // namespace
}  // namespace mon::rca
