#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "processor/processor_world.h"

// `processor backtest` on a real database.

namespace mon::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Rows of a day ago, judged by nobody, and the program under an account that may only read.
class BacktestTest : public testing::Test {
 protected:
  explicit BacktestTest(const std::string& rules = "") : world_(rules) {}

  Finished Backtest(const std::vector<std::string>& flags) {
    auto environment = world_.db.Environment(Account::kGrafana);
    environment["MONITORING_STATE_DIR"] = world_.Directory() + "/state";
    std::vector<std::string> command{Program("processor"), "backtest", "--config",
                                     world_.ConfigFile()};
    command.insert(command.end(), flags.begin(), flags.end());
    return test::Run(command, environment);
  }

  json BacktestJson(std::int64_t from, std::int64_t to, int exit_code,
                    std::vector<std::string> flags = {}) {
    flags.insert(flags.end(),
                 {"--from", std::to_string(from), "--to", std::to_string(to), "--format", "json"});
    const auto run = Backtest(flags);
    EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
    EXPECT_EQ(run.err, "");
    return json::parse(run.out);
  }

  /// Samples of `rates`, ten seconds apart.
  void Insert(std::int64_t from, const std::vector<double>& rates) {
    for (std::size_t i = 0; i < rates.size(); ++i) {
      world_.Insert(from + 10 * static_cast<std::int64_t>(i), rates[i]);
    }
  }

  /// A row of `alerts` as a pass would have left it.
  void Record(const std::string& rule, std::int64_t started_at,
              std::optional<std::int64_t> ended_at) {
    world_.db.Execute(
        "INSERT INTO alerts (rule, application, severity, status, started_at, fired_at, ended_at,"
        " summary, evidence) VALUES (?, 'hyphenmon', 'critical', 'resolved', ?, ?, ?, 'x', '{}')",
        {rule, started_at, started_at, ended_at ? mysql::Value(*ended_at) : mysql::Value{}});
  }

  /// Of all tables.
  std::string Checksums() {
    std::string names;
    for (const auto& row : world_.db.Query("SHOW TABLES")) {
      names += (names.empty() ? "" : ",") + row[0];
    }
    std::string sums;
    for (const auto& row : world_.db.Query("CHECKSUM TABLE " + names)) {
      sums += row[0] + " " + row[1] + "\n";
    }
    return sums;
  }

  ProcessorWorld world_;
  std::int64_t day_ago_ = world_.now - 86'400;
};

TEST_F(BacktestTest, FindsWhatTheProcessorRecorded) {
  Insert(world_.now - 200, {0.1, 0.9, 0.95, 0.1, 0.1, 0.1, 0.8, 0.1, 0.1});
  EXPECT_EQ(world_.Run({}).exit_code, 0);
  ASSERT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alerts"), "2");

  const auto out = BacktestJson(world_.now - 300, world_.now, 0);
  EXPECT_EQ(out["samples"], 9);
  EXPECT_EQ(out["recorded"]["count"], 2);
  EXPECT_EQ(out["recorded"]["found_again"], 2);
  const auto t = world_.now - 200;
  EXPECT_EQ(out["incidents"][0], (json{{"rule", "high-error-rate"},
                                       {"application", "hyphenmon"},
                                       {"severity", "critical"},
                                       {"started_at", t + 10},
                                       {"fired_at", t + 10},
                                       {"ended_at", t + 30},
                                       {"duration_seconds", 20},
                                       {"metric", "error_rate"},
                                       {"peak", 0.95},
                                       {"hosts", json::array()},
                                       {"summary", "Error rate of hyphenmon is 0.9"}}));
  EXPECT_EQ(out["mails"],
            (json{{{"recipient", "oncall@example.org"}, {"problem", 2}, {"recovery", 2}}}));
}

TEST_F(BacktestTest, WritesNothing) {
  Insert(day_ago_, {0.1, 0.9, 0.9, 0.1, 0.1});
  const auto before = Checksums();
  BacktestJson(day_ago_, day_ago_ + 100, 1);
  EXPECT_EQ(Checksums(), before);
}

TEST_F(BacktestTest, IncidentsOfOneSideAloneAreNamed) {
  Insert(day_ago_, {0.1, 0.9, 0.9, 0.1, 0.1});
  Record("high-error-rate", day_ago_ + 70, day_ago_ + 90);
  const auto out = BacktestJson(day_ago_, day_ago_ + 100, 1);
  EXPECT_EQ(out["recorded"]["found_again"], 0);
  EXPECT_EQ(out["recorded"]["only_recorded"][0]["started_at"], day_ago_ + 70);
  EXPECT_EQ(out["recorded"]["only_here"][0]["started_at"], day_ago_ + 10);
}

TEST_F(BacktestTest, AlertsAboutSilentSourcesAreNotCompared) {
  Insert(day_ago_, {0.1});
  Record("no-data", day_ago_ + 5, std::nullopt);
  EXPECT_EQ(BacktestJson(day_ago_, day_ago_ + 100, 0)["recorded"]["count"], 0);
}

TEST_F(BacktestTest, IncidentThatIsUnderWayAtTheBeginningIsNoneOfTheRange) {
  Insert(day_ago_, std::vector<double>(50, 0.9));
  Record("high-error-rate", day_ago_, std::nullopt);
  const auto out = BacktestJson(day_ago_ + 200, day_ago_ + 490, 0);
  EXPECT_THAT(out["incidents"], IsEmpty());
  EXPECT_EQ(out["timeline"][0]["marks"], std::string(72, '#'));
}

TEST_F(BacktestTest, RulesOfAnotherFileTakeTheirPlace) {
  Insert(day_ago_, {0.1, 0.3, 0.3, 0.1, 0.1});
  const auto file = world_.Directory() + "/stricter.toml";
  std::ofstream(file) << "[[rule]]\nname = \"stricter\"\nexpr = \"error_rate > 0.2\"\n";
  const auto out = BacktestJson(day_ago_, day_ago_ + 100, 1, {"--rules", file});
  EXPECT_EQ(out["incidents"][0]["rule"], "stricter");
  EXPECT_EQ(BacktestJson(day_ago_, day_ago_ + 100, 0)["incidents"].size(), 0);
}

TEST_F(BacktestTest, ItemsAreJoinedAsAPassDoesWhenAllHasArrived) {
  world_.AddItem(7, 70, "web-1", "system.cpu.load", 0);
  world_.AddValue(7, day_ago_ + 20, 9);
  Insert(day_ago_, {0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
  const auto file = world_.Directory() + "/load.toml";
  std::ofstream(file) << "[[rule]]\nname = \"load\"\nexpr = 'item(\"system.cpu.load\") > 4'\n";
  const auto out = BacktestJson(day_ago_, day_ago_ + 100, 1, {"--rules", file});
  EXPECT_EQ(out["incidents"][0]["fired_at"], day_ago_ + 10);
  EXPECT_THAT(out["incidents"][0]["hosts"], ElementsAre("web-1"));
}

TEST_F(BacktestTest, ManyPagesAreOneStory) {
  std::string values;
  for (int i = 0; i < 5'000; ++i) {
    values += fmt::format("{}({},100,{})", i == 0 ? "" : ",", day_ago_ + i,
                          i >= 1'990 && i < 4'010 ? "0.9" : "0.1");
  }
  world_.db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES " + values);
  const auto out = BacktestJson(day_ago_, day_ago_ + 5'000, 1);
  EXPECT_EQ(out["samples"], 5'000);
  ASSERT_EQ(out["incidents"].size(), 1);
  EXPECT_EQ(out["incidents"][0]["duration_seconds"], 2'020);
}

TEST_F(BacktestTest, TextShowsTimelineMailsAndComparison) {
  Insert(day_ago_, {0.1, 0.9, 0.9, 0.1, 0.1});
  const auto run = Backtest({"--from", "-25h", "--to", "now"});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_EQ(run.err, "");  // no terminal, no progress
  EXPECT_THAT(run.out, HasSubstr("5 samples, 1 incidents\n"));
  EXPECT_THAT(run.out, HasSubstr("\n2 to oncall@example.org: 1 at the beginning, 1 at the end\n"));
  EXPECT_THAT(run.out, HasSubstr("\nhigh-error-rate  hyphenmon  |  #"));
  EXPECT_THAT(run.out, HasSubstr("\nRecorded: 0, of them 0 found again.\n"));
}

TEST_F(BacktestTest, WrongUsageIsToldBeforeTheDatabaseIsAsked) {
  const auto wrong = Backtest({"--from", "yesterday"});
  EXPECT_EQ(wrong.exit_code, 64);
  EXPECT_THAT(wrong.err, HasSubstr("--from: found \"yesterday\", expected a time"));
  EXPECT_EQ(Backtest({"--from", "-1h", "--to", "-2h"}).exit_code, 64);
  EXPECT_EQ(Backtest({}).exit_code, 64);
  EXPECT_EQ(Backtest({"--from", "-1h", "--rules", "/nonexistent.toml"}).exit_code, 78);
}

/// Twenty applications with 18,000 samples, which a pass judges in pages, and a backtest one by
/// one.
class BacktestOfBacklogTest : public BacktestTest {
 protected:
  static constexpr int kApplications = 20;
  static constexpr int kSamples = 900;

  BacktestOfBacklogTest()
      : BacktestTest(
            "[[rule]]\nname = \"errors\"\nexpr = 'error_rate > 0.5'\n"
            "[[rule]]\nname = \"lasting\"\nexpr = 'error_rate > 0.5'\nfor = \"30s\"\n"
            "[[rule]]\nname = \"mean\"\nexpr = 'avg(error_rate, 5m) > 0.25'\n"
            "recovery = 'avg(error_rate, 1m) < 0.2'\n"
            "[[rule]]\nname = \"load\"\n"
            "expr = 'max(error_rate, 1m) > 0.5 and item(\"load\") > 4'\n") {
    world_.Pass();  // what comes now is new
    const auto numbers = fmt::format(
        "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {}),"
        " a(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM a WHERE n < {})"
        " SELECT s.n AS n, a.n AS app FROM s, a) numbers",
        kSamples - 1, kApplications - 1);
    world_.db.Execute(fmt::format(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application)"
        " SELECT {} + 10 * n, 100, IF(CRC32(CONCAT(app, '/', n DIV 5)) % 9 = 0, 0.9, 0.1),"
        " CONCAT('app-', app) FROM {} ORDER BY n, app",
        begin_, numbers));
    for (int app = 0; app < kApplications; ++app) {
      const auto id = static_cast<std::uint64_t>(100 + app);
      world_.AddItem(id, id, fmt::format("host-{}", app), "load", world_.now);
      world_.db.Execute("INSERT INTO application_hosts (application, hostid) VALUES (?, ?)",
                        {fmt::format("app-{}", app), id});
    }
    world_.db.Execute(
        fmt::format("INSERT INTO zabbix_history (itemid, clock, ns, value)"
                    " SELECT 100 + app, {} + 10 * n + 3, 0,"
                    " IF(CRC32(CONCAT(n DIV 7, '-', app)) % 3 = 0, 8, 1) FROM {}",
                    begin_, numbers));
  }

  /// "mean app-3 1000 1010 1050", an incident each.
  std::set<std::string> Recorded() {
    std::set<std::string> incidents;
    for (const auto& row : world_.db.Query("SELECT CONCAT_WS(' ', rule, application, started_at, "
                                           "fired_at, ended_at) FROM alerts"))
      incidents.insert(row[0]);
    return incidents;
  }

  static std::set<std::string> Found(const json& backtest) {
    std::set<std::string> incidents;
    for (const auto& one : backtest["incidents"]) {
      auto text = fmt::format(
          "{} {} {} {}", one["rule"].get<std::string>(), one["application"].get<std::string>(),
          one["started_at"].get<std::int64_t>(), one["fired_at"].get<std::int64_t>());
      if (!one["ended_at"].is_null())
        text += fmt::format(" {}", one["ended_at"].get<std::int64_t>());
      incidents.insert(std::move(text));
    }
    return incidents;
  }

  const std::int64_t begin_ = world_.now - 10 * kSamples - 100;
};

TEST_F(BacktestOfBacklogTest, PagesTellWhatSamplesOneByOneTell) {
  world_.Pass();
  const auto out = BacktestJson(begin_, world_.now, 0);
  EXPECT_EQ(out["samples"], kApplications * kSamples);
  const auto recorded = Recorded();
  EXPECT_GT(recorded.size(), 500U);
  EXPECT_EQ(recorded, Found(out));
}

}  // namespace
}  // namespace mon::test
