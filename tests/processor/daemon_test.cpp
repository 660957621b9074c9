#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <regex>

#include "processor/processor_world.h"
#include "support/plain_http.h"
#include "support/statement_log.h"

// The processor as a daemon.

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DaemonTest : public ::testing::Test {
 protected:
  std::vector<std::string> Command(const std::string& listen = "none") {
    return {Program("processor"), "--config", world_.ConfigFile(), "--daemon",
            "--interval",         "200ms",    "--listen",          listen,
            "--log-level",        "info"};
  }

  void WaitFor(const std::string& query, const std::string& answer) {
    for (int i = 0; i < 3'000; ++i) {
      if (world_.db.QueryOne(query) == answer) return;
      usleep(10'000);
    }
    FAIL() << query << " did not become " << answer << " within 30 s";
  }

  void WaitForLog(const Background& daemon, const std::string& text) {
    for (int i = 0; i < 3'000; ++i) {
      if (daemon.ErrorText().find(text) != std::string::npos) return;
      usleep(10'000);
    }
    FAIL() << "no '" << text << "' within 30 s in:\n" << daemon.ErrorText();
  }

  explicit DaemonTest(const std::string& rules = "") : world_(rules) {}

  ProcessorWorld world_;
};

TEST_F(DaemonTest, JudgesAndDeliversAsRowsCome) {
  Background daemon(Command(), world_.Environment());
  WaitFor("SELECT COUNT(*) FROM processed_ranges", "1");
  world_.Insert(world_.now - 50, 0.9);
  WaitFor("SELECT COUNT(*) FROM notification_recipients WHERE status = 'sent'", "1");
  world_.Insert(world_.now - 40, 0.1);
  world_.Insert(world_.now - 30, 0.1);
  WaitFor("SELECT COUNT(*) FROM notification_recipients WHERE status = 'sent'", "2");
  daemon.Signal(SIGTERM);
  EXPECT_EQ(daemon.Wait(5s), 0);
  EXPECT_THAT(world_.Subjects(), SizeIs(2));
}

TEST_F(DaemonTest, SecondOneStandsByAndTakesOver) {
  Background first(Command(), world_.Environment());
  WaitForLog(first, "active");
  Background second(Command(), world_.Environment());
  WaitForLog(second, "standing by");
  first.Signal(SIGKILL);
  WaitForLog(second, "active");
  world_.Insert(world_.now - 50, 0.9);
  WaitFor("SELECT COUNT(*) FROM alerts", "1");
}

TEST_F(DaemonTest, GoesOnAfterALostConnection) {
  Background daemon(Command(), world_.Environment());
  WaitFor("SELECT COUNT(*) FROM processed_ranges", "1");
  const auto id = world_.db.QueryOne(
      "SELECT id FROM information_schema.processlist WHERE user LIKE '%_processor' AND db = '" +
      world_.db.Name() + "' LIMIT 1");
  world_.db.Execute("KILL CONNECTION " + id);
  WaitForLog(daemon, "pass failed");
  WaitForLog(daemon, "succeed again");
  world_.Insert(world_.now - 50, 0.9);
  WaitFor("SELECT COUNT(*) FROM alerts", "1");
}

TEST_F(DaemonTest, StartsWhileTheTablesAreMissing) {
  world_.db.Execute("RENAME TABLE schema_version TO away");
  Background daemon(Command(), world_.Environment());
  WaitForLog(daemon, "pass failed");
  world_.db.Execute("RENAME TABLE away TO schema_version");
  WaitFor("SELECT COUNT(*) FROM processed_ranges", "1");
}

TEST_F(DaemonTest, AnswersHealthReadinessAndMetrics) {
  Background daemon(Command("127.0.0.1:0"), world_.Environment());
  WaitForLog(daemon, "active");
  std::smatch found;
  const auto log = daemon.ErrorText();
  ASSERT_TRUE(std::regex_search(log, found, std::regex("port=(\\d+)"))) << log;
  const int port = std::stoi(found[1]);
  const auto get = [&](const char* path) { return PlainConnection(port).Get(path); };
  EXPECT_EQ(get("/-/healthy").status, 200);
  auto ready = get("/-/ready");  // 503 until its first pass has ended
  for (int i = 0; i < 3'000 && ready.status != 200; ++i) {
    usleep(10'000);
    ready = get("/-/ready");
  }
  EXPECT_EQ(ready.status, 200) << ready.body;
  EXPECT_THAT(ready.body, HasSubstr("mysql"));
  EXPECT_THAT(get("/metrics").body, HasSubstr("processor_passes_total"));
}

class DaemonWithSpanTest : public DaemonTest {
 protected:
  DaemonWithSpanTest()
      : DaemonTest("[[rule]]\nname = \"mean\"\nexpr = 'avg(error_rate, 1m) > 0.3'\n") {}

  void JudgeOne(std::int64_t timestamp, double error_rate) {
    world_.InsertOf("shop", timestamp, error_rate);
    WaitFor("SELECT MAX(newest_sample) FROM rule_states WHERE application = 'shop'",
            std::to_string(timestamp));
  }
};

TEST_F(DaemonWithSpanTest, ReadsWhatItHasJudgedNotAgain) {
  const std::int64_t begin = world_.now - 200;
  world_.InsertOf("shop", begin - 10, 0.1);
  StatementLog log(world_.db, Account::kProcessor);
  Background daemon(Command(), world_.Environment());
  for (int i = 0; i < 6; ++i) JudgeOne(begin + 10 * i, 0.1);
  int reads = 0;
  for (const auto& statement : log.Statements())
    reads += statement.contains("application_timestamp") ? 1 : 0;
  EXPECT_EQ(reads, 1);
  // Of seven values within a minute two are 0.9, with the others more than 0.3 on average.
  JudgeOne(begin + 60, 0.9);
  JudgeOne(begin + 70, 0.9);
  WaitFor("SELECT fired_at FROM alerts", std::to_string(begin + 70));
}

}  // namespace
}  // namespace mon::test
