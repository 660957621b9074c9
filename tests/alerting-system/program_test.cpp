#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <thread>

#include "alerting-system/mail_server.h"
#include "alerting_system/outbox.h"
#include "support/mariadb_server.h"
#include "support/plain_http.h"

namespace mon::alerting_system {
namespace {

using test::Finished;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Environment = std::map<std::string, std::string>;

/// Polls what another process does: it tells nobody when it is done.
bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class ProgramTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<test::MailServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { server_->Reset(); }

  /// The environment of a user who mails through `port` of the server.
  Environment Mailing(const std::string& port = "starttls",
                      const std::string& to = "oncall@example.test") const {
    Environment environment = {{"SMTP_SERVER_HOST", "127.0.0.1"},
                               {"SMTP_SERVER_PORT", std::to_string(server_->Port(port))},
                               {"SMTP_EMAIL_ADDRESS", server_->Fact("user")},
                               {"RECIPIENT_EMAIL_ADDRESS", to},
                               {"CA_FILE", server_->Fact("ca")},
                               {"MONITORING_STATE_DIR", state_.Path()}};
    if (port == "plain") {
      environment["SMTP_SECURITY"] = "none";
    } else {
      environment["SMTP_EMAIL_PASSWORD"] = server_->Fact("password");
      environment["SMTP_SECURITY"] = port.ends_with("starttls") ? "starttls" : "tls";
    }
    return environment;
  }

  static Finished Run(const std::vector<std::string>& arguments, const Environment& environment) {
    std::vector<std::string> command = {test::Program("alerting-system")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Finished finished = test::Run(command, environment);
    EXPECT_THAT(finished.out + finished.err, Not(HasSubstr(server_->Fact("password"))));
    return finished;
  }

  static Finished Send(const Environment& environment) {
    return Run({"send", "--subject", "Störung", "--body", "Text"}, environment);
  }

  static std::vector<std::string> Recipients() {
    std::vector<std::string> all;
    for (const auto& mail : server_->Mails()) all.push_back(mail.to.at(0));
    return all;
  }

  test::TemporaryDirectory state_;
  static std::unique_ptr<test::MailServer> server_;
};

std::unique_ptr<test::MailServer> ProgramTest::server_;

TEST_F(ProgramTest, SendMailsInEachSecurityMode) {
  for (const char* port : {"starttls", "tls", "plain"}) {
    const Finished run = Send(Mailing(port));
    EXPECT_EQ(run.exit_code, 0) << port << run.err;
    EXPECT_EQ(run.out + run.err, "") << "silent when all is well";
    ASSERT_FALSE(server_->Mails().empty());
    EXPECT_EQ(server_->Mails().back().port, port);
  }
}

TEST_F(ProgramTest, SendGoesToAReceiverByAllItsWays) {
  const std::string config = state_.Path() + "/monitoring.toml";
  const std::string input = state_.Path() + "/input";
  std::ofstream(config) << "[[receiver]]\nname = \"oncall\"\nmail = [\"night@example.test\"]\n"
                        << "command = [\"/bin/sh\", \"-c\", \"cat > " << input << "\"]\n";
  const auto send = [&](const std::string& receiver) {
    return Run(
        {"send", "--subject", "Test", "--body", "Text", "--receiver", receiver, "--config", config},
        Mailing());
  };
  const Finished run = send("oncall");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(Recipients(), testing::ElementsAre("night@example.test"));
  std::ifstream file(input);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_THAT(text, HasSubstr(R"("receiver":"oncall")"));
  EXPECT_THAT(text, HasSubstr(R"("summary":"Test")"));
  const Finished wrong = send("onkall");
  EXPECT_EQ(wrong.exit_code, 64);
  EXPECT_THAT(wrong.err, HasSubstr("no [[receiver]] named \"onkall\""));
}

TEST_F(ProgramTest, SendNamesTheRefusedRecipientAndTheOthersGetTheirs) {
  server_->SetFaults(R"([{"stage": "rcpt", "action": "550 5.1.1 unknown", "recipient": "b@*"}])");
  const Finished run = Send(Mailing("starttls", "a@x.test, b@x.test, c@x.test"));
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, AllOf(HasSubstr("b@x.test"), HasSubstr("550 5.1.1 unknown"),
                             Not(HasSubstr("a@x.test"))));
  EXPECT_THAT(Recipients(), testing::ElementsAre("a@x.test", "c@x.test"));
}

TEST_F(ProgramTest, SendTellsWhatIsWrongByItsExitCode) {
  auto environment = Mailing();
  environment["SMTP_EMAIL_PASSWORD"] = "wrong-password";
  Finished run = Send(environment);
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, AllOf(HasSubstr("login refused"), Not(HasSubstr("wrong-password"))));

  EXPECT_EQ(Send(Mailing("wrong_name")).exit_code, 77);
  EXPECT_EQ(Send(Mailing("wrong_name_starttls")).exit_code, 77);

  environment = Mailing();
  environment["SMTP_SERVER_PORT"] = std::to_string(test::UnusedPort());
  EXPECT_EQ(Send(environment).exit_code, 69);

  environment = Mailing();
  environment.erase("SMTP_EMAIL_ADDRESS");
  EXPECT_EQ(Send(environment).exit_code, 78);

  server_->SetFaults(R"([{"stage": "ehlo", "action": "no-starttls"}])");
  EXPECT_EQ(Send(Mailing()).exit_code, 69);
  EXPECT_TRUE(server_->Mails().empty());
}

TEST_F(ProgramTest, DryRunPrintsTheBytesAndSendsNothing) {
  const Finished run = Run(
      {"send", "--subject", "S", "--body", "B", "--severity", "critical", "--dry-run"}, Mailing());
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, AllOf(HasSubstr("Subject: S\r\n"), HasSubstr("X-Priority: 1\r\n"),
                             HasSubstr("X-Severity: critical\r\n"), HasSubstr("\r\n\r\nB\r\n")));
  EXPECT_TRUE(server_->Mails().empty());
}

TEST_F(ProgramTest, SendHasAFormInTextAndOneInHtml) {
  const Finished run =
      Run({"send", "--subject", "a < b", "--body", "1 < 2\n\"&\"", "--dry-run"}, Mailing());
  EXPECT_THAT(run.out, AllOf(HasSubstr("Content-Type: multipart/alternative"),
                             HasSubstr("Content-Type: text/plain"), HasSubstr("\r\n1 < 2\r\n"),
                             HasSubstr("Content-Type: text/html"), HasSubstr("a &lt; b"),
                             HasSubstr("1 &lt; 2\r\n&quot;&amp;&quot;")));
}

TEST_F(ProgramTest, HeaderInjectionIsBadData) {
  EXPECT_EQ(Run({"send", "--subject", "S\r\nBcc: spy@x.test", "--body", "B"}, Mailing()).exit_code,
            65);
  EXPECT_TRUE(server_->Mails().empty());
}

TEST_F(ProgramTest, WithoutServerTheMaildirTakesTheMailWithAWarning) {
  const Finished run = Send({{"MONITORING_STATE_DIR", state_.Path()}});
  EXPECT_EQ(run.exit_code, 0);
  const auto folder = std::filesystem::path(state_.Path()) / "maildir" / "new";
  EXPECT_THAT(run.err, HasSubstr((std::filesystem::path(state_.Path()) / "maildir").string()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(ProgramTest, WrongUsageSaysWhatIsExpected) {
  EXPECT_THAT(Run({}, {}).err,
              HasSubstr("a command is missing: expected send or deliver or dead-letters"));
  EXPECT_THAT(Run({"send", "--subject", "S", "--body", "B", "--severity", "x"}, {}).err,
              HasSubstr("--severity: expected info or warning or critical, found 'x'"));
}

TEST_F(ProgramTest, WrongUsageIs64) {
  EXPECT_EQ(Run({}, {}).exit_code, 64);
  EXPECT_EQ(Run({"send", "--subject", "S"}, {}).exit_code, 64);
  EXPECT_EQ(Run({"send", "--subject", "S", "--body", "B", "--severity", "x"}, {}).exit_code, 64);
  EXPECT_EQ(Run({"send", "--subject", "S", "--body", "B", "--daemon"}, {}).exit_code, 64);
  EXPECT_EQ(Run({"deliver", "--max-runtime", "soon"}, {}).exit_code, 64);
}

/// `deliver` with a real database and a real server.
class DeliverProgramTest : public ProgramTest {
 protected:
  static void SetUpTestSuite() {
    ProgramTest::SetUpTestSuite();
    shared_ = std::make_unique<test::TestDatabase>();
  }
  static void TearDownTestSuite() {
    shared_.reset();
    ProgramTest::TearDownTestSuite();
  }
  void SetUp() override {
    ProgramTest::SetUp();
    for (const char* table :
         {"notification_attempts", "notification_recipients", "notifications", "leases"}) {
      shared_->Execute(std::string("DELETE FROM ") + table);
    }
  }

  Environment Delivering(const std::string& port = "starttls") const {
    Environment environment = Mailing(port);
    environment.merge(shared_->Environment(test::Account::kProcessor));
    return environment;
  }

  static void Queue(const std::vector<std::string>& recipients, int alert = 17) {
    auto connection = shared_->Connect(test::Account::kProcessor);
    ComposedMail mail;
    mail.subject = "problem " + std::to_string(alert);
    mail.body_text = "text\n";
    mail.body_html = "<p>text</p>\n";
    mail.thread_key = "alert/" + std::to_string(alert);
    mail.dedup_key = mail.thread_key + "/problem";
    auto transaction = mysql::Transaction::Begin(connection);
    ASSERT_TRUE(Enqueue(connection, alert, ReportKind::kProblem, mail, recipients));
    ASSERT_TRUE(transaction->Commit());
  }

  static std::string Status(const std::string& recipient) {
    return shared_->QueryOne("SELECT status FROM notification_recipients WHERE recipient = '" +
                             recipient + "'");
  }

  static void MakeRetriesDue() {
    shared_->Execute(
        "UPDATE notification_recipients SET next_attempt_at = CURRENT_TIMESTAMP(3)"
        " WHERE next_attempt_at IS NOT NULL");
  }

  static std::unique_ptr<test::TestDatabase> shared_;
};

std::unique_ptr<test::TestDatabase> DeliverProgramTest::shared_;

TEST_F(DeliverProgramTest, DeliversWhatIsQueuedOnceAndSilently) {
  Queue({"a@x.test", "b@x.test"});
  const Finished run = Run({"deliver"}, Delivering());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out + run.err, "");
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  EXPECT_THAT(Recipients(), testing::ElementsAre("a@x.test", "b@x.test"));
}

TEST_F(DeliverProgramTest, DryRunShowsWhatWouldGoAndChangesNothing) {
  Queue({"a@x.test"});
  const Finished run = Run({"deliver", "--dry-run"}, Delivering());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("To: a@x.test\r\n"));
  EXPECT_TRUE(server_->Mails().empty());
  EXPECT_EQ(Status("a@x.test"), "queued");
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  ASSERT_EQ(server_->Mails().size(), 1U);
  EXPECT_EQ(server_->Mails()[0].bytes + "\n", run.out) << "not the exact bytes";
}

TEST_F(DeliverProgramTest, ServerThatIsDownKeepsTheMailAndLaterItGoesOnce) {
  Queue({"a@x.test"});
  auto environment = Delivering();
  environment["SMTP_SERVER_PORT"] = std::to_string(test::UnusedPort());
  const Finished run = Run({"deliver"}, environment);
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, HasSubstr("a@x.test"));
  EXPECT_EQ(Status("a@x.test"), "queued");
  MakeRetriesDue();
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  EXPECT_EQ(server_->Mails().size(), 1U);
}

TEST_F(DeliverProgramTest, RefusedLoginIs77AndKeepsTheMail) {
  Queue({"a@x.test"});
  auto environment = Delivering();
  environment["SMTP_EMAIL_PASSWORD"] = "wrong-password";
  const Finished run = Run({"deliver"}, environment);
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, Not(HasSubstr("wrong-password")));
  EXPECT_EQ(shared_->QueryOne("SELECT COUNT(*) FROM notification_attempts WHERE reply LIKE "
                              "'%wrong-password%'"),
            "0");
  EXPECT_EQ(Status("a@x.test"), "queued");
}

TEST_F(DeliverProgramTest, RefusedRecipientIsDeadAndTheOthersGetTheirs) {
  Queue({"a@x.test", "b@x.test", "c@x.test"});
  server_->SetFaults(R"([{"stage": "rcpt", "action": "550 5.1.1 unknown", "recipient": "b@*"}])");
  const Finished run = Run({"deliver"}, Delivering());
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, AllOf(HasSubstr("b@x.test"), HasSubstr("550 5.1.1 unknown")));
  EXPECT_THAT(Recipients(), testing::ElementsAre("a@x.test", "c@x.test"));
  EXPECT_EQ(Status("b@x.test"), "dead");
}

TEST_F(DeliverProgramTest, GreylistedMailWaitsAndGoesLater) {
  Queue({"a@x.test"});
  server_->SetFaults(R"([{"stage": "rcpt", "action": "451 4.7.1 greylisted", "times": 1}])");
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 69);
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0) << "waiting is no failure";
  EXPECT_TRUE(server_->Mails().empty());
  MakeRetriesDue();
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  EXPECT_EQ(server_->Mails().size(), 1U);
}

TEST_F(DeliverProgramTest, MailThatBrokeAfterDataIsUncertainAndRepeatedRecognisably) {
  Queue({"a@x.test"});
  server_->SetFaults(R"([{"stage": "end", "action": "store-drop", "times": 1}])");
  const Finished run = Run({"deliver"}, Delivering());
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, HasSubstr("may or may not have been taken"));
  EXPECT_EQ(Status("a@x.test"), "uncertain");
  MakeRetriesDue();
  EXPECT_EQ(Run({"deliver"}, Delivering()).exit_code, 0);
  const auto mails = server_->Mails();
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_EQ(mails[0].message_id, mails[1].message_id);
  EXPECT_EQ(mails[0].bytes, mails[1].bytes);
  EXPECT_EQ(Status("a@x.test"), "sent");
}

TEST_F(DeliverProgramTest, KilledBetweenAcceptanceAndRecordItRepeatsWithTheSameMessageId) {
  Queue({"a@x.test", "b@x.test"});
  server_->SetFaults(R"([{"stage": "end", "action": "store-hang", "times": 1}])");
  test::Background killed({test::Program("alerting-system"), "deliver"}, Delivering());
  ASSERT_TRUE(Eventually([&] { return server_->Mails().size() == 1; }));
  killed.Signal(SIGKILL);
  ASSERT_EQ(killed.Wait(), 128 + SIGKILL);
  EXPECT_EQ(Status("a@x.test"), "sending");
  const Finished run = Run({"deliver"}, Delivering());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(Recipients(), testing::ElementsAre("a@x.test", "a@x.test", "b@x.test"));
  EXPECT_EQ(server_->Mails()[0].message_id, server_->Mails()[1].message_id);
  EXPECT_EQ(shared_->QueryOne("SELECT outcome FROM notification_attempts ORDER BY id LIMIT 1"),
            "uncertain");
}

TEST_F(DeliverProgramTest, SecondDeliveryLeavesWith75) {
  Queue({"a@x.test"});
  server_->SetFaults(R"([{"stage": "connect", "action": "hang", "times": 1}])");
  test::Background first({test::Program("alerting-system"), "deliver"}, Delivering());
  ASSERT_TRUE(Eventually([&] { return Status("a@x.test") == "sending"; }));
  const Finished second = Run({"deliver"}, Delivering());
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_EQ(second.err, "") << "it says so only with --log-level info";
  first.Signal(SIGTERM);
  EXPECT_EQ(first.Wait(std::chrono::seconds(5)), 0) << first.ErrorText();
  EXPECT_EQ(Status("a@x.test"), "queued");
}

TEST_F(DeliverProgramTest, SigtermFinishesTheMailAtHand) {
  Queue({"a@x.test", "b@x.test"});
  server_->SetFaults(R"([{"stage": "end", "action": "delay 1", "times": 1}])");
  test::Background run({test::Program("alerting-system"), "deliver"}, Delivering());
  ASSERT_TRUE(Eventually([&] { return server_->Mails().size() == 1; }));
  run.Signal(SIGTERM);
  EXPECT_EQ(run.Wait(std::chrono::seconds(10)), 0) << run.ErrorText();
  EXPECT_EQ(Status("a@x.test"), "sent");
  EXPECT_EQ(Status("b@x.test"), "queued");
}

TEST_F(DeliverProgramTest, DatabaseWithoutTablesIs78) {
  test::TestDatabase empty(test::TestDatabase::Options{.migrate = false});
  auto environment = Mailing();
  environment.merge(empty.Environment(test::Account::kProcessor));
  const Finished run = Run({"deliver"}, environment);
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("--migrate"));
}

TEST_F(DeliverProgramTest, MaildirTakesTheMailsOfTheQueue) {
  Queue({"a@x.test"});
  Environment environment = shared_->Environment(test::Account::kProcessor);
  environment["MONITORING_STATE_DIR"] = state_.Path();
  EXPECT_EQ(Run({"deliver"}, environment).exit_code, 0);
  EXPECT_EQ(Status("a@x.test"), "sent");
  const auto folder = std::filesystem::path(state_.Path()) / "maildir" / "new";
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(DeliverProgramTest, DaemonDeliversWhatComesAndStopsOnSigterm) {
  test::Background daemon({test::Program("alerting-system"), "deliver", "--daemon", "--interval",
                           "200ms", "--listen", "none"},
                          Delivering());
  Queue({"a@x.test"});
  EXPECT_TRUE(Eventually([&] { return server_->Mails().size() == 1; })) << daemon.ErrorText();
  Queue({"b@x.test"}, 18);
  EXPECT_TRUE(Eventually([&] { return server_->Mails().size() == 2; }));
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Wait(std::chrono::seconds(5)), 0) << daemon.ErrorText();
}

TEST_F(DeliverProgramTest, DaemonTellsItsStateByHttp) {
  const std::uint16_t port = test::UnusedPort();
  test::Background daemon({test::Program("alerting-system"), "deliver", "--daemon", "--interval",
                           "200ms", "--listen", "127.0.0.1:" + std::to_string(port)},
                          Delivering());
  Queue({"a@x.test"});
  ASSERT_TRUE(Eventually([&] { return Status("a@x.test") == "sent"; })) << daemon.ErrorText();
  const auto get = [&](const std::string& path) { return test::PlainConnection(port).Get(path); };
  EXPECT_EQ(get("/-/healthy").status, 200);
  EXPECT_TRUE(Eventually([&] {
    return get("/metrics").body.find("alerting_mails_total{outcome=\"sent\"} 1") !=
           std::string::npos;
  })) << get("/metrics").body;
  EXPECT_TRUE(Eventually([&] { return get("/-/ready").status == 200; })) << get("/-/ready").body;
  EXPECT_THAT(get("/-/ready").body, HasSubstr("mysql"));
}

TEST_F(DeliverProgramTest, DaemonTellsOfAMissingServerOnceAndGoesOn) {
  for (int alert = 1; alert <= 5; ++alert) Queue({"a@x.test"}, alert);
  auto environment = Delivering();
  environment["SMTP_SERVER_PORT"] = std::to_string(test::UnusedPort());
  test::Background daemon({test::Program("alerting-system"), "deliver", "--daemon", "--interval",
                           "200ms", "--listen", "none"},
                          environment);
  ASSERT_TRUE(Eventually([&] {
    return shared_->QueryOne("SELECT COUNT(*) FROM notification_attempts") == "5";
  })) << daemon.ErrorText();
  daemon.Signal(SIGTERM);
  ASSERT_EQ(daemon.Wait(std::chrono::seconds(5)), 0);
  const std::string log = daemon.ErrorText();
  EXPECT_NE(log.find("was not taken"), std::string::npos);
  EXPECT_EQ(log.find("was not taken"), log.rfind("was not taken")) << log;
}

TEST_F(DeliverProgramTest, DaemonTellsOfAMailGivenUpWhileTheServerIsMissing) {
  Queue({"a@x.test"}, 1);
  Queue({"b@x.test"}, 2);
  shared_->Execute(
      "UPDATE notifications SET created_at = created_at - INTERVAL 4 DAY ORDER BY id DESC LIMIT 1");
  auto environment = Delivering();
  environment["SMTP_SERVER_PORT"] = std::to_string(test::UnusedPort());
  test::Background daemon({test::Program("alerting-system"), "deliver", "--daemon", "--interval",
                           "200ms", "--listen", "none"},
                          environment);
  ASSERT_TRUE(Eventually([&] { return Status("b@x.test") == "dead"; })) << daemon.ErrorText();
  daemon.Signal(SIGTERM);
  ASSERT_EQ(daemon.Wait(std::chrono::seconds(5)), 0);
  const std::string log = daemon.ErrorText();
  EXPECT_THAT(log, HasSubstr("to b@x.test was not taken"));
  EXPECT_NE(log.find("no further attempt"), std::string::npos);
  EXPECT_EQ(log.find("no further attempt"), log.rfind("no further attempt")) << log;
}

TEST_F(DeliverProgramTest, DaemonStartsWithoutDatabase) {
  auto environment = Delivering();
  environment["MYSQL_PORT"] = std::to_string(test::UnusedPort());
  test::Background daemon({test::Program("alerting-system"), "deliver", "--daemon", "--interval",
                           "200ms", "--listen", "none"},
                          environment);
  EXPECT_TRUE(Eventually([&] { return daemon.ErrorText().find("mysql") != std::string::npos; }));
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Wait(std::chrono::seconds(5)), 0);
}

}  // namespace
}  // namespace mon::alerting_system
