#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "processor/processor_world.h"

// Rules with odd(host) on a real database: many items that move together a little are one alert.

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kRules =
    "[[rule]]\nname = \"odd-host\"\nexpr = 'odd(host)'\nseverity = \"warning\"\n"
    "[[rule]]\nname = \"limit\"\nexpr = 'item(\"key.*\") > 80'\nseverity = \"critical\"\n";

/// A host with 16 items that are noise around 50, each minute for a day and a half.
class OddHostPassTest : public testing::Test {
 protected:
  static constexpr int kItems = 16;
  static constexpr int kPast = 2'160;  // minutes
  static constexpr int kMinute = 60;

  OddHostPassTest() : world_(kRules) {
    world_.Pass();
    // So that what follows lies in the past, by a full minute.
    t_ = (world_.now - 20 * kMinute) / kMinute * kMinute;
    for (int item = 1; item <= kItems; ++item) {
      world_.AddItem(static_cast<std::uint64_t>(item), 10105, "db-1", fmt::format("key.{}", item),
                     world_.now);
    }
    std::string sql;
    for (int i = 0; i < kPast; ++i) AddValues(sql, t_ - kMinute * (kPast - i), 0);
    Insert(sql);
  }

  void AddValues(std::string& sql, std::int64_t time, double shift) {
    for (int item = 1; item <= kItems; ++item) {
      sql += fmt::format("{}({}, {}, 0, {:.4f})", sql.empty() ? "" : ",", item, time,
                         50 + noise_(random_) + shift);
    }
  }
  void Insert(const std::string& values) {
    world_.db.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES " + values);
    world_.db.Execute("UPDATE zabbix_items SET lastclock = ?", {t_});
  }

  /// The next minute: values of all items, a sample, and a pass as cron makes it.
  void Next(double shift) {
    t_ += kMinute;
    std::string sql;
    AddValues(sql, t_, shift);
    Insert(sql);
    world_.InsertOf("hyphenmon", t_, 0.01);
    world_.Pass();
  }

  ProcessorWorld world_;
  std::int64_t t_ = 0;
  std::mt19937_64 random_{7};
  std::normal_distribution<double> noise_;
};

TEST_F(OddHostPassTest, ManyItemsThatMoveALittleAreOneAlertWithRankedCauses) {
  Next(0);
  for (int i = 0; i < 4; ++i) Next(6);
  ASSERT_THAT(world_.Subjects(), SizeIs(1));
  EXPECT_THAT(world_.Subjects()[0], StartsWith("[PROBLEM warning"));
  EXPECT_EQ(world_.db.QueryOne("SELECT GROUP_CONCAT(rule) FROM alerts"), "odd-host");
  EXPECT_EQ(world_.db.QueryOne("SELECT hosts FROM alerts"), "db-1");
  EXPECT_THAT(
      world_.db.QueryOne("SELECT summary FROM alerts"),
      MatchesRegex("host db-1: [0-9]+ of 16 metrics unusual: key.[0-9]+ \\(expected [0-9.]+ "
                   "to [0-9.]+, saw 5[0-9.]+\\), .*"));
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_LENGTH(evidence, '$.odd.parts') FROM alerts"), "10");
  EXPECT_GE(std::stod(world_.db.QueryOne(
                "SELECT JSON_VALUE(evidence, '$.odd.parts[0].share') FROM alerts")),
            std::stod(world_.db.QueryOne(
                "SELECT JSON_VALUE(evidence, '$.odd.parts[9].share') FROM alerts")));
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM detector_states"), "17");
  for (int i = 0; i < 4; ++i) Next(0);
  EXPECT_THAT(world_.Subjects(), SizeIs(2)) << "and its end";
}

TEST_F(OddHostPassTest, QuietHoursAreNotTold) {
  for (int i = 0; i < 12; ++i) Next(0);
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM rule_states"), "2") << "they were judged";
  EXPECT_THAT(world_.Mails(), IsEmpty());
}

TEST_F(OddHostPassTest, DryRunAndBacktestSayTheSame) {
  Next(0);
  for (int i = 0; i < 3; ++i) {
    t_ += kMinute;
    std::string sql;
    AddValues(sql, t_, 6);
    Insert(sql);
    world_.InsertOf("hyphenmon", t_, 0.01);
  }
  const auto dry = world_.Run({"--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("host db-1: "));
  auto environment = world_.db.Environment(Account::kGrafana);
  environment["MONITORING_STATE_DIR"] = world_.Directory() + "/state";
  const auto back =
      test::Run({Program("processor"), "backtest", "--config", world_.ConfigFile(), "--from",
                 std::to_string(t_ - 600), "--to", std::to_string(t_), "--format", "json"},
                environment);
  world_.Pass();
  const auto summary = world_.db.QueryOne("SELECT summary FROM alerts");
  EXPECT_THAT(summary, StartsWith("host db-1: "));
  EXPECT_THAT(dry.out, HasSubstr(summary));
  EXPECT_THAT(back.out, HasSubstr(summary)) << back.err;
}

TEST_F(OddHostPassTest, WhatIsSaidToBeNormalIsLearnt) {
  Next(0);
  for (int i = 0; i < 3; ++i) Next(6);
  ASSERT_THAT(world_.Subjects(), SizeIs(1));
  const auto said = test::Run({Program("alerting-system"), "--config", world_.ConfigFile(),
                               "normal", world_.db.QueryOne("SELECT id FROM alerts")},
                              world_.Environment());
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("the detector of host 10105 is told"));
  for (int i = 0; i < 3; ++i) Next(6);
  EXPECT_THAT(world_.db.Query("SELECT * FROM detector_feedback"), IsEmpty());
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alerts WHERE ended_at IS NULL"), "0");
}

}  // namespace
}  // namespace mon::test
