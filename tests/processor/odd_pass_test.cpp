#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <tuple>

#include "hyphenmon/scenario.h"
#include "processor/processor_world.h"

// Rules with odd(…) on a real database: learnt from what is stored, raised once, told with the
// reason, and quiet on usual days.

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kOdd =
    "[processor]\nfirst_read = \"30d\"\n"
    "[[rule]]\nname = \"odd-errors\"\nexpr = 'odd(error_rate)'\nseverity = \"warning\"\n";

/// An application of which a sample is stored each minute: a few errors in a thousand, more by day.
class OddPassTest : public testing::Test {
 protected:
  static constexpr int kMinute = 60;

  explicit OddPassTest(const std::string& rules = kOdd) : world_(rules) {}

  /// Nobody judges these: the first pass reads what was recorded in the last minutes only.
  void StorePast(int days) {
    t_ = world_.now - 3600 - std::int64_t{days} * 86'400;
    std::string sql;
    for (int i = 0; i < days * 1440; ++i) {
      sql += fmt::format("{}({}, {}, {:.6f}, 'shop', NOW() - INTERVAL 1 DAY)",
                         sql.empty() ? "" : ",", t_, 100 + i % 7, Usual());
      t_ += kMinute;
    }
    world_.db.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application,"
        " recorded_at) VALUES " +
        sql);
  }

  [[nodiscard]] double Usual() const {
    const auto minute = static_cast<double>(t_ / kMinute);
    return 0.01 + 0.004 * std::sin(2 * std::numbers::pi * minute / 1440) +
           0.002 * (std::fmod(minute * 0.618034, 1) - 0.5);
  }

  /// The next minute's sample, and a pass as cron makes it.
  void Next(double error_rate) {
    world_.InsertOf("shop", t_, error_rate);
    t_ += kMinute;
    world_.Pass();
  }

  ProcessorWorld world_;
  std::int64_t t_ = 0;
};

class OddTest : public OddPassTest {
 protected:
  OddTest()
      : OddPassTest(
            "[[rule]]\nname = \"odd-errors\"\nexpr = 'odd(error_rate)'\n"
            "severity = \"warning\"\n") {
    StorePast(3);
    world_.Pass();
  }
};

TEST_F(OddTest, IncidentFarBelowAnyLimitIsToldOnceWithTheReason) {
  Next(Usual());
  for (int i = 0; i < 5; ++i) Next(0.09);
  const auto began = t_ - 5 * kMinute;
  ASSERT_THAT(world_.Subjects(), ElementsAre(StartsWith("[PROBLEM warning")));
  const auto mail = world_.Mails().front();
  EXPECT_THAT(mail, AllOf(HasSubstr("error_rate of shop: unusual, expected 0.0"),
                          HasSubstr("saw 0.09"), HasSubstr("Why ")));
  EXPECT_EQ(world_.db.QueryOne("SELECT started_at FROM alerts"), std::to_string(began));
  EXPECT_EQ(world_.db.QueryOne("SELECT value FROM alerts"), "0.09");
  EXPECT_LT(std::stod(world_.db.QueryOne("SELECT limit_value FROM alerts")), 0.05)
      << "the edge of the band";
  EXPECT_THAT(world_.db.QueryOne("SELECT evidence FROM alerts"),
              AllOf(HasSubstr("\"odd\":{"), HasSubstr("\"series\":\"error_rate of shop\"")));
  for (int i = 0; i < 3; ++i) Next(Usual());
  EXPECT_THAT(world_.Subjects(),
              ElementsAre(StartsWith("[PROBLEM warning"), StartsWith("[RESOLVED warning")));
  EXPECT_EQ(world_.db.QueryOne("SELECT ended_at FROM alerts"), std::to_string(began + 5 * kMinute));
}

TEST_F(OddTest, WhatIsSavedIsLittleAndServesTheNextRun) {
  for (int i = 0; i < 5; ++i) Next(Usual());
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM detector_states"), "1");
  EXPECT_LT(std::stoi(world_.db.QueryOne("SELECT MAX(LENGTH(state)) FROM detector_states")),
            16'000);
  const auto saved = world_.db.QueryOne("SELECT newest FROM detector_states");
  EXPECT_LT(std::stoll(saved), t_ - kMinute) << "not with each sample";
  // What was learnt and not saved is learnt again from what is stored: nothing else is there.
  world_.db.Execute("DELETE FROM hyphenmon_metrics WHERE timestamp < " + saved);
  Next(0.09);
  EXPECT_THAT(world_.Subjects(), ElementsAre(StartsWith("[PROBLEM warning")));
}

TEST_F(OddTest, DryRunSaysTheSameAndWritesNothing) {
  Next(Usual());
  const auto before = world_.db.Query("SELECT * FROM detector_states");
  world_.InsertOf("shop", t_, 0.09);
  const auto run = world_.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("error_rate of shop: unusual, expected"));
  EXPECT_EQ(world_.db.Query("SELECT * FROM detector_states"), before);
  EXPECT_THAT(world_.db.Query("SELECT * FROM alerts"), IsEmpty());
}

TEST_F(OddTest, DamagedStateIsSaidAndLearntAnew) {
  Next(Usual());
  world_.db.Execute("UPDATE detector_states SET state = 'of nobody'");
  world_.InsertOf("shop", t_, 0.09);
  const auto run = world_.Run();
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, AllOf(HasSubstr("a detector begins anew"), HasSubstr("error_rate of shop")));
  EXPECT_THAT(world_.Subjects(), SizeIs(1));
}

TEST_F(OddTest, WhatIsSaidToBeNormalIsLearnt) {
  Next(0.09);
  const auto id = world_.db.QueryOne("SELECT id FROM alerts");
  const auto say = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> command{Program("alerting-system"), "--config", world_.ConfigFile(),
                                     "normal"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Run(command, world_.Environment());
  };
  const auto said = say({id, "--comment", "the sale", "--by", "anna"});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("normal; the detector of error_rate of shop is told"));
  EXPECT_THAT(world_.db.Query("SELECT who, action, reason FROM audit_log"),
              ElementsAre(ElementsAre("anna", "normal", "the sale")));
  Next(0.09);
  Next(0.09);
  EXPECT_THAT(world_.Subjects(), ElementsAre(StartsWith("[PROBLEM"), StartsWith("[RESOLVED")));
  EXPECT_THAT(world_.db.Query("SELECT * FROM detector_feedback"), IsEmpty());
  for (int i = 0; i < 10; ++i) Next(Usual());
  Next(0.09);
  EXPECT_THAT(world_.Subjects(), SizeIs(2)) << "nor is it told again";

  EXPECT_EQ(say({"99"}).exit_code, 65);
  EXPECT_THAT(say({"99"}).err, HasSubstr("there is no alert 99"));
}

class QuietTest : public OddPassTest {
 protected:
  QuietTest() : OddPassTest(kOdd) { StorePast(5); }
};

TEST_F(QuietTest, UsualDaysAreNotTold) {
  world_.db.Execute("UPDATE hyphenmon_metrics SET recorded_at = NOW()");
  world_.Pass();
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM rule_states"), "1") << "they were judged";
  EXPECT_THAT(world_.Mails(), IsEmpty());
  EXPECT_THAT(world_.db.Query("SELECT * FROM alerts"), IsEmpty());
}

TEST_F(QuietTest, DaysOfTheMockApplicationAreNotTold) {
  world_.db.Execute("DELETE FROM hyphenmon_metrics");
  const hyphenmon::Scenario steady(*hyphenmon::BuiltInStory("steady"), 7);
  const auto begin = world_.now - 3 * 86'400;
  for (std::int64_t day = 0; day < 3; ++day) {
    std::string sql;
    for (std::int64_t s = day * 86'400; s < (day + 1) * 86'400 - 60; s += 10) {
      const auto moment = steady.At(s);
      sql += fmt::format("{}({}, {}, {})", sql.empty() ? "" : ",", begin + s,
                         moment.response_time_ms, moment.error_rate);
    }
    world_.db.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES " + sql);
    world_.Pass();
  }
  EXPECT_THAT(world_.db.Query("SELECT rule FROM rule_states"),
              Contains(ElementsAre("odd-errors")).Times(1));
  EXPECT_THAT(world_.Mails(), IsEmpty());
}

TEST_F(QuietTest, BacktestSaysWhatOddRulesWouldHaveTold) {
  world_.db.Execute("UPDATE hyphenmon_metrics SET error_rate = 0.09 WHERE timestamp BETWEEN " +
                    std::to_string(t_ - 7200) + " AND " + std::to_string(t_ - 6900));
  auto environment = world_.db.Environment(Account::kGrafana);
  environment["MONITORING_STATE_DIR"] = world_.Directory() + "/state";
  const auto run =
      test::Run({Program("processor"), "backtest", "--config", world_.ConfigFile(), "--from",
                 std::to_string(t_ - 86'400), "--to", std::to_string(t_), "--format", "json"},
                environment);
  EXPECT_THAT(run.out, HasSubstr("unusual, expected")) << run.err;
  EXPECT_THAT(run.out, Not(HasSubstr("\"incidents\":[]")));
}

TEST(OddItemTest, AnyOddItemOfAHostIsOneAlert) {
  ProcessorWorld world(
      "[[rule]]\nname = \"odd-host\"\nexpr = 'odd(item(\"*\"))'\nseverity = \"warning\"\n");
  world.Pass();
  const auto t = world.now - 60;
  std::string sql;
  for (int item = 1; item <= 20; ++item) {
    world.AddItem(static_cast<std::uint64_t>(item), 10105, "web-1", fmt::format("item.{}", item),
                  world.now);
    for (int i = 0; i < 1500; ++i) {
      const double noise = std::fmod((i + item * 71) * 0.618034, 1);
      const bool moved = item % 10 == 3 && i > 1490;
      sql += fmt::format("{}({}, {}, 0, {:.4f})", sql.empty() ? "" : ",", item, t - 60 * (1499 - i),
                         moved ? 90.0 : 20 + noise);
    }
  }
  world.db.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES " + sql);
  world.InsertOf("hyphenmon", t, 0.01);
  world.InsertOf("hyphenmon", t + 10, 0.01);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  EXPECT_THAT(
      world.db.QueryOne("SELECT summary FROM alerts"),
      AllOf(MatchesRegex("item\\(\"item.1?3\"\\) of hyphenmon: unusual, .*"), HasSubstr("saw 90")));
  EXPECT_EQ(world.db.QueryOne("SELECT hosts FROM alerts"), "web-1");
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM detector_states"), "20");
}

TEST(PredictTest, DiskThatWillBeFullIsToldOnceAndHowSoon) {
  ProcessorWorld world(
      "[[rule]]\nname = \"disk\"\nexpr = 'predict(item(\"vfs.fs.size[*,pused]\"), 100, 7d)'\n"
      "severity = \"warning\"\n");
  world.Pass();
  std::string sql;
  for (const auto& [itemid, key, a_day] :
       {std::tuple{1, "vfs.fs.size[/,pused]", 2.0}, {2, "vfs.fs.size[/var,pused]", 0.1}}) {
    world.AddItem(static_cast<std::uint64_t>(itemid), 10105, "db-1", key, world.now);
    for (int i = 0; i < 14 * 288; ++i) {
      sql += fmt::format("{}({}, {}, 0, {:.4f})", sql.empty() ? "" : ",", itemid,
                         world.now - 300 * i, 90 - a_day * i / 288 + 0.01 * (i % 7));
    }
  }
  world.db.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES " + sql);
  for (const int ago : {60, 50, 40}) {
    world.InsertOf("hyphenmon", world.now - ago, 0.01);
    world.Pass();
  }
  EXPECT_THAT(world.Subjects(), SizeIs(1));
  EXPECT_THAT(
      world.db.QueryOne("SELECT summary FROM alerts"),
      MatchesRegex("item\\(\"vfs.fs.size\\[/,pused\\]\"\\) of hyphenmon: expected to reach 100 "
                   "in [5-6] days, between [0-9]+ (hours|days) and [0-9]+ days"));
  EXPECT_EQ(world.db.Query("SELECT limit_value, hosts FROM alerts"),
            (std::vector<std::vector<std::string>>{{"NULL", "db-1"}}))
      << "no limit was passed";
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM detector_states"), "2");
}

}  // namespace
}  // namespace mon::test
