// alerting-system dead-letters, with a real database and a real mail server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "alerting-system/mail_server.h"
#include "alerting_system/outbox.h"
#include "support/mariadb_server.h"

namespace mon::alerting_system {
namespace {

using nlohmann::json;
using test::Finished;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Strings = std::vector<std::string>;

constexpr const char* kRefuseB =
    R"([{"stage": "rcpt", "action": "550 5.1.1 unknown", "recipient": "b@*"}])";

class DeadLettersTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<test::MailServer>();
    database_ = std::make_unique<test::TestDatabase>();
  }
  static void TearDownTestSuite() {
    database_.reset();
    server_.reset();
  }
  void SetUp() override {
    server_->Reset();
    for (const char* table : {"notification_attempts", "notification_recipients", "notifications",
                              "leases", "audit_log"}) {
      database_->Execute(std::string("DELETE FROM ") + table);
    }
  }

  static Finished Run(const Strings& arguments) {
    auto environment = database_->Environment(test::Account::kProcessor);
    environment.merge(std::map<std::string, std::string>{
        {"SMTP_SERVER_HOST", "127.0.0.1"},
        {"SMTP_SERVER_PORT", std::to_string(server_->Port("plain"))},
        {"SMTP_SECURITY", "none"},
        {"SMTP_EMAIL_ADDRESS", "monitoring@example.test"},
        {"RECIPIENT_EMAIL_ADDRESS", "oncall@example.test"}});
    Strings command = {test::Program("alerting-system")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Run(command, environment);
  }
  static Finished DeadLetters(Strings arguments = {}) {
    arguments.insert(arguments.begin(), "dead-letters");
    return Run(arguments);
  }
  static Finished Retry(Strings arguments) {
    arguments.insert(arguments.begin(), {"dead-letters", "retry"});
    return Run(arguments);
  }
  static json ListOf(const Finished& run) {
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return json::parse(run.out);
  }

  /// Queues a mail; the id that a user names.
  static std::string Queue(ReportKind kind, int alert, const Strings& recipients) {
    auto connection = database_->Connect(test::Account::kProcessor);
    ComposedMail mail;
    mail.subject = std::string(ToString(kind)) + " " + std::to_string(alert);
    mail.body_text = "text\n";
    mail.body_html = "<p>text</p>\n";
    mail.thread_key = "alert/" + std::to_string(alert);
    mail.dedup_key = mail.thread_key + "/" + std::string(ToString(kind));
    auto transaction = mysql::Transaction::Begin(connection);
    EXPECT_TRUE(transaction);
    EXPECT_TRUE(Enqueue(connection, alert, kind, mail, recipients));
    EXPECT_TRUE(transaction->Commit());
    return database_->QueryOne("SELECT MAX(id) FROM notifications");
  }
  static std::string Problem(const Strings& recipients, int alert = 17) {
    return Queue(ReportKind::kProblem, alert, recipients);
  }
  /// To those to whom the problem mail went.
  static void Recovery(int alert = 17) {
    Strings recipients;
    for (const auto& row : database_->Query(
             "SELECT DISTINCT r.recipient FROM notification_recipients r JOIN notifications n"
             " ON n.id = r.notification_id WHERE n.thread_key = 'alert/" +
             std::to_string(alert) + "'")) {
      recipients.push_back(row[0]);
    }
    Queue(ReportKind::kRecovery, alert, recipients);
  }

  /// A delivery in which the server does `faults`, and none after it.
  static void Deliver(const std::string& faults = "[]") {
    server_->SetFaults(faults);
    Run({"deliver"});
    server_->SetFaults("[]");
  }
  /// Whose connection breaks after the message.
  static void DeliverUncertainly() {
    Deliver(R"([{"stage": "end", "action": "store-drop", "times": 1}])");
  }

  static Strings Statuses() {
    Strings all;
    for (const auto& row : database_->Query(
             "SELECT n.kind, r.recipient, r.status, r.attempts FROM notification_recipients r"
             " JOIN notifications n ON n.id = r.notification_id ORDER BY n.id, r.recipient")) {
      all.push_back(row[0] + " " + row[1] + " " + row[2] + " " + row[3]);
    }
    return all;
  }
  static Strings Recipients() {
    Strings all;
    for (const auto& mail : server_->Mails()) all.push_back(mail.to.at(0));
    return all;
  }

  static std::unique_ptr<test::MailServer> server_;
  static std::unique_ptr<test::TestDatabase> database_;
};

std::unique_ptr<test::MailServer> DeadLettersTest::server_;
std::unique_ptr<test::TestDatabase> DeadLettersTest::database_;

TEST_F(DeadLettersTest, SaysWhereThereAreNone) {
  Problem({"a@x.test"});
  EXPECT_EQ(DeadLetters().out, "no dead letters\n");
  EXPECT_EQ(DeadLetters({"--format", "json"}).out, "[]\n");
  const Finished retry = Retry({"--all"});
  EXPECT_EQ(retry.exit_code, 0) << retry.err;
  EXPECT_EQ(retry.out, "no dead letters\n");
}

TEST_F(DeadLettersTest, ShowsWhoLacksWhatAndWhy) {
  const std::string id = Problem({"a@x.test", "b@x.test"});
  Deliver(kRefuseB);
  const Finished table = DeadLetters();
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("dead    b@x.test      17         1"),
                               HasSubstr("problem 17  550 5.1.1 unknown\n"),
                               Not(HasSubstr("a@x.test")), Not(HasSubstr("\x1b"))));

  const json list = ListOf(DeadLetters({"--format", "json"}));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["id"], std::stoll(id));
  EXPECT_EQ(list[0]["status"], "dead");
  EXPECT_EQ(list[0]["recipient"], "b@x.test");
  EXPECT_EQ(list[0]["alert_id"], 17);
  EXPECT_EQ(list[0]["attempts"], 1);
  EXPECT_EQ(list[0]["subject"], "problem 17");
  EXPECT_EQ(list[0]["last_error"], "550 5.1.1 unknown");
  const std::int64_t queued = list[0]["queued_at"];
  EXPECT_EQ(
      std::to_string(queued),
      database_->QueryOne("SELECT CAST(UNIX_TIMESTAMP(created_at) AS SIGNED) FROM notifications"));
  EXPECT_GE(list[0]["last_attempt_at"], queued);
  EXPECT_TRUE(list[0]["next_attempt_at"].is_null());
}

TEST_F(DeadLettersTest, RetriedMailArrivesAndItsAttemptsStay) {
  const std::string id = Problem({"b@x.test"});
  Deliver(kRefuseB);
  const Finished retry = Retry({id});
  EXPECT_EQ(retry.exit_code, 0) << retry.err;
  EXPECT_EQ(retry.out, "mail " + id + " to b@x.test: due again\n");
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test queued 1"));
  Deliver();
  EXPECT_THAT(Recipients(), ElementsAre("b@x.test"));
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test sent 2"));
  Strings outcomes;
  for (const auto& row : database_->Query("SELECT outcome FROM notification_attempts ORDER BY id"))
    outcomes.push_back(row[0]);
  EXPECT_THAT(outcomes, ElementsAre("refused", "retried", "sent"));
  EXPECT_EQ(DeadLetters().out, "no dead letters\n");
}

TEST_F(DeadLettersTest, RetryIsKeptWithWhoAndWhy) {
  const std::string id = Problem({"b1@x.test", "b2@x.test"});
  Deliver(R"([{"stage": "rcpt", "action": "550 5.1.1 unknown"}])");
  EXPECT_EQ(Run({"dead-letters", "retry", id, "--dry-run"}).exit_code, 0);
  EXPECT_EQ(Retry({id, "99"}).exit_code, 65);
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM audit_log"), "0") << "nothing was changed";
  EXPECT_EQ(Retry({id, "--by", "anna", "--comment", "mailbox is there now"}).exit_code, 0);
  Strings rows;
  for (const auto& row :
       database_->Query("SELECT who, action, subject, reason, detail FROM audit_log ORDER BY id")) {
    rows.push_back(row[0] + " " + row[1] + " " + row[2] + ": " + row[3] + ", " + row[4]);
  }
  const auto begin = "anna retry-mail mail " + id + ": mailbox is there now, to ";
  EXPECT_THAT(rows, ElementsAre(begin + "b1@x.test", begin + "b2@x.test"));
}

TEST_F(DeadLettersTest, RetriedMailIsGivenAsLongAsANewOne) {
  const std::string id = Problem({"b@x.test"});
  database_->Execute("UPDATE notifications SET created_at = created_at - INTERVAL 4 DAY");
  const char* const greylisted = R"([{"stage": "rcpt", "action": "451 4.7.1 greylisted"}])";
  Deliver(greylisted);
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test dead 1"));
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver(greylisted);
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test queued 2"));
}

TEST_F(DeadLettersTest, AllRetriesTheDeadAndLeavesTheUncertain) {
  Problem({"a@x.test"}, 1);
  DeliverUncertainly();
  Problem({"b@x.test"}, 2);
  Problem({"b@x.test"}, 3);
  Deliver(kRefuseB);
  EXPECT_EQ(ListOf(DeadLetters({"--format", "json"})).size(), 3U);
  EXPECT_EQ(ListOf(Run({"dead-letters", "--format", "json", "retry", "--all"})).size(), 2U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.test uncertain 1", "problem b@x.test queued 1",
                                      "problem b@x.test queued 1"));
}

TEST_F(DeadLettersTest, UncertainMailIsRepeatedByNameRecognisably) {
  const std::string id = Problem({"a@x.test"});
  DeliverUncertainly();
  database_->Execute("UPDATE notification_recipients SET next_attempt_at = NULL");  // given up
  Deliver();
  ASSERT_EQ(server_->Mails().size(), 1U) << "repeated by itself";
  EXPECT_EQ(ListOf(DeadLetters({"--format", "json"}))[0]["status"], "uncertain");
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver();
  const auto mails = server_->Mails();
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_EQ(mails[0].message_id, mails[1].message_id);
  EXPECT_EQ(mails[0].bytes, mails[1].bytes);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.test sent 2"));
}

TEST_F(DeadLettersTest, RefusedRepeatOfAnUncertainMailStaysUncertain) {
  const std::string id = Problem({"b@x.test"});
  DeliverUncertainly();
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver(kRefuseB);
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test uncertain 2"));
}

TEST_F(DeadLettersTest, OneRecipientCanBeChosen) {
  const std::string id = Problem({"b1@x.test", "b2@x.test"});
  const char* const refuse_all = R"([{"stage": "rcpt", "action": "550 5.1.1 unknown"}])";
  Deliver(refuse_all);
  EXPECT_EQ(Retry({id, "--to", "b2@x.test"}).exit_code, 0);
  EXPECT_THAT(Statuses(), ElementsAre("problem b1@x.test dead 1", "problem b2@x.test queued 1"));
  Deliver(refuse_all);
  EXPECT_EQ(Retry({"--all", "--to", "b1@x.test"}).exit_code, 0);
  EXPECT_THAT(Statuses(), ElementsAre("problem b1@x.test queued 1", "problem b2@x.test dead 2"));
}

TEST_F(DeadLettersTest, RecoveryThatWasTakenBackFollowsTheProblemMail) {
  const std::string id = Problem({"a@x.test", "b@x.test"});
  Recovery();
  Deliver(kRefuseB);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.test sent 1", "problem b@x.test dead 1",
                                      "recovery a@x.test sent 1", "recovery b@x.test skipped 0"));
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver();
  EXPECT_THAT(Recipients(), ElementsAre("a@x.test", "a@x.test", "b@x.test", "b@x.test"));
}

TEST_F(DeadLettersTest, RecoveryThatWasQueuedWithoutTheRecipientFollowsTheProblemMail) {
  const std::string id = Problem({"a@x.test", "b@x.test"});
  Deliver(kRefuseB);
  Recovery();
  Deliver();
  EXPECT_THAT(Recipients(), ElementsAre("a@x.test", "a@x.test"));
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver();
  EXPECT_THAT(Recipients(), ElementsAre("a@x.test", "a@x.test", "b@x.test", "b@x.test"));
}

TEST_F(DeadLettersTest, RecoveryThatNobodyWasToGetFollowsTheProblemMail) {
  const std::string id = Problem({"b@x.test"});
  Deliver(kRefuseB);
  Recovery();
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test dead 1", "recovery b@x.test skipped 0"));
  EXPECT_EQ(Retry({id}).exit_code, 0);
  Deliver();
  EXPECT_THAT(Recipients(), ElementsAre("b@x.test", "b@x.test"));
}

TEST_F(DeadLettersTest, WrongIdsAreNamedAndNothingIsChanged) {
  const std::string dead = Problem({"b@x.test"}, 1);
  const std::string sent = Problem({"a@x.test"}, 2);
  Deliver(kRefuseB);
  const Finished run = Retry({dead, sent, "999999"});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err,
              AllOf(HasSubstr("mail " + sent + " is no dead letter: a@x.test sent"),
                    HasSubstr("there is no mail 999999"), Not(HasSubstr("mail " + dead + " "))));
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test dead 1", "problem a@x.test sent 1"));
}

TEST_F(DeadLettersTest, DryRunSaysWhatWouldBeDueAndChangesNothing) {
  const std::string id = Problem({"b@x.test"});
  Deliver(kRefuseB);
  const Finished run = Retry({"--all", "--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "mail " + id + " to b@x.test: would be due again\n");
  EXPECT_THAT(Statuses(), ElementsAre("problem b@x.test dead 1"));
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM notification_attempts"), "1");
}

TEST_F(DeadLettersTest, WrongUsageIs64) {
  EXPECT_EQ(Retry({}).exit_code, 64);
  EXPECT_THAT(Retry({}).err, HasSubstr("expected ids of dead letters, or --all"));
  EXPECT_EQ(Retry({"--all", "1"}).exit_code, 64);
  EXPECT_EQ(Retry({"soon"}).exit_code, 64);
  EXPECT_EQ(DeadLetters({"--format", "xml"}).exit_code, 64);
  EXPECT_EQ(DeadLetters({"--daemon"}).exit_code, 64);
}

TEST_F(DeadLettersTest, DatabaseWithoutTablesIs78) {
  test::TestDatabase empty(test::TestDatabase::Options{.migrate = false});
  const Finished run = test::Run({test::Program("alerting-system"), "dead-letters"},
                                 empty.Environment(test::Account::kProcessor));
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("--migrate"));
}

}  // namespace
}  // namespace mon::alerting_system
