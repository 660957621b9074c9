// One real incident, from the mock application and a Zabbix with many items to the mail server:
// what its mails say, and that they name the item that moved.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "alerting-system/mail_server.h"
#include "common/text.h"
#include "hyphenmon/scenario.h"
#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Environment = std::map<std::string, std::string>;

constexpr int kProbes = 110;
constexpr int kSpiky = 10;  // the first of them
constexpr int kMoved = 77;  // the one that the incident comes from
constexpr int kQuiet = 5;   // s of the story before the errors
constexpr int kLead = 40;   // s by which that item moves first
constexpr int kCadence = 10;

/// Quiet, then errors for twelve seconds, then quiet.
constexpr const char* kStory =
    "seconds,response_time_ms,error_rate\n"
    "0,120,0.01\n5,120,0.01\n5,2000,0.9\n17,2000,0.9\n17,120,0.01\n";

/// The same, with a tenth of the errors: no limit that anybody would set is crossed.
constexpr const char* kSlightStory =
    "seconds,response_time_ms,error_rate\n"
    "0,120,0.01\n5,120,0.01\n5,140,0.09\n17,140,0.09\n17,120,0.01\n";

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// What Python's email package, a second and independent implementation, reads in a mail.
nlohmann::json Parsed(const std::string& bytes) {
  static constexpr const char* kProgram = R"(
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
json.dump({"headers": {k.lower(): str(v) for k, v in m.items()},
           "text": m.get_body(preferencelist=("plain",)).get_content().replace("\r\n", "\n"),
           "tree": [p.get_content_type() for p in m.walk()],
           "picture": [p.get_payload(decode=True).hex() for p in m.walk() if p.get_content_type() == "image/png"],
           "defects": [str(d) for p in m.walk() for d in p.defects] + [str(d) for v in m.values() for d in v.defects]},
          sys.stdout)
)";
  const auto run = test::Run({"/usr/bin/python3", "-c", kProgram}, {}, bytes);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return nlohmann::json::parse(run.out);
}

class IncidentTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(directory_.Path() + "/monitoring.toml") << fmt::format(
        "[smtp]\nhost = \"localhost\"\nport = {}\nfrom = \"monitoring@example.test\"\n"
        "to = [\"oncall@example.test\"]\nuser = \"{}\"\npassword = \"{}\"\ntls_ca = \"{}\"\n"
        "[mail]\ngrafana_url = \"https://grafana.example.test\"\n"
        "[aggregator]\nbackfill = \"2h\"\n",
        mail_.Port("starttls"), mail_.Fact("user"), mail_.Fact("password"), mail_.Fact("ca"));
  }

  static std::vector<std::string> Arguments() {
    const char* more = std::getenv("MON_TEST_ZABBIX");
    auto arguments = SplitList(more != nullptr ? more : "", ' ');
    arguments.insert(arguments.end(), {"--probes", std::to_string(kProbes)});
    return arguments;
  }

  /// An hour of all items; the spiky ones spike, and one moves at `moves_at` and stays there.
  void Feed(std::int64_t moves_at, std::int64_t until) {
    std::mt19937_64 random(2025);
    std::normal_distribution<double> noise;
    std::uniform_real_distribution<double> uniform;
    const auto path = directory_.Path() + "/values";
    std::ofstream file(path);
    for (auto at = until - 3'900; at <= until; at += kCadence) {
      for (int probe = 1; probe <= kProbes; ++probe) {
        double value = probe + 0.1 * probe * noise(random);
        if (probe <= kSpiky && uniform(random) < 0.03) value += probe * 20 * uniform(random);
        if (probe == kMoved && at >= moves_at) value *= 4;
        file << fmt::format("probed probe[{}] {} {:.3f}\n", probe, at, value);
      }
    }
    file.close();
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    // A server that has just started may not know all items yet.
    while (test::Run(
               {"zabbix_sender", "-z", "127.0.0.1", "-p", zabbix_.Fact("port"), "-T", "-i", path})
               .exit_code != 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "Zabbix does not take the values";
      std::this_thread::sleep_for(200ms);
    }
  }

  /// The whole story, with runs each second as cron makes them, until both mails have come.
  void Play(const char* story) {
    std::ofstream(directory_.Path() + "/story.csv") << story;
    Hyphenmon application({"--seed", "7", "--scenario", directory_.Path() + "/story.csv"});
    const Environment more{{"ZABBIX_URL", zabbix_.Fact("url")},
                           {"ZABBIX_USER", zabbix_.Fact("monitor_user")},
                           {"ZABBIX_PASSWORD", zabbix_.Fact("monitor_password")},
                           {"ZABBIX_HOSTID", "probed"},
                           {"HYPHENMON_URL", application.Url()}};
    const auto deadline = std::chrono::steady_clock::now() + 90s;
    while (mail_.Mails().size() < 2 && std::chrono::steady_clock::now() < deadline) {
      const auto next = std::chrono::steady_clock::now() + 1s;
      const auto aggregated = Cron("data-aggregator", Account::kAggregator, more);
      ASSERT_EQ(aggregated.exit_code, 0) << aggregated.err;
      const auto processed = Cron("processor", Account::kProcessor, more);
      ASSERT_EQ(processed.exit_code, 0) << processed.err;
      std::this_thread::sleep_until(next);  // as cron, which comes by the clock
    }
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(Cron("processor", Account::kProcessor, more).exit_code, 0);
    }
  }

  /// A day and a half of what the application says when all is well, a sample each ten seconds.
  void StoreUsualPast() {
    const hyphenmon::Scenario steady(*hyphenmon::BuiltInStory("steady"), 7);
    const auto begin = Now() - 36 * 3600;
    std::string sql;
    for (std::int64_t s = 0; s < 36 * 3600 - 60; s += 10) {
      const auto moment = steady.At(s);
      sql += fmt::format("{}({}, {}, {}, NOW() - INTERVAL 1 DAY)", sql.empty() ? "" : ",",
                         begin + s, moment.response_time_ms, moment.error_rate);
    }
    database_.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, recorded_at)"
        " VALUES " +
        sql);
  }

  Finished Cron(const std::string& program, Account account, const Environment& more) {
    Environment environment = database_.Environment(account);
    environment.insert(more.begin(), more.end());
    environment["MONITORING_STATE_DIR"] = directory_.Path() + "/state";
    return test::Run({Program(program), "--config", directory_.Path() + "/monitoring.toml"},
                     environment);
  }

  MailServer mail_;
  TestDatabase database_;
  TemporaryDirectory directory_;
  TestServer zabbix_{"zabbix", directory_.Path() + "/zabbix", Arguments()};
};

TEST_F(IncidentTest, MailsNameTheItemThatMovedFirst) {
  const auto errors_at = Now() + kQuiet;
  Feed(errors_at - kLead, errors_at);
  Play(kStory);
  const auto mails = mail_.Mails();
  ASSERT_THAT(mails, SizeIs(2));
  const auto problem = Parsed(mails[0].bytes);
  const auto recovery = Parsed(mails[1].bytes);
  // Whoever wants to look at them says where to.
  if (const char* kept = std::getenv("MON_TEST_SCREENSHOTS"); kept != nullptr) {
    std::ofstream(std::string(kept) + "/incident-problem.eml") << mails[0].bytes;
    std::ofstream(std::string(kept) + "/incident-recovery.eml") << mails[1].bytes;
  }

  EXPECT_THAT(std::string(problem["headers"]["subject"]),
              HasSubstr("[PROBLEM critical P1] hyphenmon: error_rate 0."));
  EXPECT_THAT(std::string(recovery["headers"]["subject"]),
              HasSubstr("[RESOLVED critical] hyphenmon: error_rate > 0.5 for "));
  EXPECT_EQ(recovery["headers"]["references"], problem["headers"]["message-id"]);

  for (const auto& mail : {problem, recovery}) {
    EXPECT_TRUE(mail["defects"].empty()) << mail["defects"];
    EXPECT_EQ(mail["tree"], nlohmann::json({"multipart/alternative", "text/plain",
                                            "multipart/related", "text/html", "image/png"}));
    EXPECT_TRUE(std::string(mail["picture"].at(0)).starts_with("89504e47"));
    const std::string text = mail["text"];
    const auto section = text.find(fmt::format("What moved on its hosts, of {} items\n", kProbes));
    ASSERT_NE(section, std::string::npos) << text;
    const auto line = text.find('\n', section) + 1;
    const auto first = text.substr(line, text.find('\n', line) - line);
    EXPECT_THAT(first, testing::MatchesRegex("  Probe 77 on probed rose to [0-9.]+ from a usual "
                                             "[0-9.]+–[0-9.]+, [34][0-9] s before the errors"));
    EXPECT_THAT(text, HasSubstr("https://grafana.example.test/d/monitoring-platform?"
                                "var-application=hyphenmon&from="));
    EXPECT_THAT(text, HasSubstr("Probe 77 on probed: at most "));  // the picture in words
  }
  EXPECT_THAT(std::string(problem["text"]), HasSubstr("alerting-system ack 1\n"));
  EXPECT_THAT(std::string(recovery["text"]), HasSubstr("Peak"));
  const auto evidence = nlohmann::json::parse(database_.QueryOne("SELECT evidence FROM alerts"));
  EXPECT_EQ(evidence["moved"].at(0)["key"], fmt::format("probe[{}]", kMoved));
  EXPECT_EQ(database_.QueryOne("SELECT priority >= 50 FROM alerts"), "1");
}

TEST_F(IncidentTest, IncidentThatCrossesNoLimitIsToldByTheDetector) {
  std::ofstream(directory_.Path() + "/monitoring.toml", std::ios::app)
      << "[[rule]]\nname = \"high-error-rate\"\nexpr = \"error_rate > 0.5\"\n"
         "[[rule]]\nname = \"odd-errors\"\nexpr = \"odd(error_rate)\"\nseverity = \"warning\"\n";
  StoreUsualPast();
  const auto errors_at = Now() + kQuiet;
  Feed(errors_at - kLead, errors_at);
  Play(kSlightStory);
  const auto mails = mail_.Mails();
  ASSERT_THAT(mails, SizeIs(2));
  const auto problem = Parsed(mails[0].bytes);
  const auto recovery = Parsed(mails[1].bytes);
  EXPECT_THAT(std::string(problem["headers"]["subject"]),
              testing::MatchesRegex(".PROBLEM warning P[1-5]. hyphenmon: error_rate 0.09.*"));
  EXPECT_EQ(recovery["headers"]["references"], problem["headers"]["message-id"]);
  EXPECT_THAT(std::string(problem["text"]),
              testing::ContainsRegex("error_rate of hyphenmon: unusual, expected [-0-9.e]+ to "
                                     "0.0[0-9]+[a-z ]*, saw 0.09, "));
  EXPECT_THAT(std::string(problem["text"]), HasSubstr("Probe 77 on probed rose to"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts WHERE rule = 'odd-errors'"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts WHERE rule = 'high-error-rate'"), "0");
}

}  // namespace
}  // namespace mon::test
