#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "alerting_system/compose.h"
#include "dispatch/telling_store.h"
#include "processor/alert_table.h"
#include "processor/incident_run.h"
#include "processor/processor_world.h"
#include "processor/report.h"

// What a data-aggregator told while it was cut off, and recorded before its samples: with the
// program on a real database.

namespace mon::test {
namespace {

using alerting_system::ReportKind;
using processor::Alert;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Rows = std::vector<std::vector<std::string>>;

Alert Incident(std::int64_t started, std::optional<std::int64_t> ended, const RuleConfig& rule) {
  processor::Evaluation evaluation;
  evaluation.truth = anomaly_detector::Truth::kTrue;
  evaluation.deciding = {"error_rate", ">", 0.9, 0.5, ""};
  anomaly_detector::Incident incident;
  incident.started_at = incident.fired_at = started;
  processor::Sample sample{0, started, 100, 0.9F};
  auto alert = processor::MakeAlert(rule, "hyphenmon", sample, evaluation, incident);
  if (ended) alert.Resolve(*ended, *ended + 10);
  alert.judged = false;
  return alert;
}

/// Records it as an aggregator does, under its account.
class Aggregator {
 public:
  explicit Aggregator(ProcessorWorld& world)
      : connection_(world.db.Connect(Account::kAggregator)) {}

  /// Told to `recipients`, who have the mails.
  Alert Record(std::int64_t started, std::optional<std::int64_t> ended,
               const std::vector<std::string>& recipients, const RuleConfig& rule = {}) {
    auto alert = Incident(started, ended, rule);
    Check(connection_.Begin());
    processor::Alert* const one = &alert;
    EXPECT_TRUE(processor::SaveAlerts(connection_, {&one, 1}).value().at(0));
    Sent(alert, ReportKind::kProblem, recipients);
    if (ended) Sent(alert, ReportKind::kRecovery, recipients);
    Check(connection_.Commit());
    return alert;
  }

 private:
  void Sent(const Alert& alert, ReportKind kind, const std::vector<std::string>& recipients) {
    auto told = alert;
    told.id = 0;  // it has told it before it had the id
    const auto mail =
        alerting_system::Compose(processor::ReportOf(told, kind, std::chrono::seconds(10), {}, {}),
                                 alerting_system::TimeZone::Utc());
    Check(connection_.Execute(
        "INSERT INTO notifications (alert_id, kind, dedup_key, subject, body_text, body_html,"
        " thread_key, priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {alert.id, std::string(ToString(kind)), mail.dedup_key, mail.subject, mail.body_text,
         mail.body_html, mail.thread_key, std::int64_t{mail.priority}}));
    const auto id = connection_.LastInsertId().value();
    for (const auto& recipient : recipients) {
      Check(connection_.Execute(
          "INSERT INTO notification_recipients (notification_id, recipient, status, attempts,"
          " next_attempt_at, sent_at) VALUES (?, ?, 'sent', 1, NULL, CURRENT_TIMESTAMP(3))",
          {id, recipient}));
    }
    Check(dispatch::RecordTelling(connection_, alert.id, id, kind == ReportKind::kRecovery,
                                  alert.fired_at));
  }

  template <typename Done>
  static void Check(const Done& done) {
    ASSERT_TRUE(done) << done.error().message;
  }

  mysql::Connection connection_;
};

Rows Alerts(ProcessorWorld& world) {
  return world.db.Query("SELECT started_at, ended_at, judged FROM alerts ORDER BY id");
}

TEST(ToldPassTest, IncidentThatGoesOnIsMailedAgainOnlyAtItsEndAndToThoseWhoKnowOfIt) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Insert(t, 0.1);
  world.Pass();
  const auto told = Aggregator(world).Record(t + 10, {}, {"night@example.org"});
  for (int i = 1; i <= 3; ++i) world.Insert(t + 10 * i, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), IsEmpty());
  EXPECT_EQ(world.db.QueryOne("SELECT alert_id FROM rule_states"), std::to_string(told.id));

  world.Insert(t + 40, 0.1);
  world.Insert(t + 50, 0.1);
  world.Pass();
  world.Pass();
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0], AllOf(HasSubstr("[RESOLVED critical]"), HasSubstr("night@example.org"),
                              Not(HasSubstr("oncall@example.org")), HasSubstr("References: <k")));
  EXPECT_EQ(Alerts(world), (Rows{{std::to_string(t + 10), std::to_string(t + 40), "1"}}));
  EXPECT_EQ(world.db.Query("SELECT kind FROM alert_events ORDER BY id"),
            (Rows{{"fired"}, {"resolved"}}));
}

TEST(ToldPassTest, BeginningAndEndInOnePassAreTheRecoveryAlone) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  Aggregator(world).Record(t, {}, {"oncall@example.org"});
  world.Insert(t, 0.9);
  world.Insert(t + 10, 0.1);
  world.Insert(t + 20, 0.1);
  world.Pass();
  EXPECT_THAT(world.Subjects(), ElementsAre(HasSubstr("RESOLVED")));
}

TEST(ToldPassTest, IncidentThatWasToldToItsEndIsNotMailedAgain) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  Aggregator(world).Record(t, t + 20, {"oncall@example.org"});
  world.Insert(t, 0.9);
  world.Pass();  // between two of its samples
  world.Insert(t + 10, 0.9);
  world.Insert(t + 20, 0.1);
  world.Insert(t + 30, 0.1);
  world.Pass();
  EXPECT_THAT(world.Subjects(), IsEmpty());
  EXPECT_EQ(Alerts(world), (Rows{{std::to_string(t), std::to_string(t + 20), "1"}}));

  world.Insert(t + 40, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), ElementsAre(HasSubstr("PROBLEM")));
}

TEST(ToldPassTest, IncidentWhoseSamplesNeverComeIsOverWithNewerOnes) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  Aggregator(world).Record(t, {}, {"oncall@example.org"});
  world.Pass();
  EXPECT_THAT(world.Subjects(), IsEmpty());
  world.Insert(t + 50, 0.1);
  world.Pass();
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0], AllOf(HasSubstr("[RESOLVED critical]"), HasSubstr("have not arrived")));
  EXPECT_EQ(Alerts(world), (Rows{{std::to_string(t), std::to_string(t + 50), "1"}}));
}

TEST(ToldPassTest, NewerSampleThatWasStoredBeforeThoseOfTheSpoolIsNoSecondIncident) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Insert(t, 0.1);
  world.Pass();
  Aggregator(world).Record(t + 10, {}, {"oncall@example.org"});
  world.Insert(t + 50, 0.9);
  world.Pass();
  for (int i = 1; i <= 4; ++i) world.Insert(t + 10 * i, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), IsEmpty());
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  world.Insert(t + 60, 0.1);
  world.Insert(t + 70, 0.1);
  world.Pass();
  EXPECT_THAT(world.Subjects(), ElementsAre(HasSubstr("RESOLVED")));
}

TEST(ToldPassTest, IncidentOfARuleThatIsGoneEnds) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  RuleConfig rule;
  rule.name = "of-yesterday";
  Aggregator(world).Record(t, {}, {"oncall@example.org"}, rule);
  world.Insert(t + 10, 0.1);
  world.Pass();
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0], HasSubstr("no longer in the configuration"));
}

TEST(ToldPassTest, RuleWithItemsIsMailedByTheProcessorAsEver) {
  ProcessorWorld world(R"(
[[rule]]
name = "plain"
expr = "error_rate > 0.5"
[[rule]]
name = "loaded"
expr = 'error_rate > 0.5 and item("load") > 4'
)");
  const auto t = world.now - 100;
  world.AddItem(1, 10, "web-1", "load", t + 60);
  world.AddValue(1, t, 9);
  world.Pass();
  RuleConfig plain;
  plain.name = "plain";
  Aggregator(world).Record(t, {}, {"oncall@example.org"}, plain);
  world.Insert(t, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT rule, judged FROM alerts ORDER BY id"),
            (Rows{{"plain", "1"}, {"loaded", "1"}}));
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(ToldPassTest, DryRunTellsTheRecoveryAloneAndChangesNothing) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  world.Pass();
  Aggregator(world).Record(t, {}, {"oncall@example.org"});
  world.Insert(t, 0.9);
  world.Insert(t + 10, 0.1);
  world.Insert(t + 20, 0.1);
  const auto run = world.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("RESOLVED"), Not(HasSubstr("PROBLEM"))));
  EXPECT_EQ(Alerts(world), (Rows{{std::to_string(t), "NULL", "0"}}));
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM notifications"), "1");
}

TEST(ToldPassTest, ToldAgainIsRecordedOnce) {
  ProcessorWorld world;
  const auto t = world.now - 100;
  Aggregator(world).Record(t, {}, {"oncall@example.org"});
  auto again = Incident(t, t + 20, {});
  auto connection = world.db.Connect(Account::kAggregator);
  processor::Alert* const one = &again;
  EXPECT_FALSE(processor::SaveAlerts(connection, {&one, 1}).value().at(0));
  EXPECT_NE(again.id, 0);
}

}  // namespace
}  // namespace mon::test
