#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample-store/mysql_sample_store_fixture.h"

// Samples, and how the sources were.

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(MysqlSampleStoreTest, StoresSamplesOnce) {
  const std::vector samples = {Sample(kTime, 137, 0.02F), Sample(kTime + 10, 140, 0.5F),
                               Sample(kTime, 99, 1.0F, "other")};
  const auto first = StoreSamples(samples);
  EXPECT_EQ(first.inserted, 3);
  const auto rows = database_.Query("SELECT * FROM hyphenmon_metrics ORDER BY id");
  const auto again = StoreSamples(samples);
  EXPECT_EQ(again.unchanged, 3);
  EXPECT_EQ(again.inserted + again.replaced, 0);
  EXPECT_EQ(database_.Query("SELECT * FROM hyphenmon_metrics ORDER BY id"), rows);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics WHERE application = 'shop'"
                               " AND error_rate = CAST(0.02 AS FLOAT) AND skew_seconds IS NULL"),
            "1");
}

TEST_F(MysqlSampleStoreTest, KnownRowsUseUpNoIds) {
  StoreSamples({Sample(kTime, 1, 0)});
  for (int i = 0; i < 50; ++i) StoreSamples({Sample(kTime, 1, 0)});
  StoreSamples({Sample(kTime + 1, 1, 0)});
  EXPECT_THAT(database_.Query("SELECT id FROM hyphenmon_metrics ORDER BY id"),
              ElementsAre(ElementsAre("1"), ElementsAre("2")));
}

TEST_F(MysqlSampleStoreTest, ChangedSampleGetsANewId) {
  StoreSamples({Sample(kTime, 1, 0.25F), Sample(kTime + 1, 1, 0)});
  const auto result = StoreSamples({Sample(kTime, 1, 0.75F), Sample(kTime + 1, 1, 0)});
  EXPECT_EQ(result.replaced, 1);
  EXPECT_EQ(result.unchanged, 1);
  EXPECT_THAT(
      database_.Query("SELECT id, timestamp, error_rate FROM hyphenmon_metrics ORDER BY id"),
      ElementsAre(ElementsAre("2", "1750000001", "0"), ElementsAre("3", "1750000000", "0.75")));
}

TEST_F(MysqlSampleStoreTest, RowsOfOtherProgramsAreLeftAlone) {
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
      " VALUES (1750000000, 1, 0.5), (1750000000, NULL, NULL)");
  EXPECT_EQ(StoreSamples({Sample(kTime, 2, 0.25F)}).inserted, 1);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "3");
}

TEST_F(MysqlSampleStoreTest, LastOfSeveralForOneSecondCounts) {
  EXPECT_EQ(StoreSamples({Sample(kTime, 1, 0), Sample(kTime, 2, 0)}).inserted, 1);
  EXPECT_EQ(database_.QueryOne("SELECT response_time_ms FROM hyphenmon_metrics"), "2");
}

TEST_F(MysqlSampleStoreTest, RefusedSampleDoesNotKeepOthersOut) {
  const auto result =
      StoreSamples({Sample(kTime, 1, 0), Sample(kTime + 1, -1, 0),
                    Sample(kTime + 2, 1, std::nanf("")), Sample(kTime + 3, 1, 1.5F),
                    Sample(kTime + 4, 1'000'000'000'000, 0), Sample(kTime, 1, 0, "")});
  EXPECT_EQ(result.inserted, 1);
  EXPECT_EQ(result.Refused(), 5);
  EXPECT_EQ(result.refused.at("error_rate is not from 0 to 1"), 2);
}

TEST_F(MysqlSampleStoreTest, RefusedSampleIsInQuarantineWithItsReason) {
  StoreSamples({Sample(kTime, -1, 0), Sample(kTime + 1, 1, std::nanf(""))});
  StoreSamples({Sample(kTime, -1, 0)});
  EXPECT_THAT(
      database_.Query("SELECT table_name, row_key, reason, times FROM quarantine ORDER BY row_key"),
      ElementsAre(ElementsAre("hyphenmon_metrics", "shop/1750000000",
                              "response_time_ms is not from 0 to 2147483647", "2"),
                  ElementsAre("hyphenmon_metrics", "shop/1750000001",
                              "error_rate is not from 0 to 1", "1")));
  EXPECT_EQ(database_.QueryOne("SELECT JSON_VALUE(row_json, '$.response_time_ms') FROM quarantine "
                               "WHERE row_key = 'shop/1750000000'"),
            "-1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM quarantine WHERE JSON_VALID(row_json)"), "2");
}

TEST_F(MysqlSampleStoreTest, RowThatTheTableRefusesDoesNotKeepOthersOut) {
  // A table made by another hand, with a narrower column.
  database_.Execute("ALTER TABLE hyphenmon_metrics MODIFY response_time_ms SMALLINT");
  StoreSamples({Sample(kTime, 5, 0)});
  const auto result = StoreSamples(
      {Sample(kTime, 40'000, 0), Sample(kTime + 1, 40'000, 0), Sample(kTime + 2, 7, 0)});
  EXPECT_EQ(result.inserted, 1);
  EXPECT_EQ(result.Refused(), 2);
  EXPECT_THAT(result.refused.begin()->first, HasSubstr("response_time_ms"));
  EXPECT_THAT(
      database_.Query("SELECT timestamp, response_time_ms FROM hyphenmon_metrics ORDER BY 1"),
      ElementsAre(ElementsAre("1750000000", "5"), ElementsAre("1750000002", "7")))
      << "the row that was to be replaced is still there";
  EXPECT_THAT(
      database_.Query("SELECT row_key, reason LIKE '%response_time_ms%' FROM quarantine"),
      ElementsAre(ElementsAre("shop/1750000000", "1"), ElementsAre("shop/1750000001", "1")));
}

TEST_F(MysqlSampleStoreTest, SkewIsKeptAsAFlag) {
  ApplicationSample sample = Sample(kTime, 1, 0);
  sample.skew_seconds = -90;
  StoreSamples({sample});
  EXPECT_EQ(database_.QueryOne("SELECT skew_seconds FROM hyphenmon_metrics"), "-90");
}

TEST_F(MysqlSampleStoreTest, ThousandsOfSamplesGoAtOnce) {
  std::vector<ApplicationSample> samples;
  for (int i = 0; i < 2500; ++i) samples.push_back(Sample(kTime + i, i, 0.125F));
  EXPECT_EQ(StoreSamples(samples).inserted, 2500);
  EXPECT_EQ(StoreSamples(samples).unchanged, 2500);
}

TEST_F(MysqlSampleStoreTest, ManyApplicationsTakeNoMoreStatementsThanOne) {
  const auto executed = [&] {
    auto rows = connection_.Query("SHOW SESSION STATUS LIKE 'Com_stmt_execute'").value();
    rows.Next();
    return std::stoi(rows.Text(1));
  };
  const auto store_round = [&](std::int64_t time, int applications) {
    std::vector<ApplicationSample> samples;
    for (int i = 0; i < 1000; ++i)
      samples.push_back(Sample(time + i, 1, 0, std::to_string(i % applications)));
    const int before = executed();
    EXPECT_EQ(StoreSamples(samples).inserted, 1000);
    return executed() - before;
  };
  const int of_one = store_round(kTime, 1);
  EXPECT_LT(of_one, 10);
  EXPECT_EQ(store_round(kTime + 1000, 1000), of_one);
  EXPECT_EQ(store_round(kTime + 2000, 1000), of_one - 1) << "nothing is looked up that must be new";
}

TEST_F(MysqlSampleStoreTest, RoundsOfManyApplicationsAreFoundAgainAmongOtherRows) {
  constexpr int kApplications = 1'100;
  std::vector<ApplicationSample> samples, between;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < kApplications; ++i) {
      samples.push_back(Sample(kTime + 10 * round, i, 0.25F, std::to_string(i)));
      between.push_back(Sample(kTime + 10 * round + 5, i, 0.75F, std::to_string(i)));
    }
  }
  EXPECT_EQ(StoreSamples(between).inserted, between.size());
  EXPECT_EQ(StoreSamples(samples).inserted, samples.size());
  EXPECT_EQ(StoreSamples(samples).unchanged, samples.size());
  for (auto& sample : samples)
    if (sample.response_time_ms % 2 == 0) sample.error_rate = 0.5F;
  const auto changed = StoreSamples(samples);
  EXPECT_EQ(changed.replaced, samples.size() / 2);
  EXPECT_EQ(changed.unchanged, samples.size() / 2);
  EXPECT_EQ(StoreSamples(between).unchanged, between.size());
  EXPECT_THAT(database_.Query("SELECT error_rate, COUNT(*) FROM hyphenmon_metrics"
                              " GROUP BY error_rate ORDER BY error_rate"),
              ElementsAre(ElementsAre("0.25", "1650"), ElementsAre("0.5", "1650"),
                          ElementsAre("0.75", "3300")));
}

TEST_F(MysqlSampleStoreTest, WhatLiesBetweenSamplesThatAreFarApartIsNotRead) {
  std::vector<ApplicationSample> stored;
  for (int i = 0; i < 1'000; ++i) stored.push_back(Sample(kTime + 10 * i, i, 0.25F));
  StoreSamples(stored);
  const auto passed = [&] {
    auto rows = connection_.Query("SHOW SESSION STATUS LIKE 'Handler_read_next'").value();
    rows.Next();
    return std::stoi(rows.Text(1));
  };
  const int before = passed();
  EXPECT_EQ(StoreSamples({stored.front(), stored[500], stored.back()}).unchanged, 3);
  EXPECT_LT(passed() - before, 10);
}

TEST_F(MysqlSampleStoreTest, RowsThatAnotherProgramStoredMeanwhileAreFound) {
  StoreSamples({Sample(kTime, 1, 0)});
  database_.Execute(
      "INSERT INTO hyphenmon_metrics (application, timestamp, response_time_ms, error_rate)"
      " VALUES ('shop', 1750000010, 1, 0), ('shop', 1750000020, 1, 0)");
  const auto result =
      StoreSamples({Sample(kTime + 10, 1, 0), Sample(kTime + 20, 2, 0), Sample(kTime + 30, 1, 0)});
  EXPECT_EQ(result.unchanged, 1);
  EXPECT_EQ(result.replaced, 1);
  EXPECT_EQ(result.inserted, 1);
  EXPECT_EQ(result.Refused(), 0);
}

TEST_F(MysqlSampleStoreTest, ReportRemembersTheLastSuccess) {
  SourceReport report;
  report.name = "application:shop";
  report.kind = "application";
  report.up = true;
  report.attempted_at = TimePoint(1'750'000'000'123ms);
  report.duration = 12ms;
  report.newest_sample = kTime;
  ASSERT_TRUE(store_.StoreReports({&report, 1}));
  report.up = false;
  report.attempted_at = TimePoint(1'750'000'010'000ms);
  report.error = "HTTP 503";
  report.http_code = 503;
  report.newest_sample.reset();
  ASSERT_TRUE(store_.StoreReports({&report, 1}));
  ASSERT_TRUE(store_.StoreReports({&report, 1}));
  EXPECT_THAT(database_.Query("SELECT up, attempted_at, succeeded_at, consecutive_failures, error,"
                              " http_code, newest_sample FROM sources"),
              ElementsAre(ElementsAre("0", "2025-06-15 15:06:50", "2025-06-15 15:06:40.123000", "2",
                                      "HTTP 503", "503", "1750000000")));
}

TEST_F(MysqlSampleStoreTest, ReportsOfACycleAreStoredAllOrNone) {
  std::vector<SourceReport> reports(2);
  reports[0].name = "application:cart";
  reports[1].name = "application:shop";
  for (auto& report : reports) {
    report.kind = "application";
    report.attempted_at = TimePoint(1'750'000'000'000ms);
  }
  reports[1].attempted_at = TimePoint();  // a time that the column cannot hold
  EXPECT_FALSE(store_.StoreReports(reports));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM sources"), "0");
  reports[1].attempted_at = reports[0].attempted_at;
  EXPECT_TRUE(store_.StoreReports(reports));
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(consecutive_failures) FROM sources"), "1,1");
}

TEST_F(MysqlSampleStoreTest, LostLeaseStoresNothing) {
  database_.Execute("UPDATE leases SET token = token + 1 WHERE name = 'aggregator'");
  const std::vector samples = {Sample(kTime, 1, 0)};
  const auto result = store_.StoreSamples(samples);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kBusy);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
}

TEST_F(MysqlSampleStoreTest, LostConnectionStoresNothingAndSaysSo) {
  database_.Execute("KILL CONNECTION " + std::to_string(connection_.Id()));
  const std::vector samples = {Sample(kTime, 1, 0)};
  const auto result = store_.StoreSamples(samples);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
}

}  // namespace
}  // namespace mon::data_aggregator
