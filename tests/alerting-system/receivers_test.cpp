#include "receivers/receivers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "alerting_system/payload.h"
#include "support/child_process.h"
#include "support/scripted_server.h"

namespace mon::receivers {
namespace {

using namespace std::chrono_literals;
using alerting_system::QueuedMail;
using mail_transport::Receipt;
using mail_transport::Status;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

constexpr const char* kSecret = "T0hunter2";

QueuedMail Mail(const std::string& recipient) {
  alerting_system::Payload payload;
  payload.group_key = "shop";
  alerting_system::PayloadAlert alert;
  alert.labels = {{"rule", "slow"}, {"application", "shop"}, {"severity", "warning"}};
  payload.alerts = {alert};
  QueuedMail mail;
  mail.recipient = recipient;
  mail.subject = "[PROBLEM warning] shop <!channel>";
  mail.body_text = "first line\n\n[second](http://evil)\n";
  mail.dedup_key = "alert/17/problem";
  mail.payload = alerting_system::ToJson(payload);
  return mail;
}

Json BodyOf(const QueuedMail& mail) { return Json::parse(BodyFor(mail)); }

TEST(ReceiverBodyTest, AWebhookGetsThePayloadWithItsName) {
  const Json body = BodyOf(Mail("webhook:oncall"));
  EXPECT_EQ(body["receiver"], "oncall");
  EXPECT_EQ(body["version"], "4");
  EXPECT_EQ(body["alerts"][0]["labels"]["alertname"], "slow");
}

TEST(ReceiverBodyTest, WithoutAPayloadItIsMadeOfTheText) {
  QueuedMail mail = Mail("webhook:oncall");
  mail.payload.clear();
  const Json body = BodyOf(mail);
  EXPECT_EQ(body["status"], "firing");
  EXPECT_EQ(body["alerts"][0]["annotations"]["summary"], mail.subject);
  EXPECT_EQ(body["alerts"][0]["annotations"]["description"], mail.body_text);
  mail.is_end = true;
  EXPECT_EQ(BodyOf(mail)["status"], "resolved");
}

TEST(ReceiverBodyTest, SlackGetsSubjectTextAndColourAndNoMarkupOfOthers) {
  const Json body = BodyOf(Mail("slack:oncall"));
  EXPECT_EQ(body["text"], "[PROBLEM warning] shop &lt;!channel&gt;");
  EXPECT_EQ(body["attachments"][0]["color"], "warning");
  EXPECT_EQ(body["attachments"][0]["text"], "first line\n\n[second](http://evil)\n");
  EXPECT_EQ(body["attachments"][0]["fields"][1]["value"], "shop");
}

TEST(ReceiverBodyTest, TeamsGetsAnAdaptiveCardInWhichTextIsText) {
  const Json body = BodyOf(Mail("teams:oncall"));
  EXPECT_EQ(body["type"], "message");
  const Json& attachment = body["attachments"][0];
  EXPECT_EQ(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
  const Json& card = attachment["content"];
  EXPECT_EQ(card["type"], "AdaptiveCard");
  EXPECT_EQ(card["body"][0]["inlines"][0]["color"], "Warning");
  for (const Json& part : card["body"]) EXPECT_NE(part["type"], "TextBlock");
}

TEST(ReceiverBodyTest, ALongTextStaysWithinWhatTeamsTakes) {
  QueuedMail mail = Mail("teams:oncall");
  for (int i = 0; i < 5'000; ++i) mail.body_text += "x\n";
  EXPECT_LT(BodyFor(mail).size(), 28'000);
}

/// What a server was sent.
class Requests {
 public:
  void Add(std::string request) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::move(request));
  }
  std::vector<std::string> All() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

class WebhookTest : public testing::Test {
 protected:
  static ReceiverConfig Webhook(const std::string& url) {
    ReceiverConfig receiver;
    receiver.name = "oncall";
    receiver.webhook_url = Secret(url);
    receiver.bearer_token = Secret("hunter2-bearer");
    receiver.timeout = 500ms;
    return receiver;
  }

  static Result<Receipt> Send(ReceiverConfig receiver, std::stop_token stop = {}) {
    Config config;
    config.receivers = {std::move(receiver)};
    return Receivers(config).Send(Mail("webhook:oncall"), std::move(stop));
  }

  /// From a server that does as `script` says.
  Result<Receipt> From(const std::function<void(test::Connection&)>& script) {
    test::ScriptedServer server([&](test::Connection& connection) {
      requests_.Add(connection.ReadRequest());
      script(connection);
    });
    auto receipt = Send(Webhook(server.Url("/services/" + std::string(kSecret))));
    const std::string text = receipt ? receipt->reply : receipt.error().message;
    EXPECT_THAT(text, AllOf(Not(HasSubstr(kSecret)), Not(HasSubstr("hunter2"))));
    return receipt;
  }

  Receipt Answered(int status, const std::string& body, const std::string& headers = "") {
    const auto receipt =
        From([&](test::Connection& connection) { connection.Reply(status, body, headers); });
    EXPECT_TRUE(receipt) << receipt.error().message;
    return receipt.value_or(Receipt{});
  }

  Requests requests_;
};

TEST_F(WebhookTest, PostsJsonWithATokenAndAKey) {
  EXPECT_EQ(Answered(200, "ok").status, Status::kSent);
  EXPECT_EQ(Answered(202, "").status, Status::kSent);
  const auto requests = requests_.All();
  ASSERT_EQ(requests.size(), 2);
  const std::string key =
      "Idempotency-Key: " + alerting_system::IdempotencyKey("alert/17/problem", "webhook:oncall");
  for (const auto& request : requests) {
    EXPECT_THAT(request, AllOf(HasSubstr("POST /services/"), HasSubstr(key),
                               HasSubstr("Content-Type: application/json"),
                               HasSubstr("Authorization: Bearer hunter2-bearer"),
                               HasSubstr("\"receiver\":\"oncall\"")));
  }
}

TEST_F(WebhookTest, WhatMayPassIsDeferredAndTheRestRefused) {
  for (const int status : {408, 429, 500, 502, 503}) {
    EXPECT_EQ(Answered(status, "later").status, Status::kDeferred) << status;
  }
  for (const int status : {302, 400, 401, 404, 410}) {
    EXPECT_EQ(Answered(status, "no").status, Status::kRefused) << status;
  }
  EXPECT_EQ(Answered(404, "no_service\n").reply, "HTTP 404: no_service");
}

TEST_F(WebhookTest, ThePromiseOfRetryAfterIsKept) {
  EXPECT_EQ(Answered(429, "", "Retry-After: 120\r\n").retry_after, 120s);
  EXPECT_EQ(Answered(503, "", "Retry-After: 99999999\r\n").retry_after, 24h);
  EXPECT_EQ(Answered(503, "", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n").retry_after, 24h);
  EXPECT_EQ(Answered(503, "", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n").retry_after, 0s);
  EXPECT_EQ(Answered(503, "", "Retry-After: soon\r\n").retry_after, std::nullopt);
  EXPECT_EQ(Answered(503, "").retry_after, std::nullopt);
}

TEST_F(WebhookTest, AServerThatQuotesItsUrlGivesNothingAway) {
  EXPECT_THAT(Answered(404, std::string("no /services/") + kSecret + " here").reply,
              HasSubstr("no <secret> here"));
  EXPECT_THAT(Answered(401, "bad token hunter2-bearer").reply, HasSubstr("bad token <secret>"));
}

TEST_F(WebhookTest, WhatWasHandedOverAndNotAnsweredIsUncertain) {
  const auto closed = From([](test::Connection&) {});
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(closed->status, Status::kUncertain);
  EXPECT_TRUE(closed->connection_lost);
  const auto silent = From([](test::Connection& connection) { connection.WaitForClose(); });
  ASSERT_TRUE(silent) << silent.error().message;
  EXPECT_EQ(silent->status, Status::kUncertain);
  EXPECT_THAT(silent->reply, HasSubstr("no answer within 500ms"));
}

TEST_F(WebhookTest, AServerThatIsNotThereIsNamedByItsReceiverAlone) {
  const auto port = std::to_string(test::UnusedPort());
  const auto receipt = Send(Webhook("http://127.0.0.1:" + port + "/" + kSecret));
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(receipt.error().message,
              AllOf(HasSubstr("webhook of receiver oncall: cannot connect"),
                    Not(HasSubstr(kSecret)), Not(HasSubstr("127.0.0.1"))));
}

TEST_F(WebhookTest, AReceiverThatIsGoneIsRefused) {
  Receivers none{Config{}};
  const auto receipt = none.Send(Mail("slack:oncall"), {});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->status, Status::kRefused);
  EXPECT_THAT(receipt->reply, HasSubstr("no receiver for slack:oncall"));
}

class CommandTest : public testing::Test {
 protected:
  /// A receiver whose command is this shell script.
  Receipt Run(const std::string& script, std::chrono::milliseconds timeout = 20s,
              std::stop_token stop = {}) {
    const std::string path = directory_.Path() + "/command";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    const auto receipt = Start({path, "--to", "a b"}, timeout, std::move(stop));
    EXPECT_TRUE(receipt) << receipt.error().message;
    return receipt.value_or(Receipt{});
  }

  static Result<Receipt> Start(std::vector<std::string> command, std::chrono::milliseconds timeout,
                               std::stop_token stop = {}) {
    Config config;
    config.receivers.emplace_back();
    config.receivers[0].name = "pager";
    config.receivers[0].command = std::move(command);
    config.receivers[0].timeout = timeout;
    return Receivers(config).Send(Mail("command:pager"), std::move(stop));
  }

  std::string Read(const std::string& name) {
    std::ifstream file(directory_.Path() + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  test::TemporaryDirectory directory_;
};

TEST_F(CommandTest, GetsThePayloadItsArgumentsAndFewVariables) {
  ASSERT_EQ(setenv("MYSQL_PASSWORD", "hunter2", 1), 0);
  EXPECT_EQ(
      Run("cd " + directory_.Path() + "; cat > input; env > env; echo \"$1|$2\" > words").status,
      Status::kSent);
  unsetenv("MYSQL_PASSWORD");
  EXPECT_EQ(Json::parse(Read("input"))["receiver"], "pager");
  EXPECT_EQ(Read("words"), "--to|a b\n");
  EXPECT_THAT(Read("env"),
              AllOf(HasSubstr("MON_STATUS=firing\n"), HasSubstr("MON_RECEIVER=pager\n"),
                    HasSubstr("MON_GROUP_KEY=shop\n"), HasSubstr("PATH=/"),
                    HasSubstr("MON_SUBJECT=[PROBLEM warning] shop <!channel>\n"),
                    Not(HasSubstr("hunter2"))));
}

TEST_F(CommandTest, ItsExitCodeSaysWhatBecameOfIt) {
  EXPECT_EQ(Run("exit 75").status, Status::kDeferred);
  const Receipt refused = Run("echo trying >&2; echo no such pager >&2; exit 3");
  EXPECT_EQ(refused.status, Status::kRefused);
  EXPECT_EQ(refused.reply, "exit code 3: no such pager");
  EXPECT_EQ(Run("kill -9 $$").status, Status::kDeferred);
}

TEST_F(CommandTest, OneThatReadsNothingAndSaysMuchIsNoTrouble) {
  EXPECT_EQ(Run("i=0; while [ $i -lt 3000 ]; do echo 'a line that fills the pipe with words' >&2;"
                " i=$((i+1)); done")
                .status,
            Status::kSent);
}

/// Waits for the end of a process that is not ours; one that is killed still has to be scheduled.
bool Ends(int pid) {
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (process < 0) return errno == ESRCH;
  pollfd end{.fd = process, .events = POLLIN, .revents = 0};
  const bool ended = poll(&end, 1, 20'000) == 1;
  close(process);
  return ended;
}

TEST_F(CommandTest, OneThatHangsIsKilledWithAllThatItStarted) {
  const auto begun = std::chrono::steady_clock::now();
  const Receipt receipt = Run("sleep 60 & echo $! > " + directory_.Path() + "/child; wait", 300ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 20s);
  EXPECT_EQ(receipt.status, Status::kDeferred);
  EXPECT_EQ(receipt.reply, "killed after 300ms");
  const std::string child = Read("child");
  ASSERT_FALSE(child.empty());
  EXPECT_TRUE(Ends(std::stoi(child)));
}

TEST_F(CommandTest, OneThatCannotBeStartedIsNamedByItsReceiver) {
  const auto receipt = Start({"/nowhere/page"}, 20s);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(receipt.error().message,
            "command of receiver pager: cannot be started: No such file or directory");
}

}  // namespace
}  // namespace mon::receivers
