#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "alerting-system/mail_server.h"
#include "alerting_system/message.h"
#include "mail_transport/mail_transport.h"

namespace mon::mail_transport {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRecipient = "oncall@example.test";

OutgoingMail Mail(const std::string& to = kRecipient) {
  alerting_system::Message message;
  message.from = "monitoring@example.test";
  message.to = {to};
  message.subject = "Störung";
  message.body_text = ".a line that begins with a dot\n..\n" + std::string(2'000, 'x') + "\n";
  message.body_html = "<p>ü</p>\n";
  message.message_id = alerting_system::MessageId("test", to, message.from);
  message.date = 1'750'000'000;
  return {"monitoring@example.test", to, message.message_id, message.date,
          alerting_system::BuildMessage(message, alerting_system::TimeZone::Utc()).value()};
}

class SmtpTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    server_ = std::make_unique<test::MailServer>();
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { server_->Reset(); }

  static SmtpOptions Options(const std::string& port, SmtpSecurity security) {
    SmtpOptions options;
    options.host = "127.0.0.1";
    options.port = server_->Port(port);
    options.security = security;
    options.tls_ca = server_->Fact("ca");
    if (security != SmtpSecurity::kNone) {
      options.user = server_->Fact("user");
      options.password = Secret(server_->Fact("password"));
    }
    return options;
  }

  static std::unique_ptr<MailTransport> Starttls() {
    return MakeSmtpTransport(Options("starttls", SmtpSecurity::kStarttls));
  }
  static std::unique_ptr<MailTransport> Plain() {
    return MakeSmtpTransport(Options("plain", SmtpSecurity::kNone));
  }

  /// A service error whose text never shows the password.
  static Error ErrorOf(MailTransport& transport) {
    const auto receipt = transport.Send(Mail(), {});
    EXPECT_FALSE(receipt) << receipt->reply;
    if (receipt) return {};
    EXPECT_THAT(receipt.error().message, Not(HasSubstr(server_->Fact("password"))));
    EXPECT_TRUE(server_->Mails().empty());
    return receipt.error();
  }

  static std::unique_ptr<test::MailServer> server_;
};

std::unique_ptr<test::MailServer> SmtpTest::server_;

TEST_F(SmtpTest, StarttlsWithLoginDeliversTheExactBytes) {
  const auto receipt = Starttls()->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->status, Status::kSent);
  EXPECT_EQ(receipt->reply, "250 2.0.0 taken");
  const auto mails = server_->Mails();
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails[0].bytes, Mail().bytes);
  EXPECT_EQ(mails[0].from, "monitoring@example.test");
  EXPECT_EQ(mails[0].to, std::vector<std::string>{kRecipient});
  EXPECT_THAT(mails[0].tls, HasSubstr("TLSv1."));
  EXPECT_EQ(mails[0].user, server_->Fact("user"));
}

TEST_F(SmtpTest, ImplicitTlsWithLoginDelivers) {
  const auto receipt = MakeSmtpTransport(Options("tls", SmtpSecurity::kTls))->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  ASSERT_EQ(server_->Mails().size(), 1U);
  EXPECT_THAT(server_->Mails()[0].tls, HasSubstr("TLSv1."));
}

TEST_F(SmtpTest, NoneDeliversWithoutEncryptionAndLogin) {
  const auto receipt = Plain()->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  ASSERT_EQ(server_->Mails().size(), 1U);
  EXPECT_EQ(server_->Mails()[0].tls, "");
  EXPECT_EQ(server_->Mails()[0].user, "");
}

TEST_F(SmtpTest, HostNameMatchesTheCertificateToo) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.host = "localhost";
  EXPECT_TRUE(MakeSmtpTransport(options)->Send(Mail(), {}).has_value());
}

TEST_F(SmtpTest, CertificateOfAnotherNameIsRejected) {
  for (const auto& [port, security] : {std::pair("wrong_name", SmtpSecurity::kTls),
                                       std::pair("wrong_name_starttls", SmtpSecurity::kStarttls)}) {
    const auto error = ErrorOf(*MakeSmtpTransport(Options(port, security)));
    EXPECT_EQ(error.code, ErrorCode::kRejected) << port;
    EXPECT_THAT(error.message, HasSubstr("certificate is not trusted"));
  }
}

TEST_F(SmtpTest, UnknownAuthorityIsRejected) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.tls_ca.clear();  // the system's authorities only
  EXPECT_EQ(ErrorOf(*MakeSmtpTransport(options)).code, ErrorCode::kRejected);
}

TEST_F(SmtpTest, CaFileIsTrustedBesideTheSystems) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.ca_file = options.tls_ca;
  options.tls_ca.clear();
  EXPECT_TRUE(MakeSmtpTransport(options)->Send(Mail(), {}).has_value());
}

TEST_F(SmtpTest, UnreadableCaFileIsAConfigurationError) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.tls_ca = "/nonexistent/ca.pem";
  const auto error = ErrorOf(*MakeSmtpTransport(options));
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_THAT(error.message, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(SmtpTest, DowngradeToPlainTextIsRefused) {
  server_->SetFaults(R"([{"stage": "ehlo", "action": "no-starttls"}])");
  const auto error = ErrorOf(*Starttls());
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("does not offer STARTTLS"));
}

TEST_F(SmtpTest, RefusedStarttlsIsUnavailable) {
  server_->SetFaults(R"([{"stage": "starttls", "action": "454 4.7.0 not now"}])");
  const auto error = ErrorOf(*Starttls());
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("454 4.7.0 not now"));
}

TEST_F(SmtpTest, WrongPasswordIsRejectedAndNeverShown) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.password = Secret("not-the-password");
  const auto error = ErrorOf(*MakeSmtpTransport(options));
  EXPECT_EQ(error.code, ErrorCode::kRejected);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("login refused"), HasSubstr("535"),
                    Not(HasSubstr("not-the-password")), Not(HasSubstr("bm90LXRoZS1wYXNzd29yZA"))));
}

TEST_F(SmtpTest, TemporaryLoginFailureIsUnavailable) {
  server_->SetFaults(R"([{"stage": "auth", "action": "454 4.7.0 try later"}])");
  EXPECT_EQ(ErrorOf(*Starttls()).code, ErrorCode::kUnavailable);
}

TEST_F(SmtpTest, ServerThatDemandsALoginRefusesThoseWithout) {
  auto options = Options("starttls", SmtpSecurity::kStarttls);
  options.password = Secret();
  const auto receipt = MakeSmtpTransport(options)->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->status, Status::kRefused);
  EXPECT_THAT(receipt->reply, HasSubstr("530"));
}

TEST_F(SmtpTest, NobodyListeningIsUnavailable) {
  auto options = Options("plain", SmtpSecurity::kNone);
  options.port = test::UnusedPort();
  const auto error = ErrorOf(*MakeSmtpTransport(options));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("127.0.0.1:" + std::to_string(options.port)));
}

TEST_F(SmtpTest, ServiceFaultsBeforeTheMailAreErrorsThatQuoteTheServer) {
  server_->SetFaults(R"([{"stage": "connect", "action": "554 5.3.2 closed for today"}])");
  EXPECT_THAT(ErrorOf(*Plain()).message, HasSubstr("554 5.3.2 closed for today"));
  server_->SetFaults(R"([{"stage": "connect", "action": "drop"}])");
  EXPECT_EQ(ErrorOf(*Plain()).code, ErrorCode::kUnavailable);
}

TEST_F(SmtpTest, SilentServerEndsInATimeout) {
  server_->SetFaults(R"([{"stage": "connect", "action": "hang"}])");
  auto options = Options("plain", SmtpSecurity::kNone);
  options.connect_timeout = std::chrono::milliseconds(300);
  options.total_timeout = std::chrono::milliseconds(600);
  EXPECT_EQ(ErrorOf(*MakeSmtpTransport(options)).code, ErrorCode::kTimeout);
}

struct StageCase {
  const char* stage;
  const char* action;
  Status status;
  const char* reply;
};

class SmtpStageTest : public SmtpTest, public testing::WithParamInterface<StageCase> {};

TEST_P(SmtpStageTest, TellsWhatBecameOfTheMessage) {
  const StageCase& stage = GetParam();
  server_->SetFaults(std::string(R"([{"stage": ")") + stage.stage + R"(", "action": ")" +
                     stage.action + R"(", "times": 1}])");
  auto options = Options("plain", SmtpSecurity::kNone);
  options.total_timeout = std::chrono::milliseconds(1'000);
  const auto transport = MakeSmtpTransport(options);
  const auto receipt = transport->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->status, stage.status);
  EXPECT_THAT(receipt->reply, HasSubstr(stage.reply));
  const bool taken = std::string(stage.action).starts_with("store-");
  EXPECT_EQ(server_->Mails().size(), taken ? 1U : 0U);

  const auto next = transport->Send(Mail("next@example.test"), {});
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->status, Status::kSent) << "the next mail must not suffer: " << next->reply;
}

INSTANTIATE_TEST_SUITE_P(
    Stages, SmtpStageTest,
    testing::Values(StageCase{"mail", "451 4.3.0 busy", Status::kDeferred, "451 4.3.0 busy"},
                    StageCase{"mail", "550 5.7.1 no", Status::kRefused, "550 5.7.1 no"},
                    StageCase{"mail", "drop", Status::kDeferred, "connection lost at MAIL FROM"},
                    StageCase{"mail", "hang", Status::kDeferred, "no answer at MAIL FROM"},
                    StageCase{"rcpt", "450 4.2.0 greylisted", Status::kDeferred, "450 4.2.0 grey"},
                    StageCase{"rcpt", "550 5.1.1 unknown", Status::kRefused, "550 5.1.1 unknown"},
                    StageCase{"rcpt", "421 4.3.2 going", Status::kDeferred, "421 4.3.2 going"},
                    StageCase{"rcpt", "drop", Status::kDeferred, "connection lost at RCPT TO"},
                    StageCase{"data", "451 4.3.0 busy", Status::kDeferred, "451 4.3.0 busy"},
                    StageCase{"data", "554 5.6.0 no", Status::kRefused, "554 5.6.0 no"},
                    StageCase{"data", "drop", Status::kDeferred, "connection lost at DATA"},
                    StageCase{"end", "452 4.3.1 full", Status::kDeferred, "452 4.3.1 full"},
                    StageCase{"end", "554 5.7.1 spam", Status::kRefused, "554 5.7.1 spam"},
                    StageCase{"end", "drop", Status::kUncertain, "connection lost at the end"},
                    StageCase{"end", "store-drop", Status::kUncertain,
                              "connection lost at the end"},
                    StageCase{"end", "store-hang", Status::kUncertain, "no answer at the end"}));

TEST_F(SmtpTest, ConnectionIsUsedAgain) {
  // A second greeting would be refused.
  const auto transport = Starttls();
  ASSERT_TRUE(transport->Send(Mail("a@example.test"), {}).has_value());
  server_->SetFaults(R"([{"stage": "connect", "action": "554 5.3.2 no second connection"}])");
  const auto receipt = transport->Send(Mail("b@example.test"), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(server_->Mails().size(), 2U);
}

TEST_F(SmtpTest, ServerThatIsSilentAtQuitHoldsNobodyUp) {
  server_->SetFaults(R"([{"stage": "quit", "action": "hang"}])");
  auto transport = Starttls();
  ASSERT_TRUE(transport->Send(Mail(), {}).has_value());
  const auto begun = std::chrono::steady_clock::now();
  transport.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2));
}

TEST_F(SmtpTest, StopEndsAnExchangeThatHasNotBegun) {
  server_->SetFaults(R"([{"stage": "connect", "action": "hang"}])");
  std::stop_source stop;
  const auto transport = Plain();
  std::jthread stopper([&] { stop.request_stop(); });
  const auto begun = std::chrono::steady_clock::now();
  const auto receipt = transport->Send(Mail(), stop.get_token());
  EXPECT_FALSE(receipt);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(SmtpTest, LongReplyOfSeveralLinesIsKeptWhole) {
  server_->SetFaults(
      "[{\"stage\": \"rcpt\", \"action\": \"550-5.1.1 first line\\r\\n550 5.1.1 second line\"}]");
  const auto receipt = Plain()->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->status, Status::kRefused);
  EXPECT_EQ(receipt->reply, "550-5.1.1 first line 550 5.1.1 second line");
}

TEST_F(SmtpTest, ProbeLogsInAndSendsNothing) {
  const auto probed = ProbeSmtp(Options("starttls", SmtpSecurity::kStarttls), {});
  EXPECT_TRUE(probed) << probed.error().message;
  EXPECT_TRUE(ProbeSmtp(Options("tls", SmtpSecurity::kTls), {}));
  EXPECT_TRUE(ProbeSmtp(Options("plain", SmtpSecurity::kNone), {}));
  EXPECT_TRUE(server_->Mails().empty());
}

TEST_F(SmtpTest, ProbeFailsAsAMailWould) {
  SmtpOptions options = Options("starttls", SmtpSecurity::kStarttls);
  options.password = Secret("not the password");
  const auto refused = ProbeSmtp(options, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRejected);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("login refused"), Not(HasSubstr("not the password"))));
  const auto other = ProbeSmtp(Options("wrong_name", SmtpSecurity::kTls), {});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("certificate is not trusted"));
  options.port = test::UnusedPort();
  EXPECT_EQ(ProbeSmtp(options, {}).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mon::mail_transport
