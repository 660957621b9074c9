#include "mail_delivery/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include "alerting_system/dead_letters.h"
#include "mysql/lease.h"
#include "support/child_process.h"
#include "support/mariadb_server.h"
#include "support/scripted_server.h"

namespace mon::mail_delivery {
namespace {

using alerting_system::ComposedMail;
using alerting_system::ReportKind;
using mail_transport::OutgoingMail;
using mail_transport::Receipt;
using mail_transport::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

/// Takes every mail, unless told otherwise, and keeps a record.
class FakeTransport final : public mail_transport::MailTransport {
 public:
  Result<Receipt> Send(const OutgoingMail& mail, std::stop_token) override {
    asked.push_back(mail);
    if (on_send) on_send();
    if (answers.empty()) return Receipt{Status::kSent, "250 ok", false};
    auto answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::string Name() const override { return "fake"; }

  [[nodiscard]] Strings Recipients() const {
    Strings all;
    for (const auto& mail : asked) all.push_back(mail.to);
    return all;
  }

  std::deque<Result<Receipt>> answers;
  std::vector<OutgoingMail> asked;
  std::function<void()> on_send;
};

Receipt Refused() { return {Status::kRefused, "550 5.1.1 unknown", false}; }
Receipt Deferred() { return {Status::kDeferred, "451 4.3.0 busy", false}; }
Receipt Uncertain() { return {Status::kUncertain, "connection lost", true}; }

ComposedMail Mail(const std::string& kind, int alert = 17, int priority = 1) {
  ComposedMail mail;
  mail.subject = kind + " of alert " + std::to_string(alert);
  mail.body_text = "text\n";
  mail.body_html = "<p>text</p>\n";
  mail.thread_key = "alert/" + std::to_string(alert);
  mail.dedup_key = mail.thread_key + "/" + kind;
  mail.priority = priority;
  return mail;
}

class DeliveryTest : public testing::Test {
 protected:
  // One database for all: making one takes longer than all that these tests do with it.
  static void SetUpTestSuite() { shared_ = std::make_unique<test::TestDatabase>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  void SetUp() override {
    for (const char* table :
         {"notification_attempts", "notification_recipients", "notifications", "leases"}) {
      database_.Execute(std::string("DELETE FROM ") + table);
    }
  }

  void Problem(const Strings& recipients, int alert = 17, int priority = 1) {
    InTransaction([&] {
      return alerting_system::Enqueue(connection_, alert, ReportKind::kProblem,
                                      Mail("problem", alert, priority), recipients);
    });
  }
  /// To those to whom the problem mail went.
  void Recovery(int alert = 17) {
    Strings recipients;
    for (const auto& row : database_.Query(
             "SELECT DISTINCT r.recipient FROM notification_recipients r JOIN notifications n"
             " ON n.id = r.notification_id WHERE n.thread_key = 'alert/" +
             std::to_string(alert) + "'")) {
      recipients.push_back(row[0]);
    }
    InTransaction([&] {
      return alerting_system::Enqueue(connection_, alert, ReportKind::kRecovery,
                                      Mail("recovery", alert), recipients);
    });
  }
  template <typename F>
  void InTransaction(F work) {
    auto transaction = mysql::Transaction::Begin(connection_);
    ASSERT_TRUE(transaction);
    const auto done = work();
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_TRUE(transaction->Commit());
  }

  /// Receivers that run a shell command.
  static Config ConfigOf(const std::map<std::string, std::string>& commands) {
    Config config;
    for (const auto& [name, command] : commands) {
      ReceiverConfig& receiver = config.receivers.emplace_back();
      receiver.name = name;
      receiver.command = {"/bin/sh", "-c", command};
    }
    return config;
  }

  DeliverySummary Deliver() {
    auto summary =
        DeliverDue(connection_, channels_, settings_, zone_, options_, stop_.get_token());
    EXPECT_TRUE(summary) << summary.error().message;
    return summary.value_or(DeliverySummary{});
  }

  /// "oncall@example.org sent", by notification and recipient.
  Strings Statuses() {
    Strings all;
    for (const auto& row :
         database_.Query("SELECT n.kind, r.recipient, r.status FROM notification_recipients r JOIN "
                         "notifications"
                         " n ON n.id = r.notification_id ORDER BY n.id, r.recipient")) {
      all.push_back(row[0] + " " + row[1] + " " + row[2]);
    }
    return all;
  }
  Strings Attempts() {
    Strings all;
    for (const auto& row : database_.Query(
             "SELECT recipient, outcome, reply FROM notification_attempts ORDER BY id")) {
      all.push_back(row[0] + " " + row[1] + " " + row[2]);
    }
    return all;
  }
  void MakeRetriesDue() {
    database_.Execute(
        "UPDATE notification_recipients SET next_attempt_at = CURRENT_TIMESTAMP(3) - INTERVAL 1 "
        "SECOND"
        " WHERE next_attempt_at IS NOT NULL");
  }
  alerting_system::QueueState State() {
    const auto state = alerting_system::ReadQueueState(connection_);
    EXPECT_TRUE(state) << state.error().message;
    return state.value_or(alerting_system::QueueState{});
  }

  static std::unique_ptr<test::TestDatabase> shared_;
  test::TestDatabase& database_ = *shared_;
  mysql::Connection connection_ = database_.Connect(test::Account::kProcessor);
  FakeTransport transport_;
  test::TemporaryDirectory directory_;
  receivers::Receivers receivers_{ConfigOf({})};
  const Channels channels_{transport_, receivers_};
  alerting_system::MailSettings settings_{"monitoring@example.org", {}, {}, {}};
  alerting_system::TimeZone zone_ = alerting_system::TimeZone::Utc();
  DeliveryOptions options_;
  std::stop_source stop_;
};

std::unique_ptr<test::TestDatabase> DeliveryTest::shared_;

TEST_F(DeliveryTest, PictureIsDrawnOnTheWayOut) {
  auto mail = Mail("problem");
  mail.chart =
      R"({"from":1,"to":9,"onset":5,"panels":[{"title":"error_rate","units":"","points":[[1,0.1],[9,0.9]]}]})";
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail,
                                    Strings{"a@example.org"});
  });
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_THAT(transport_.asked.at(0).bytes, HasSubstr("Content-Type: image/png\r\n"));
}

TEST_F(DeliveryTest, MailThatCannotHaveItsPictureGoesWithoutIt) {
  auto mail = Mail("problem");
  mail.chart = R"({"from":1})";
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail,
                                    Strings{"a@example.org"});
  });
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_THAT(transport_.asked.at(0).bytes, testing::Not(HasSubstr("image/png")));
}

TEST_F(DeliveryTest, QueueingIsPartOfTheCallersTransaction) {
  {
    auto transaction = mysql::Transaction::Begin(connection_);
    const Strings recipients = {"a@x.org"};
    ASSERT_TRUE(alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, Mail("problem"),
                                         recipients));
  }
  EXPECT_THAT(Statuses(), IsEmpty());
  EXPECT_EQ(State().due, 0U);
}

TEST_F(DeliveryTest, QueueingTheSameMailTwiceLeavesOne) {
  Problem({"a@x.org", "a@x.org", "b@x.org"});
  Problem({"c@x.org"});
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued"));
  EXPECT_EQ(State().due, 2U);
}

TEST_F(DeliveryTest, EachRecipientGetsTheMailOnce) {
  Problem({"a@x.org", "b@x.org"});
  const auto summary = Deliver();
  EXPECT_EQ(summary.sent, 2U);
  EXPECT_EQ(summary.exit_code, ExitCode::kOk);
  EXPECT_THAT(summary.problems, IsEmpty());
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "problem b@x.org sent"));
  EXPECT_THAT(Attempts(), ElementsAre("a@x.org sent 250 ok", "b@x.org sent 250 ok"));
  EXPECT_EQ(State().due, 0U);
}

TEST_F(DeliveryTest, NothingDueIsNoFailure) { EXPECT_EQ(Deliver().exit_code, ExitCode::kOk); }

TEST_F(DeliveryTest, RefusedRecipientIsNamedAndTheOthersGetTheirs) {
  Problem({"a@x.org", "b@x.org", "c@x.org"});
  transport_.answers = {Receipt{Status::kSent, "250 ok", false}, Refused()};
  testing::internal::CaptureStderr();
  const auto summary = Deliver();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_THAT(summary.problems, IsEmpty()) << "told twice";
  EXPECT_THAT(log, HasSubstr("b@x.org was refused: 550 5.1.1 unknown (no further attempt"));
  EXPECT_THAT(Statuses(),
              ElementsAre("problem a@x.org sent", "problem b@x.org dead", "problem c@x.org sent"));
  MakeRetriesDue();
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk);
  EXPECT_EQ(transport_.asked.size(), 3U) << "a dead mail is not tried again";
}

TEST_F(DeliveryTest, WhileTheMailServerIsAwayReceiversGetTheirs) {
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "exit 0"}}));
  Problem({"a@x.org", "b@x.org", "command:pager"});
  transport_.answers = {Fail(ErrorCode::kUnavailable, "mail server away")};
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(summary.service_error, "mail server away");
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued",
                                      "problem command:pager sent"));
}

TEST_F(DeliveryTest, AReceiverThatIsAwayHoldsNobodyElseUp) {
  Config config = ConfigOf({{"gone", ""}, {"pager", "exit 0"}});
  config.receivers[0].command = {"/nowhere/page"};
  receivers_ = receivers::Receivers(config);
  Problem({"a@x.org", "command:gone", "command:pager"}, 17);
  Problem({"a@x.org", "command:gone", "command:pager"}, 18);
  const auto summary = Deliver();
  EXPECT_EQ(summary.sent, 4U);
  EXPECT_EQ(summary.deferred, 1U) << "the second one is not tried now";
  EXPECT_THAT(summary.service_error, HasSubstr("command of receiver gone: cannot be started"));
  EXPECT_EQ(transport_.asked.size(), 2U);
}

TEST_F(DeliveryTest, AReceiverGetsThePayloadThatWasQueued) {
  const std::string file = directory_.Path() + "/input";
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "cat > " + file}}));
  ComposedMail mail = Mail("problem");
  mail.payload = R"({"version":"4","groupKey":"of the queue"})";
  const Strings recipients = {"command:pager"};
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail, recipients);
  });
  EXPECT_EQ(Deliver().sent, 1U);
  std::ifstream input(file);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  EXPECT_EQ(text, R"({"receiver":"pager","version":"4","groupKey":"of the queue"})");
}

TEST_F(DeliveryTest, AReceiverThatIsConfiguredNoMoreIsADeadLetterThatCanBeRetried) {
  Problem({"command:pager"});
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem command:pager dead"));
  InTransaction(
      [&] { return alerting_system::RetryDeadLetters(connection_, {}, "command:pager"); });
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "exit 0"}}));
  EXPECT_EQ(Deliver().sent, 1U);
}

TEST_F(DeliveryTest, AServerThatAsksForTimeGetsIt) {
  test::ScriptedServer server([](test::Connection& connection) {
    connection.ReadRequest();
    connection.Reply(429, "slowly", "Retry-After: 7200\r\n");
  });
  Config config;
  config.receivers.emplace_back();
  config.receivers[0].name = "hook";
  config.receivers[0].webhook_url = Secret(server.Url());
  receivers_ = receivers::Receivers(config);
  Problem({"webhook:hook"}, 17);
  Problem({"webhook:hook"}, 18);
  EXPECT_EQ(Deliver().deferred, 1U) << "nor is it asked for the next one at once";
  EXPECT_EQ(database_.Query("SELECT COUNT(*) FROM notification_recipients WHERE next_attempt_at >"
                            " CURRENT_TIMESTAMP(3) + INTERVAL 7100 SECOND")[0][0],
            "1");
  EXPECT_THAT(Attempts(), ElementsAre("webhook:hook deferred HTTP 429: slowly"));
}

TEST_F(DeliveryTest, DeferredMailIsTriedLaterWithTheSameBytes) {
  Problem({"a@x.org"});
  transport_.answers = {Deferred()};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(State().due, 0U) << "it waits";
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk) << "a mail that waits for its retry is no failure";
  EXPECT_EQ(transport_.asked.size(), 1U);
  MakeRetriesDue();
  EXPECT_EQ(Deliver().sent, 1U);
  ASSERT_EQ(transport_.asked.size(), 2U);
  EXPECT_EQ(transport_.asked[0].bytes, transport_.asked[1].bytes);
  EXPECT_THAT(Attempts(), ElementsAre("a@x.org deferred 451 4.3.0 busy", "a@x.org sent 250 ok"));
}

TEST_F(DeliveryTest, UncertainMailIsRepeatedWithTheSameMessageId) {
  Problem({"a@x.org"});
  transport_.answers = {Uncertain()};
  EXPECT_EQ(Deliver().uncertain, 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org uncertain"));
  MakeRetriesDue();
  EXPECT_EQ(State().due, 1U);
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_EQ(transport_.asked[0].message_id, transport_.asked[1].message_id);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent"));
}

TEST_F(DeliveryTest, UncertainMailThatIsGivenUpStaysUncertain) {
  Problem({"a@x.org"});
  transport_.answers = {Uncertain(), Refused()};
  Deliver();
  MakeRetriesDue();
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org uncertain"));
  MakeRetriesDue();
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 2U);
}

TEST_F(DeliveryTest, RecoveryGoesToThoseWhoGotTheProblemMailAndIsInItsThread) {
  Problem({"a@x.org", "b@x.org"});
  transport_.answers = {Receipt{Status::kSent, "250 ok", false}, Refused()};
  Deliver();
  Recovery();
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org", "a@x.org"));
  EXPECT_THAT(transport_.asked[2].bytes,
              HasSubstr("\r\nReferences: <" + transport_.asked[0].message_id + ">\r\n"));
  EXPECT_THAT(transport_.asked[0].bytes, testing::Not(HasSubstr("References")));
}

TEST_F(DeliveryTest, RecoveryIsNotSkippedWhereAnotherMailOfTheThreadCameThrough) {
  Problem({"a@x.org"});
  Deliver();
  auto reminder = Mail("reminder");
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kReminder, reminder,
                                    Strings{"a@x.org"});
  });
  Recovery();
  transport_.answers = {Refused()};
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "reminder a@x.org dead",
                                      "recovery a@x.org sent"));
}

TEST_F(DeliveryTest, RecoveryWithoutAnyProblemMailIsNotQueued) {
  Recovery();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM notifications"), "0");
}

TEST_F(DeliveryTest, RecoveryNeverOvertakesTheProblemMail) {
  Problem({"a@x.org"});
  transport_.answers = {Deferred()};
  Deliver();
  Recovery();
  EXPECT_EQ(State().due, 0U);
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 1U);
  MakeRetriesDue();
  Deliver();
  ASSERT_EQ(transport_.asked.size(), 3U);
  EXPECT_THAT(transport_.asked[1].bytes, HasSubstr("Subject: problem"));
  EXPECT_THAT(transport_.asked[2].bytes, HasSubstr("Subject: recovery"));
}

TEST_F(DeliveryTest, RecoveryIsSkippedWhenTheProblemMailIsRefusedAfterAll) {
  Problem({"a@x.org", "b@x.org"});
  Recovery();
  transport_.answers = {Refused()};
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org", "b@x.org"));
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org dead", "problem b@x.org sent",
                                      "recovery a@x.org skipped", "recovery b@x.org sent"));
}

TEST_F(DeliveryTest, UnreachableServerEndsTheRunAndEverythingStaysQueued) {
  Problem({"a@x.org", "b@x.org"});
  transport_.answers = {Fail(ErrorCode::kUnavailable, "mail server m:25: refused")};
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued"));
  MakeRetriesDue();
  EXPECT_EQ(Deliver().sent, 2U);
}

TEST_F(DeliveryTest, RefusedLoginAndFullDiskHaveTheirOwnExitCodes) {
  Problem({"a@x.org"});
  transport_.answers = {Fail(ErrorCode::kRejected, "login refused"),
                        Fail(ErrorCode::kIo, "disk full")};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kNoPermission);
  MakeRetriesDue();
  EXPECT_EQ(Deliver().exit_code, ExitCode::kIo);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued"));
}

TEST_F(DeliveryTest, TwoUnansweredMailsInARowEndTheRun) {
  Problem({"a@x.org", "b@x.org", "c@x.org"});
  transport_.answers = {Receipt{Status::kDeferred, "no answer at RCPT TO", true},
                        Receipt{Status::kDeferred, "no answer at RCPT TO", true}};
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 2U);
  EXPECT_EQ(State().due, 1U);
}

TEST_F(DeliveryTest, MailOfADeadDeliveryBecomesUncertainAndIsRepeated) {
  Problem({"a@x.org"});
  InTransaction([&] { return alerting_system::ClaimNext(connection_); });
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sending"));
  EXPECT_EQ(State().due, 1U);
  const auto summary = Deliver();
  EXPECT_EQ(summary.recovered, 1U);
  EXPECT_EQ(summary.sent, 1U);
  EXPECT_THAT(Attempts(), ElementsAre(HasSubstr("a@x.org uncertain"), "a@x.org sent 250 ok"));
}

TEST_F(DeliveryTest, SecondDeliveryIsBusyAndChangesNothing) {
  Problem({"a@x.org"});
  auto other = database_.Connect(test::Account::kProcessor);
  FakeTransport others;
  transport_.on_send = [&] {
    const auto second =
        DeliverDue(other, {others, receivers_}, settings_, zone_, options_, stop_.get_token());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
    EXPECT_TRUE(State().at_work);
  };
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_TRUE(others.asked.empty());
  EXPECT_FALSE(State().at_work);
}

TEST_F(DeliveryTest, LostLeaseEndsTheRunBeforeAnythingIsRecorded) {
  Problem({"a@x.org", "b@x.org"});
  transport_.on_send = [&] {
    database_.Execute("UPDATE leases SET token = token + 1 WHERE name = 'delivery'");
  };
  const auto run = DeliverDue(connection_, channels_, settings_, zone_, options_, {});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kBusy);
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sending", "problem b@x.org queued"));
}

TEST_F(DeliveryTest, StopEndsTheRunAfterTheMailAtHand) {
  Problem({"a@x.org", "b@x.org"});
  transport_.on_send = [&] { stop_.request_stop(); };
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kOk);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "problem b@x.org queued"));
}

TEST_F(DeliveryTest, ExchangeThatAStopEndedIsNoFailureAndDueAtOnce) {
  Problem({"a@x.org"});
  transport_.on_send = [&] { stop_.request_stop(); };
  transport_.answers = {Fail(ErrorCode::kUnavailable, "stopped")};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk);
  EXPECT_EQ(State().due, 1U);
}

TEST_F(DeliveryTest, RunEndsAtItsTimeLimit) {
  Problem({"a@x.org", "b@x.org"});
  options_.max_runtime = std::chrono::milliseconds(1);
  transport_.on_send = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  EXPECT_LE(Deliver().sent, 1U);
}

TEST_F(DeliveryTest, TooOldAMailIsGivenUpWithItsRecovery) {
  Problem({"a@x.org"});
  Recovery();
  database_.Execute("UPDATE notifications SET created_at = created_at - INTERVAL 4 DAY");
  transport_.answers = {Deferred()};
  testing::internal::CaptureStderr();
  const auto summary = Deliver();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no further attempt"));
  EXPECT_THAT(summary.problems, IsEmpty()) << "told twice";
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org dead", "recovery a@x.org skipped"));
}

TEST_F(DeliveryTest, HigherPriorityGoesFirst) {
  Problem({"a@x.org"}, 1, 4);
  Problem({"b@x.org"}, 2, 1);
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("b@x.org", "a@x.org"));
}

TEST_F(DeliveryTest, MailThatCannotBeBuiltIsDeadAndDoesNotStopTheOthers) {
  Problem({"bad\r\nRCPT TO:<x@x.org>", "b@x.org"});
  const auto summary = Deliver();
  EXPECT_EQ(summary.refused, 1U);
  EXPECT_EQ(summary.sent, 1U);
  EXPECT_THAT(transport_.Recipients(), ElementsAre("b@x.org"));
}

TEST_F(DeliveryTest, LongRepliesAreCutToTheColumn) {
  Problem({"a@x.org"});
  transport_.answers = {Receipt{Status::kRefused, "550 " + std::string(5'000, 'x'), false}};
  EXPECT_EQ(Deliver().refused, 1U);
}

TEST(RetryDelayTest, DoublesUpToTheLongestWithJitter) {
  const DeliveryOptions options;
  std::mt19937_64 random(1);
  std::map<int, std::pair<std::int64_t, std::int64_t>> bounds = {
      {1, {15, 30}}, {2, {30, 60}}, {3, {60, 120}}, {20, {900, 1'800}}, {1'000'000, {900, 1'800}}};
  for (const auto& [attempts, range] : bounds) {
    std::int64_t least = 1'000'000;
    std::int64_t most = 0;
    for (int i = 0; i < 2'000; ++i) {
      const auto delay = RetryDelay(attempts, options, options.longest_retry, random).count();
      ASSERT_GE(delay, range.first);
      ASSERT_LE(delay, range.second);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GT(most - least, (range.second - range.first) / 2) << "no jitter";
  }
}

}  // namespace
}  // namespace mon::mail_delivery
