#include "contexts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluator.h"
#include "evidence.h"
#include "moves.h"
#include "outside_view.h"
#include "processor/evidence_text.h"
#include "processor/fakes.h"

// [[context]]: what items are to an application.

namespace mon::processor {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

alerting_system::TimeZone Utc() { return alerting_system::TimeZone::Load("UTC").value(); }

/// Of every application and every item, as a cause.
ContextConfig Cause() {
  ContextConfig context;
  context.application = "*";
  context.role = ContextRole::kCause;
  return context;
}

RelatedItem Item(const std::string& host, const std::string& key, const std::string& tags = "") {
  RelatedItem item;
  item.hostid = 10105;
  item.host = host;
  item.key = key;
  item.tags = tags;
  return item;
}

/// A Wednesday, 12:00 UTC.
constexpr std::int64_t kNoon = 1'750'248'000;

std::optional<ContextRole> RoleOf(const std::vector<ContextConfig>& tables, const RelatedItem& item,
                                  std::int64_t time = kNoon,
                                  const std::string& application = "shop") {
  return Contexts::Make(tables, Utc()).value().RoleOf(application, item, time);
}

TEST(ContextsTest, EachListThatIsThereMustFit) {
  auto context = Cause();
  const auto item = Item("db-1", "mysql.qps", "role=db\nteam=shop");
  EXPECT_EQ(RoleOf({context}, item), ContextRole::kCause);
  context.hosts = {"web-*", "db-?"};
  context.items = {"mysql.*"};
  context.tags = {"role=db"};
  EXPECT_EQ(RoleOf({context}, item), ContextRole::kCause);
  EXPECT_EQ(RoleOf({context}, Item("db-1", "system.cpu.load", "role=db")), std::nullopt);
  EXPECT_EQ(RoleOf({context}, Item("cache-1", "mysql.qps", "role=db")), std::nullopt);
  EXPECT_EQ(RoleOf({context}, Item("db-1", "mysql.qps", "role=web")), std::nullopt);
  context.hosts = {"10105"};
  EXPECT_EQ(RoleOf({context}, item), ContextRole::kCause) << "by its id";
  context.application = "bank*";
  EXPECT_EQ(RoleOf({context}, item), std::nullopt);
  EXPECT_EQ(RoleOf({context}, item, kNoon, "bank-2"), ContextRole::kCause);
}

TEST(ContextsTest, TheFirstThatFitsAtThatTimeDecides) {
  auto by_night = Cause();
  by_night.active = "daily 22:00-06:00";
  auto else_not = Cause();
  else_not.role = ContextRole::kUnrelated;
  const auto item = Item("batch-1", "load");
  EXPECT_EQ(RoleOf({by_night, else_not}, item, kNoon), ContextRole::kUnrelated);
  EXPECT_EQ(RoleOf({by_night, else_not}, item, kNoon + 12 * 3600), ContextRole::kCause);
}

TEST(ContextsTest, TableWithoutARoleLeavesItToTheNext) {
  auto window = Cause();
  window.role.reset();
  window.window = JoinWindow{.width = seconds(30)};
  const auto item = Item("db-1", "load");
  EXPECT_EQ(RoleOf({window, Cause()}, item), ContextRole::kCause);
  EXPECT_EQ(JoinWindowOf(std::vector{Cause(), window}, "shop", item),
            JoinWindow{.width = seconds(30)});
}

TEST(ContextsTest, TimesThatAreNoneAreRefusedWithTheirPlace) {
  auto context = Cause();
  context.active = "noon";
  context.where = "monitoring.toml:7";
  const auto refused = Contexts::Make(std::vector{context}, Utc());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              testing::StartsWith("monitoring.toml:7: [[context]]: active"));
}

MovedItem Moved(const std::string& sentence, double p_value,
                std::optional<ContextRole> role = std::nullopt) {
  MovedItem moved;
  moved.itemid = 1;
  moved.sentence = sentence;
  moved.p_value = p_value;
  moved.role = role;
  return moved;
}

std::vector<std::string> Sentences(const Moves& moves) {
  std::vector<std::string> sentences;
  for (const auto& item : moves.items) sentences.push_back(item.sentence);
  return sentences;
}

TEST(OrderByCauseTest, PrefersCausesAndPutsSymptomsLast) {
  Moves moves{{Moved("symptom", 1e-9, ContextRole::kSymptom), Moved("plain", 1e-5),
               Moved("cause", 1e-4, ContextRole::kCause)},
              3,
              0};
  OrderByCause(moves, {}, "shop");
  EXPECT_THAT(Sentences(moves), ElementsAre("cause", "plain", "symptom"));
  EXPECT_EQ(ProbableCause(moves)->sentence, "cause");
}

TEST(OrderByCauseTest, SymptomsAloneAreShownAndAreNoCause) {
  Alert alert;
  alert.moves = {{Moved("symptom", 1e-9, ContextRole::kSymptom)}, 1, 0};
  EXPECT_EQ(ProbableCause(alert.moves), nullptr);
  EXPECT_THAT(PayloadOf(alert, {}, "").annotations,
              testing::Not(testing::Contains(testing::Key("cause"))));
  Alert read;
  ReadEvidence(EvidenceText(alert), read);
  EXPECT_EQ(read.moves, alert.moves);
}

TEST(OrderByCauseTest, OfEquallyUnlikelyTheEarlierIsTheCause) {
  Moves moves{{Moved("late", 1e-6), Moved("early", 1e-6)}, 2, 0};
  moves.items[1].first_offset_seconds = -60;
  OrderByCause(moves, {}, "shop");
  EXPECT_THAT(Sentences(moves), ElementsAre("early", "late"));
}

TEST(FindMovesTest, DoesNotLookAtWhatIsUnrelated) {
  FakeItems items;
  for (const char* key : {"load", "backup.size"}) {
    const auto id = items.Add("web-1", key);
    for (std::int64_t at = kNoon - 4'000; at <= kNoon + 60; at += 10) {
      items.Put(id, at, at < kNoon - 40 ? 1 + 0.1 * static_cast<double>(at / 10 % 5) : 50);
    }
  }
  Alert alert;
  alert.application = "shop";
  alert.started_at = alert.fired_at = kNoon;
  EXPECT_THAT(FindMoves(items, alert, seconds(10)).value().items, SizeIs(2));
  auto context = Cause();
  context.items = {"backup.*"};
  context.role = ContextRole::kUnrelated;
  const auto contexts = Contexts::Make(std::vector{context}, Utc()).value();
  const auto moves = FindMoves(items, alert, seconds(10), contexts).value();
  EXPECT_EQ(moves.compared, 1U);
  ASSERT_THAT(moves.items, SizeIs(1));
  EXPECT_EQ(moves.items[0].key, "load");
  const auto joined = CollectEvidence(items, "shop", kNoon, seconds(10), contexts).value();
  ASSERT_THAT(joined, SizeIs(1));
  EXPECT_EQ(joined[0].key, "load");
}

TEST(ContextWindowTest, ServesRulesThatNameNoWindow) {
  FakeItems items;
  const auto load = items.Add("web-1", "load");
  for (int minute = 0; minute < 30; ++minute) items.Put(load, 60 * minute, 5);
  auto context = Cause();
  context.window = JoinWindow{.measured = true};
  const std::vector contexts{context};
  Evaluator evaluator(items, seconds(10), nullptr, contexts);
  Evaluator without(items, seconds(10));
  const auto truth = [&](Evaluator& by, const std::string& expr) {
    const auto rule = anomaly_detector::Rule::Parse(RuleOf(expr)).value();
    return by.Evaluate(rule, "shop", std::vector{At(630, 0)}).value().At(0).truth;
  };
  using anomaly_detector::Truth;
  EXPECT_EQ(truth(without, "item(\"load\") > 4"), Truth::kUnknown);
  EXPECT_EQ(truth(evaluator, "item(\"load\") > 4"), Truth::kTrue);
  EXPECT_EQ(truth(evaluator, "item(\"load\", window=\"20s\") > 4"), Truth::kUnknown)
      << "what a rule says of its own counts";
  const auto rule = anomaly_detector::Rule::Parse(RuleOf("item(\"load\") > 4")).value();
  EXPECT_EQ(evaluator.Progress(rule, "shop").value().window, seconds(45))
      << "and samples wait for as long";
}

}  // namespace
}  // namespace mon::processor
