#include "data_aggregator/platform_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/maildir.h"
#include "support/mariadb_server.h"
#include "support/scripted_server.h"

// What the aggregator mails when the processor or the mail queue stands still, under its own
// account.

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using watch::State;

class PlatformWatchTest : public ::testing::Test {
 protected:
  PlatformWatchTest() : connection_(database_.Connect(test::Account::kAggregator)) {
    config_.smtp.maildir = directory_.Path() + "/mails";
    config_.smtp.from = "monitoring@example.org";
    config_.smtp.to = {"oncall@example.org"};
    auto lease = mysql::Lease::Acquire(connection_, "aggregator", 60s);
    EXPECT_TRUE(lease);
    lease_.emplace(std::move(*lease));
  }

  /// A run from cron: one look, and what it started is awaited.
  std::map<std::string, watch::Finding> Look() {
    PlatformWatch watch(config_);
    auto found = watch.Look(connection_, *lease_);
    EXPECT_TRUE(found) << found.error().message;
    EXPECT_TRUE(watch.Finish(connection_, *lease_, 20s));
    return found.value_or(std::map<std::string, watch::Finding>());
  }

  /// Looks until what was found has been there for some time.
  std::map<std::string, watch::Finding> LookAgain() {
    Look();
    database_.Execute("UPDATE watches SET seen_at = seen_at - INTERVAL 10 MINUTE");
    Look();
    return Look();
  }

  void ProcessorPassed(const std::string& ago) {
    database_.Execute(
        "UPDATE leases SET usual_interval_ms = 10000, passed_at = NOW(3) - INTERVAL " + ago +
        " WHERE name = 'processor'");
  }

  /// Due at once, as a mail is that nobody has tried to send.
  void Queue(const std::string& ago) {
    database_.Execute(
        "INSERT INTO notifications (id, kind, dedup_key, subject, body_text, body_html, thread_key,"
        " created_at) VALUES (1, 'problem', 'k', 's', 't', 'h', 'k', NOW(3) - INTERVAL " +
        ago + ")");
    database_.Execute(
        "INSERT INTO notification_recipients (notification_id, recipient, last_error,"
        " next_attempt_at) VALUES (1, 'oncall@example.org', '451 later', NOW(3) - INTERVAL " +
        ago + ")");
  }

  void Attempt(const std::string& outcome, const std::string& ago) {
    database_.Execute(
        "INSERT INTO notification_attempts (notification_id, recipient, outcome, attempted_at)"
        " VALUES (1, 'oncall@example.org', '" +
        outcome + "', NOW(3) - INTERVAL " + ago + ")");
  }

  std::vector<std::string> Mails() const { return test::MailsOf(config_.smtp.maildir); }

  test::TestDatabase database_;
  test::TemporaryDirectory directory_;
  mysql::Connection connection_;
  std::optional<mysql::Lease> lease_;
  Config config_;
};

TEST_F(PlatformWatchTest, ProcessorThatNeverRanIsNotMissed) {
  const auto found = LookAgain();
  EXPECT_FALSE(found.contains("processor"));
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(PlatformWatchTest, SilentProcessorIsMailedOnceAndSoIsItsReturn) {
  ProcessorPassed("10 MINUTE");
  EXPECT_EQ(LookAgain().at("processor").state, State::kNoData);
  ASSERT_THAT(Mails(), SizeIs(1));
  EXPECT_THAT(Mails()[0], AllOf(HasSubstr("[PROBLEM critical] processor: no pass for 10 min"),
                                HasSubstr("X-Priority: 1")));
  EXPECT_EQ(LookAgain().at("processor").state, State::kNoData);
  EXPECT_THAT(Mails(), SizeIs(1));

  ProcessorPassed("1 SECOND");
  EXPECT_EQ(LookAgain().at("processor").state, State::kOk);
  EXPECT_THAT(Mails(), SizeIs(2));
  EXPECT_EQ(database_.QueryOne("SELECT state FROM watches WHERE subject = 'processor'"), "OK");
}

TEST_F(PlatformWatchTest, OneOfSeveralThatIsSilentIsNamed) {
  ProcessorPassed("1 SECOND");
  auto lease = mysql::Lease::Acquire(connection_, "processor:2", 600s);
  ASSERT_TRUE(lease);
  database_.Execute(
      "UPDATE leases SET passed_at = NOW(3) - INTERVAL 1 HOUR"
      " WHERE name = 'processor:2'");
  EXPECT_EQ(LookAgain().at("processor").state, State::kOk) << "the pass of who had it before";
  database_.Execute(
      "UPDATE leases SET acquired_at = NOW(3) - INTERVAL 1 HOUR"
      " WHERE name = 'processor:2'");
  const auto finding = LookAgain().at("processor");
  EXPECT_EQ(finding.state, State::kNoData);
  EXPECT_THAT(finding.detail, HasSubstr("processor:2"));
  ASSERT_TRUE(lease->Release(connection_));
  EXPECT_EQ(LookAgain().at("processor").state, State::kOk);
}

TEST_F(PlatformWatchTest, ProcessorThatWorksOffABacklogIsNotSilent) {
  ProcessorPassed("10 MINUTE");
  database_.Execute("UPDATE leases SET worked_at = NOW(3) WHERE name = 'processor'");
  EXPECT_EQ(LookAgain().at("processor").state, State::kOk);
  database_.Execute("UPDATE leases SET worked_at = NOW(3) - INTERVAL 5 MINUTE");
  EXPECT_EQ(LookAgain().at("processor").state, State::kNoData);
}

TEST_F(PlatformWatchTest, RepeatAfterACrashHasTheSameMessageId) {
  ProcessorPassed("10 MINUTE");
  LookAgain();
  // As if the run had died before it could write down that the mail was sent.
  database_.Execute("UPDATE watches SET told_since = NULL");
  Look();
  EXPECT_THAT(Mails(), SizeIs(1)) << "a Maildir replaces a mail of the same Message-ID";
}

TEST_F(PlatformWatchTest, MailThatCannotBeSentIsTriedAgain) {
  ProcessorPassed("10 MINUTE");
  const auto maildir = config_.smtp.maildir;
  config_.smtp.maildir = "/proc/nowhere";
  LookAgain();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM watches WHERE told_since IS NOT NULL"), "0");
  config_.smtp.maildir = maildir;
  Look();
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(PlatformWatchTest, MailWhoseAnswerDoesNotComeInTimeIsNotSentAgain) {
  test::ScriptedServer server([](test::Connection& client) {
    client.Send("220 mail\r\n250 mail\r\n250 sender\r\n250 recipient\r\n354 go ahead\r\n");
    client.WaitForClose();  // no answer to the mail
  });
  config_.smtp.maildir.clear();
  config_.smtp.host = "127.0.0.1";
  config_.smtp.port = static_cast<std::uint16_t>(server.Port());
  config_.smtp.security = SmtpSecurity::kNone;
  ProcessorPassed("10 MINUTE");
  Look();
  database_.Execute("UPDATE watches SET seen_at = seen_at - INTERVAL 10 MINUTE");
  PlatformWatch watch(config_);
  ASSERT_TRUE(watch.Look(connection_, *lease_));
  EXPECT_TRUE(watch.Finish(connection_, *lease_, 1s));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM watches WHERE told_since IS NOT NULL"), "1");
}

TEST_F(PlatformWatchTest, QueueThatNobodyEmptiesIsMailedPastTheQueue) {
  Queue("20 MINUTE");
  EXPECT_EQ(LookAgain().at("mail").state, State::kNoData);
  EXPECT_THAT(Mails(), ElementsAre(HasSubstr("mail: no mail sent for 20 min")));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM notifications"), "1");
}

TEST_F(PlatformWatchTest, MailServerThatTakesNothingIsAnError) {
  Queue("20 MINUTE");
  Attempt("deferred", "1 MINUTE");
  const auto found = LookAgain();
  EXPECT_EQ(found.at("mail").state, State::kError);
  EXPECT_THAT(found.at("mail").detail, HasSubstr("451 later"));
}

TEST_F(PlatformWatchTest, QueueThatMovesIsWell) {
  Queue("20 MINUTE");
  Attempt("sent", "1 MINUTE");
  EXPECT_EQ(LookAgain().at("mail").state, State::kOk);
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(PlatformWatchTest, MailThatWaitsForItsNextAttemptWasTried) {
  Queue("2 HOUR");
  Attempt("deferred", "25 MINUTE");
  database_.Execute(
      "UPDATE notification_recipients SET next_attempt_at = NOW(3) + INTERVAL 3 MINUTE");
  const auto found = LookAgain();
  EXPECT_EQ(found.at("mail").state, State::kError);
  EXPECT_THAT(found.at("mail").detail, HasSubstr("451 later"));
}

TEST_F(PlatformWatchTest, DeadLetterThatIsDueAgainIsAFreshMail) {
  Queue("4 DAY");
  Attempt("deferred", "1 DAY");
  Attempt("retried", "1 MINUTE");
  EXPECT_EQ(LookAgain().at("mail").state, State::kOk);
}

TEST_F(PlatformWatchTest, DeadLetterThatIsDueAgainIsNoAttempt) {
  Queue("20 MINUTE");
  Attempt("retried", "1 MINUTE");
  database_.Execute("UPDATE notification_attempts SET recipient = 'other@example.org'");
  EXPECT_EQ(LookAgain().at("mail").state, State::kNoData);
}

TEST_F(PlatformWatchTest, FreshMailIsWell) {
  Queue("2 MINUTE");
  EXPECT_EQ(LookAgain().at("mail").state, State::kOk);
}

TEST_F(PlatformWatchTest, HeartbeatIsAskedWhileAllIsWellAndMissesWhatIsNot) {
  test::ScriptedServer server([](test::Connection& client) {
    EXPECT_THAT(client.ReadRequest(), HasSubstr("GET /ping/17 "));
    client.Reply(200, "OK");
  });
  config_.watch.heartbeat_url = server.Url("/ping/17");
  ProcessorPassed("1 SECOND");
  Look();
  EXPECT_EQ(server.Accepted(), 1);
  ProcessorPassed("10 MINUTE");
  Look();
  EXPECT_EQ(server.Accepted(), 1);
}

TEST_F(PlatformWatchTest, LostLeaseWritesNothing) {
  ProcessorPassed("10 MINUTE");
  database_.Execute("UPDATE leases SET token = token + 1 WHERE name = 'aggregator'");
  PlatformWatch watch(config_);
  const auto found = watch.Look(connection_, *lease_);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kBusy);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM watches"), "0");
}

}  // namespace
}  // namespace mon::data_aggregator
