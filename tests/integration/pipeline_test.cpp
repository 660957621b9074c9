// All programs together, on real servers: a story of the mock application ends as two mails.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "alerting-system/mail_server.h"
#include "common/text.h"
#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Environment = std::map<std::string, std::string>;

/// Quiet for six seconds, then eight of errors, then quiet.
constexpr const char* kStory =
    "seconds,response_time_ms,error_rate\n"
    "0,120,0.01\n6,120,0.01\n6,2000,0.9\n14,2000,0.9\n14,120,0.01\n";

TestServer& Zabbix() {
  static TemporaryDirectory directory;
  static TestServer zabbix("zabbix", directory.Path(), [] {
    const char* more = std::getenv("MON_TEST_ZABBIX");
    return SplitList(more != nullptr ? more : "", ' ');
  }());
  return zabbix;
}

/// Quoted-printable of a mail without its soft line breaks.
std::string Unfolded(std::string text) {
  for (auto at = text.find("=\r\n"); at != std::string::npos; at = text.find("=\r\n", at)) {
    text.erase(at, 3);
  }
  return text;
}

class PipelineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(directory_.Path() + "/story.csv") << kStory;
    std::ofstream(directory_.Path() + "/monitoring.toml") << fmt::format(
        "[smtp]\nhost = \"localhost\"\nport = {}\nfrom = \"monitoring@example.test\"\n"
        "to = [\"oncall@example.test\", \"second@example.test\"]\nuser = \"{}\"\n"
        "password = \"{}\"\ntls_ca = \"{}\"\n",
        mail_.Port("starttls"), mail_.Fact("user"), mail_.Fact("password"), mail_.Fact("ca"));
  }

  /// One of our programs, as cron runs it.
  Finished Cron(const std::string& program, Account account, const Environment& more) {
    Environment environment = database_.Environment(account);
    environment.insert(more.begin(), more.end());
    environment["MONITORING_STATE_DIR"] = directory_.Path() + "/state";
    return test::Run({Program(program), "--config", directory_.Path() + "/monitoring.toml"},
                     environment);
  }

  /// The cron line, again and again, until `enough` mails have come.
  void RunUntil(std::size_t enough, const Environment& more) {
    const auto deadline = std::chrono::steady_clock::now() + 90s;
    while (mail_.Mails().size() < enough && std::chrono::steady_clock::now() < deadline) {
      const auto next = std::chrono::steady_clock::now() + 1s;
      const auto aggregated = Cron("data-aggregator", Account::kAggregator, more);
      ASSERT_EQ(aggregated.exit_code, 0) << aggregated.err;
      const auto processed = Cron("processor", Account::kProcessor, more);
      ASSERT_EQ(processed.exit_code, 0) << processed.err;
      ASSERT_EQ(processed.out + processed.err, "");
      std::this_thread::sleep_until(next);  // as cron, which comes by the clock
    }
  }

  MailServer mail_;
  TestDatabase database_;
  TemporaryDirectory directory_;
};

TEST_F(PipelineTest, IncidentIsTwoMailsToEachRecipientWithRealZabbixValues) {
  Environment more{{"ZABBIX_URL", Zabbix().Fact("url")},
                   {"ZABBIX_USER", Zabbix().Fact("monitor_user")},
                   {"ZABBIX_PASSWORD", Zabbix().Fact("monitor_password")},
                   {"ZABBIX_HOSTID", "app-1"}};
  Hyphenmon application({"--seed", "7", "--scenario", directory_.Path() + "/story.csv"});
  more["HYPHENMON_URL"] = application.Url();
  RunUntil(4, more);
  // What comes after the end is nothing to write about.
  for (int i = 0; i < 2; ++i) ASSERT_EQ(Cron("processor", Account::kProcessor, more).exit_code, 0);

  const auto mails = mail_.Mails();
  std::vector<std::string> told;
  std::set<std::string> message_ids;
  for (const auto& mail : mails) {
    ASSERT_THAT(mail.to, SizeIs(1));
    told.push_back(mail.to[0] +
                   (mail.bytes.find("PROBLEM") != std::string::npos ? " problem" : " recovery"));
    message_ids.insert(mail.message_id);
    EXPECT_FALSE(mail.tls.empty());
    EXPECT_EQ(mail.user, mail_.Fact("user"));
  }
  EXPECT_THAT(told,
              UnorderedElementsAre("oncall@example.test problem", "second@example.test problem",
                                   "oncall@example.test recovery", "second@example.test recovery"));
  EXPECT_EQ(message_ids.size(), 4U);

  EXPECT_EQ(database_.Query("SELECT application, rule, status FROM alerts"),
            (std::vector<std::vector<std::string>>{{"hyphenmon", "high-error-rate", "resolved"}}));
  const auto lasted = std::stoi(database_.QueryOne("SELECT ended_at - started_at FROM alerts"));
  EXPECT_GE(lasted, 3);
  EXPECT_LE(lasted, 10);

  // Each value within the window is one that is stored, and is in the mail as it is.
  const auto evidence = nlohmann::json::parse(database_.QueryOne("SELECT evidence FROM alerts"));
  const auto mail = Unfolded(mails.back().bytes);
  int quoted = 0;
  for (const auto& joined : evidence["joined"]) {
    if (!joined["within_window"]) continue;
    ++quoted;
    const auto offset = joined["offset_seconds"].get<int>();
    EXPECT_LE(std::abs(offset), 10);
    const auto itemid = std::to_string(joined["itemid"].get<std::uint64_t>());
    const auto clock = std::to_string(joined["clock"].get<std::int64_t>());
    EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) > 0 FROM zabbix_history WHERE itemid = " +
                                 itemid + " AND clock = " + clock),
              "1");
    EXPECT_THAT(mail, AllOf(HasSubstr(itemid), HasSubstr(clock)));
  }
  EXPECT_GE(quoted, 3);
}

TEST_F(PipelineTest, SourceThatIsDownDoesNotSilenceTheAlert) {
  Hyphenmon application({"--seed", "7", "--scenario", directory_.Path() + "/story.csv"});
  const Environment more{{"HYPHENMON_URL", application.Url()},
                         {"ZABBIX_URL", "http://127.0.0.1:1/api_jsonrpc.php"},
                         {"ZABBIX_USER", "monitor"},
                         {"ZABBIX_PASSWORD", "none"}};
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (mail_.Mails().size() < 4 && std::chrono::steady_clock::now() < deadline) {
    const auto next = std::chrono::steady_clock::now() + 1s;
    EXPECT_EQ(Cron("data-aggregator", Account::kAggregator, more).exit_code, 69);
    EXPECT_EQ(Cron("processor", Account::kProcessor, more).exit_code, 0);
    std::this_thread::sleep_until(next);
  }
  EXPECT_THAT(mail_.Mails(), SizeIs(4));
}

TEST_F(PipelineTest, MailServerThatIsAwayDelaysTheMailsAndLosesNone) {
  mail_.SetFaults(R"([{"stage": "connect", "action": "421 4.3.2 not now"}])");
  Hyphenmon application({"--seed", "7", "--scenario", directory_.Path() + "/story.csv"});
  const Environment more{{"HYPHENMON_URL", application.Url()}};
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  const auto ended = "SELECT COUNT(*) FROM alerts WHERE status = 'resolved'";
  bool failed = false;
  while (database_.QueryOne(ended) != "1" && std::chrono::steady_clock::now() < deadline) {
    const auto next = std::chrono::steady_clock::now() + 1s;
    EXPECT_EQ(Cron("data-aggregator", Account::kAggregator, more).exit_code, 0);
    failed |= Cron("processor", Account::kProcessor, more).exit_code == 69;
    std::this_thread::sleep_until(next);
  }
  EXPECT_TRUE(failed) << "a mail that cannot be delivered is told by the exit code";
  EXPECT_THAT(mail_.Mails(), SizeIs(0));

  mail_.SetFaults("[]");
  for (int i = 0; i < 4 && mail_.Mails().size() < 4; ++i) {
    database_.Execute(
        "UPDATE notification_recipients SET next_attempt_at = NOW(3)"
        " WHERE status = 'queued'");
    EXPECT_EQ(Cron("processor", Account::kProcessor, more).exit_code, 0);
  }
  EXPECT_THAT(mail_.Mails(), SizeIs(4));
}

}  // namespace
}  // namespace mon::test
