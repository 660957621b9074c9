// A daemon that is asked to end does so within five seconds, whatever it is doing.
#include <fmt/format.h>
#include <signal.h>

#include "alerting-system/mail_server.h"
#include "alerting_system/outbox.h"
#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

constexpr auto kDrain = 5s;

class StopTest : public DaemonsTest {
 protected:
  [[nodiscard]] bool SomebodyWaits() {
    return database_.QueryOne("SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" +
                              database_.Name() + "' AND state LIKE 'Waiting for table%'") != "0";
  }
};

TEST_P(StopTest, EndsAndGivesItsLeaseBack) {
  const auto daemon = Start();
  ASSERT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
  daemon->Signal(SIGTERM);
  EXPECT_EQ(daemon->Wait(kDrain), 0);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM leases WHERE expires_at IS NOT NULL"), "0");
}

TEST_P(StopTest, EndsThoughTheDatabaseHoldsItUp) {
  mysql::Connection other = database_.Connect(Account::kRoot);
  ASSERT_TRUE(other.Execute("LOCK TABLES leases WRITE"));
  const auto daemon = Start();
  ASSERT_TRUE(Eventually([&] { return SomebodyWaits(); })) << daemon->ErrorText();
  daemon->Signal(SIGTERM);
  EXPECT_EQ(daemon->Wait(kDrain), 0) << daemon->ErrorText();
}

TEST_P(StopTest, EndsThoughTheDatabaseDoesNotAnswer) {
  MariadbServer server({"--no-tls"});
  const auto pids = test::Run({"pgrep", "-P", std::to_string(server.Server().Process().Pid())});
  const auto pid = static_cast<pid_t>(std::stol(pids.out));
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  Configure("", fmt::format("[mysql]\nhosts = [\"127.0.0.1:{}\"]\nuser = \"x\"\n", server.Port()));
  const auto daemon = Start();
  (void)PortOf(*daemon);
  daemon->Signal(SIGTERM);
  EXPECT_EQ(daemon->Wait(kDrain), 0) << daemon->ErrorText();
  kill(pid, SIGCONT);
}

INSTANTIATE_TEST_SUITE_P(All, StopTest, testing::ValuesIn(AllDaemons()));

/// With a mail on its way.
class MailInFlightTest : public DaemonsTest {
 protected:
  void SetUp() override {
    Configure();
    auto connection = database_.Connect(Account::kProcessor);
    ASSERT_TRUE(connection.Begin());
    alerting_system::ComposedMail mail;
    mail.subject = "Test";
    mail.body_text = "Test\n";
    mail.thread_key = "test";
    mail.dedup_key = "test/problem";
    const std::vector<std::string> to = {"oncall@example.test"};
    ASSERT_TRUE(
        alerting_system::Enqueue(connection, 0, alerting_system::ReportKind::kProblem, mail, to));
    ASSERT_TRUE(connection.Commit());
  }

  [[nodiscard]] Environment Mailing() const {
    return {{"SMTP_SERVER_HOST", "127.0.0.1"},
            {"SMTP_SERVER_PORT", std::to_string(mail_.Port("plain"))},
            {"SMTP_SECURITY", "none"}};
  }
  [[nodiscard]] std::string Status() {
    return database_.QueryOne("SELECT status FROM notification_recipients");
  }

  MailServer mail_;
};

TEST_P(MailInFlightTest, IsFinishedAndNotSentTwice) {
  mail_.SetFaults(R"([{"stage": "end", "action": "delay 1.5"}])");
  {
    const auto daemon = Start(Mailing());
    ASSERT_TRUE(Eventually([&] { return mail_.Mails().size() == 1; })) << daemon->ErrorText();
    daemon->Signal(SIGTERM);
    EXPECT_EQ(daemon->Wait(kDrain), 0) << daemon->ErrorText();
  }
  EXPECT_EQ(Status(), "sent");
  const auto again = Start(Mailing());
  ASSERT_TRUE(Eventually([&] { return IsReady(*again); }));
  EXPECT_THAT(mail_.Mails(), SizeIs(1));
}

TEST_P(MailInFlightTest, IsGivenUpWhereTheServerHangs) {
  mail_.SetFaults(R"([{"stage": "data", "action": "hang"}])");
  const auto daemon = Start(Mailing());
  ASSERT_TRUE(Eventually([&] { return Status() == "sending"; })) << daemon->ErrorText();
  daemon->Signal(SIGTERM);
  EXPECT_EQ(daemon->Wait(kDrain), 0) << daemon->ErrorText();
  EXPECT_TRUE(Eventually([&] { return Status() == "queued"; })) << Status();
}

// The processor has a delivery do it, as a process of its own.
INSTANTIATE_TEST_SUITE_P(All, MailInFlightTest,
                         testing::Values(AllDaemons().at(1), AllDaemons().at(2)));

}  // namespace
}  // namespace mon::test
