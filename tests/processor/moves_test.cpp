#include "moves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "incident_chart.h"
#include "outside_view.h"
#include "processor/evidence_text.h"
#include "processor/fakes.h"
#include "processor/report.h"

namespace mon::processor {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kOnset = 1'750'000'000;

/// An incident of errors on the shop, with items that are quiet for an hour.
struct World {
  World() {
    alert.rule = "high-error-rate";
    alert.application = "shop";
    alert.deciding = {"error_rate", ">", 0.97, 0.5, ""};
    alert.started_at = alert.fired_at = kOnset;
  }

  std::uint64_t AddQuiet(const std::string& key) {
    const auto id = items.Add("web-1", key);
    std::normal_distribution<double> noise(1.1, 0.1);
    for (std::int64_t at = kOnset - 4'000; at <= kOnset + 600; at += 10) {
      items.Put(id, at, noise(random));
    }
    return id;
  }

  void Move(std::uint64_t id, std::int64_t from, double value) {
    for (auto& [clock, number] : items.values[id]) {
      if (clock >= from) number = value;
    }
  }

  FakeItems items;
  FakeHistory history;
  Alert alert;
  std::mt19937_64 random{7};
};

TEST(FindMovesTest, NamesTheItemThatMovedAndSaysSo) {
  World world;
  for (int i = 0; i < 30; ++i) world.AddQuiet("quiet." + std::to_string(i));
  const auto load = world.AddQuiet("load");
  world.Move(load, kOnset - 40, 12.4);
  const auto moves = FindMoves(world.items, world.alert, seconds(10)).value();
  EXPECT_EQ(moves.compared, 31U);
  ASSERT_EQ(moves.items.size(), 1U);
  EXPECT_EQ(moves.items[0].itemid, load);
  EXPECT_EQ(moves.items[0].value, 12.4);
  EXPECT_EQ(moves.items[0].first_offset_seconds, -40);
  EXPECT_THAT(moves.items[0].sentence,
              testing::MatchesRegex("name of load on web-1 rose to 12.4 from a usual "
                                    "[0-9.]+–[0-9.]+, 40 s before the errors"));
}

TEST(FindMovesTest, NamesNothingWhereNothingMoved) {
  World world;
  for (int i = 0; i < 30; ++i) world.AddQuiet("quiet." + std::to_string(i));
  const auto moves = FindMoves(world.items, world.alert, seconds(10)).value();
  EXPECT_EQ(moves.compared, 30U);
  EXPECT_THAT(moves.items, IsEmpty());
}

TEST(FindMovesTest, LooksOnlyAtNumbersThatAreStillThere) {
  World world;
  const auto text = world.AddQuiet("text");
  const auto gone = world.AddQuiet("zgone");
  world.items.items[0].value_type = 4;
  world.items.items[1].vanished = true;
  world.Move(text, kOnset - 40, 12);
  world.Move(gone, kOnset - 40, 12);
  EXPECT_EQ(FindMoves(world.items, world.alert, seconds(10)).value(), Moves{});
}

TEST(FindMovesTest, LooksAtWhatCameUpToTheEndOnceThatIsKnown) {
  World world;
  const auto load = world.AddQuiet("load");
  world.Move(load, kOnset + 60, 12.4);
  EXPECT_THAT(FindMoves(world.items, world.alert, seconds(10)).value().items, IsEmpty());
  world.alert.ended_at = kOnset + 300;
  EXPECT_EQ(FindMoves(world.items, world.alert, seconds(10)).value().items.size(), 1U);
}

TEST(FindMovesTest, IsKeptWithTheEvidence) {
  World world;
  const auto load = world.AddQuiet("load");
  world.Move(load, kOnset - 40, 12.4);
  world.alert.moves = FindMoves(world.items, world.alert, seconds(10)).value();
  Alert read;
  ReadEvidence(EvidenceText(world.alert), read);
  EXPECT_EQ(read.moves, world.alert.moves);
  const auto report = ReportOf(read, alerting_system::ReportKind::kProblem, seconds(10), {}, {});
  EXPECT_EQ(report.compared, 1U);
  EXPECT_EQ(report.moved.at(0).itemid, load);
}

TEST(IncidentChartTest, ShowsMetricsWithTheLimitAndBeneathWhatMoved) {
  World world;
  const auto load = world.AddQuiet("load");
  world.Move(load, kOnset - 40, 12.4);
  world.alert.moves = FindMoves(world.items, world.alert, seconds(10)).value();
  for (std::int64_t at = kOnset - 100; at <= kOnset; at += 10) {
    world.history.Store({0, at, 120, at < kOnset ? 0.01F : 0.97F});
  }
  const auto chart = IncidentChart(world.alert, world.history, world.items, kOnset + 5).value();
  ASSERT_EQ(chart.panels.size(), 3U);
  EXPECT_EQ(chart.from, kOnset - 900);
  EXPECT_EQ(chart.to, kOnset + 5);
  EXPECT_EQ(chart.onset, kOnset);
  EXPECT_EQ(chart.panels[0].title, "error_rate");
  EXPECT_EQ(chart.panels[0].limit, 0.5);
  EXPECT_EQ(chart.panels[0].points.size(), 11U);
  EXPECT_EQ(chart.panels[0].points.back().value, 0.97);
  EXPECT_EQ(chart.panels[1].title, "response_time_ms");
  EXPECT_EQ(chart.panels[1].limit, std::nullopt);
  EXPECT_EQ(chart.panels[2].title, "name of load on web-1");
  EXPECT_GT(chart.panels[2].points.size(), 50U);
}

TEST(IncidentChartTest, OfWhatIsOverShowsTheEnd) {
  World world;
  world.alert.ended_at = kOnset + 1'000;
  const auto chart =
      IncidentChart(world.alert, world.history, world.items, kOnset + 90'000).value();
  EXPECT_EQ(chart.from, kOnset - 1'000);
  EXPECT_EQ(chart.to, kOnset + 1'300);
  EXPECT_EQ(chart.ended, kOnset + 1'000);
  EXPECT_THAT(chart.panels, IsEmpty());  // no samples are there any more
}

TEST(IncidentChartTest, OfDaysShowsTheLast) {
  World world;
  world.alert.ended_at = kOnset + 7 * 86'400;
  const auto chart =
      IncidentChart(world.alert, world.history, world.items, *world.alert.ended_at).value();
  EXPECT_EQ(chart.to - chart.from, 86'400);
  EXPECT_EQ(chart.onset, chart.from);
}

TEST(DashboardUrlTest, IsAtTheTimeOfTheAlert) {
  World world;
  world.alert.application = "shop & co";
  EXPECT_EQ(DashboardUrl("https://grafana.example.org/", world.alert, kOnset + 60),
            "https://grafana.example.org/d/monitoring-platform?var-application=shop%20%26%20co"
            "&from=1749998200000&to=1750000660000");
  EXPECT_EQ(DashboardUrl("", world.alert, kOnset), "");
}

TEST(PayloadOfTest, HasWhatWebhooksAskFor) {
  World world;
  world.alert.summary = "Error rate of shop is 0.97";
  world.alert.runbook = "https://wiki.example.org/errors";
  world.alert.moves.items.resize(1);
  world.alert.moves.items[0].sentence = "load rose";
  const auto payload = PayloadOf(world.alert, {{"rule", "r"}}, "https://g/d/x");
  EXPECT_TRUE(payload.firing);
  EXPECT_THAT(payload.annotations,
              ElementsAre(std::pair("cause", "load rose"),
                          std::pair("runbook_url", "https://wiki.example.org/errors"),
                          std::pair("summary", "Error rate of shop is 0.97")));
  EXPECT_EQ(payload.starts_at, kOnset);
  EXPECT_EQ(payload.ends_at, 0);
  EXPECT_EQ(payload.generator_url, "https://g/d/x");
}

}  // namespace
}  // namespace mon::processor
