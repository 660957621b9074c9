#include "callees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "alerting_system/compose.h"
#include "call_graph.h"
#include "incident_chart.h"
#include "moves.h"
#include "processor/evidence_text.h"
#include "processor/fakes.h"
#include "processor/report.h"

// What an application calls explains what is seen at it.

namespace mon::processor {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::StartsWith;

constexpr std::int64_t kOnset = 1'750'000'000;

CallGraph GraphOf(const std::vector<std::pair<std::string, std::vector<std::string>>>& calls) {
  std::vector<ApplicationConfig> applications;
  for (const auto& [name, callees] : calls) {
    applications.emplace_back().name = name;
    applications.back().depends_on = callees;
  }
  return CallGraph(applications);
}

TEST(CallGraphTest, GivesWhatCallsLeadToTheNearestFirst) {
  const auto graph = GraphOf({{"shop", {"auth", "cart"}}, {"auth", {"db"}}, {"cart", {"db"}}});
  EXPECT_THAT(graph.CalleesOf("shop", 9),
              ElementsAre(Callee{"auth", "shop"}, Callee{"cart", "shop"}, Callee{"db", "auth"}));
  EXPECT_THAT(graph.CalleesOf("shop", 1), ElementsAre(Callee{"auth", "shop"}));
  EXPECT_THAT(graph.CalleesOf("db", 9), IsEmpty());
  EXPECT_TRUE(graph.StandsOn("shop", "db"));
  EXPECT_FALSE(graph.StandsOn("db", "shop"));
}

TEST(CallGraphTest, TakesCirclesInStride) {
  const auto graph = GraphOf({{"a", {"b"}}, {"b", {"a", "c"}}, {"c", {"b"}}});
  EXPECT_THAT(graph.CalleesOf("a", 9), ElementsAre(Callee{"b", "a"}, Callee{"c", "b"}));
  EXPECT_FALSE(graph.StandsOn("a", "b"))
      << "of two that call each other neither explains the other";
}

/// Errors at the shop, which calls auth, which calls the db; all three were well for an hour.
struct World {
  World() {
    alert.rule = "high-error-rate";
    alert.application = "shop";
    alert.deciding = {"error_rate", ">", 0.97, 0.5, ""};
    alert.started_at = alert.fired_at = kOnset;
    history.page = 1000;
    for (const char* name : {"auth", "db"}) Move(name, kOnset - 4'000, 0.01F, 100);
  }

  /// From then on it answers so, more or less.
  void Move(const std::string& application, std::int64_t from, float errors, int time_ms) {
    std::normal_distribution<double> noise(1, 0.1);
    for (std::int64_t at = from; at <= kOnset + 600; at += 10) {
      history.Store({0, at, static_cast<std::int64_t>(time_ms * noise(random)),
                     static_cast<float>(errors * noise(random))},
                    application);
    }
  }

  [[nodiscard]] Alert AlertOf(const std::string& application, std::int64_t started_at) const {
    Alert one;
    one.id = 7;
    one.rule = "slow";
    one.application = application;
    one.summary = "Answers of " + application + " take 900 ms";
    one.started_at = started_at;
    return one;
  }

  std::vector<MovedItem> Find(const std::vector<Alert>& alerts = {}) {
    return FindCallees(graph.CalleesOf("shop", kMostCallees), alerts, history, alert, seconds(10))
        .value();
  }

  Moves Ranked(std::vector<MovedItem> items, const std::vector<Alert>& alerts = {}) {
    Moves moves{std::move(items), 10, 2};
    for (auto& callee : Find(alerts)) moves.items.push_back(std::move(callee));
    OrderByCause(moves, graph, "shop");
    return moves;
  }

  FakeHistory history;
  Alert alert;
  CallGraph graph = GraphOf({{"shop", {"auth"}}, {"auth", {"db"}}});
  std::mt19937_64 random{7};
};

MovedItem ItemMoved(std::int64_t offset, double p_value) {
  MovedItem item;
  item.itemid = 23301;
  item.sentence = "load rose";
  item.first_offset_seconds = offset;
  item.p_value = p_value;
  return item;
}

TEST(FindCalleesTest, NamesNothingWhereAllAreWell) {
  World world;
  EXPECT_THAT(world.Find(), IsEmpty());
}

TEST(FindCalleesTest, NamesWhoIsOutOfOrderAndSaysHow) {
  World world;
  world.Move("auth", kOnset - 30, 0.4F, 100);
  const auto found = world.Find();
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].application, "auth");
  EXPECT_EQ(found[0].key, "error_rate");
  EXPECT_EQ(found[0].first_offset_seconds, -30);
  EXPECT_THAT(found[0].sentence,
              MatchesRegex("error_rate of auth, which shop calls, rose to 0.[0-9]+ from a usual "
                           "0.0[0-9]+–0.0[0-9]+, 30 s before the errors"));
}

TEST(FindCalleesTest, NamesWhoNeverHadAnErrorBefore) {
  World world;
  world.Move("auth", kOnset - 4'000, 0, 100);
  world.Move("auth", kOnset - 30, 0.3F, 100);
  EXPECT_THAT(
      world.Find().at(0).sentence,
      MatchesRegex("error_rate of auth, which shop calls, rose to 0.[34][0-9]* from a usual "
                   "0, 30 s before the errors"));
}

TEST(FindCalleesTest, FindsWhoIsCalledThroughAnother) {
  World world;
  world.Move("db", kOnset - 40, 0.01F, 2'000);
  EXPECT_THAT(world.Find().at(0).sentence,
              StartsWith("response_time_ms of db, which auth calls, rose to 2"));
}

TEST(FindCalleesTest, WhoAnswersSoonerIsNobodysTrouble) {
  World world;
  world.Move("auth", kOnset - 40, 0.01F, 5);
  EXPECT_THAT(world.Find(), IsEmpty());
}

TEST(FindCalleesTest, NamesWhoHasAnAlertThoughNothingOfItIsStored) {
  World world;
  auto found = world.Find({world.AlertOf("auth", kOnset - 40)});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].sentence,
            "auth, which shop calls, is in alert: Answers of auth take 900 ms, since 40 s before "
            "the errors");
  world.Move("auth", kOnset - 30, 0.4F, 100);
  found = world.Find({world.AlertOf("auth", kOnset - 40)});
  ASSERT_THAT(found, SizeIs(1)) << "one entry for each";
  EXPECT_THAT(found[0].sentence, AllOf(StartsWith("error_rate of auth"),
                                       EndsWith("; it is in alert: Answers of auth take 900 ms")));
  EXPECT_EQ(found[0].first_offset_seconds, -40);
}

TEST(OrderByCauseTest, CalleeThatMovedTogetherComesBeforeTheItemsOfItsCaller) {
  World world;
  world.Move("auth", kOnset - 30, 0.4F, 100);
  const double same = world.Find().at(0).p_value;
  const auto moves = world.Ranked({ItemMoved(-30, same)});
  EXPECT_EQ(moves.items.at(0).application, "auth");
}

TEST(OrderByCauseTest, ItemThatMovedMinutesBeforeComesFirst) {
  World world;
  world.Move("auth", kOnset - 10, 0.4F, 100);
  const auto moves = world.Ranked({ItemMoved(-110, 1e-8)});
  EXPECT_EQ(moves.items.at(0).itemid, 23301U);
  EXPECT_EQ(moves.items.at(1).application, "auth");
}

TEST(OrderByCauseTest, TheDeepestOfAChainComesFirst) {
  World world;
  world.Move("auth", kOnset - 40, 0.4F, 100);
  world.Move("db", kOnset - 30, 0.4F, 100);
  const auto moves = world.Ranked({});
  ASSERT_THAT(moves.items, SizeIs(2));
  EXPECT_EQ(moves.items[0].application, "db");
}

TEST(OrderByCauseTest, AlertOfLongAgoDidNotBeginThis) {
  World world;
  world.Move("db", kOnset - 40, 0.4F, 100);
  const auto moves = world.Ranked({}, {world.AlertOf("auth", kOnset - 86'400)});
  ASSERT_THAT(moves.items, SizeIs(2)) << "but it lasts, and is named";
  EXPECT_EQ(moves.items[0].application, "db");
}

TEST(CalleesTest, AreKeptWithTheEvidenceAndMailed) {
  World world;
  world.Move("auth", kOnset - 30, 0.4F, 100);
  world.alert.moves = world.Ranked({ItemMoved(-10, 1e-5)});
  Alert read;
  ReadEvidence(EvidenceText(world.alert), read);
  EXPECT_EQ(read.moves, world.alert.moves);
  const auto zone = alerting_system::TimeZone::Load("UTC").value();
  const auto mail = alerting_system::Compose(
      ReportOf(read, alerting_system::ReportKind::kProblem, seconds(10), {}, {}), zone);
  EXPECT_THAT(mail.body_text,
              HasSubstr("\nProbable causes, of 10 items of its hosts and 2 applications that it "
                        "calls\n  error_rate of auth, which shop calls, rose to"));
  EXPECT_THAT(mail.body_text, HasSubstr(", application auth\n  load rose\n"));
}

TEST(CalleesTest, AreInThePicture) {
  World world;
  world.Move("auth", kOnset - 30, 0.4F, 100);
  world.Move("shop", kOnset - 900, 0.97F, 100);
  world.alert.moves = world.Ranked({});
  FakeItems items;
  const auto chart = IncidentChart(world.alert, world.history, items, kOnset + 5).value();
  ASSERT_THAT(chart.panels, SizeIs(3));
  EXPECT_EQ(chart.panels[2].title, "error_rate of auth");
  EXPECT_GT(chart.panels[2].points.size(), 50U);
}

}  // namespace
}  // namespace mon::processor
