#include "data_aggregator/cycle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "data_aggregator/replay.h"
#include "support/child_process.h"
#include "support/fake_http.h"
#include "support/fake_zabbix.h"
#include "support/memory_sample_store.h"

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;
constexpr TimePoint kClock{std::chrono::seconds(kNow)};
constexpr std::chrono::milliseconds kLimit{5000};
constexpr const char* kGood =
    R"({"timestamp": 1750000000, "response_time_ms": 137, "error_rate": 0.02})";

ApplicationConfig Application(const std::string& name) {
  ApplicationConfig application;
  application.name = name;
  application.url = "http://" + name + "/metrics";
  return application;
}

class CycleTest : public testing::Test {
 protected:
  CycleTest() {
    config_.applications = {Application("shop"), Application("blog")};
    http_.Answer("http://shop/metrics", kGood);
    http_.Answer("http://blog/metrics", kGood);
    zabbix_.hosts = {{10, "db-1", "Database"}};
  }

  void UseZabbix() { config_.applications[0].zabbix_hosts = {"10"}; }

  std::unique_ptr<Spool> OpenSpool() {
    return std::move(*Spool::Open(directory_.Path() + "/spool", SpoolConfig{}, kClock));
  }

  CycleReport RunWithoutDatabase() {
    Cycle cycle(config_, http_, &zabbix_, Readings::kOne);
    return cycle.Run({.spool = spool_.get()}, kClock, kLimit, {});
  }

  CycleReport RunCycle(std::stop_token stop = {}, std::chrono::milliseconds limit = kLimit) {
    Cycle cycle(config_, http_, &zabbix_, Readings::kOne);
    return cycle.Run({&store_, spool_.get()}, kClock, limit, std::move(stop));
  }

  Config config_;
  test::FakeHttp http_;
  test::FakeZabbix zabbix_;
  test::MemorySampleStore store_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<Spool> spool_ = OpenSpool();
};

TEST_F(CycleTest, StoresEveryApplication) {
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kOk);
  EXPECT_EQ(store_.samples.size(), 2U);
  EXPECT_TRUE(store_.reports.at("application:shop").up);
  EXPECT_EQ(store_.reports.at("application:blog").newest_sample, kNow);
}

TEST_F(CycleTest, SecondCycleLeavesTheSameRows) {
  static_cast<void>(RunCycle());
  EXPECT_EQ(RunCycle().samples.unchanged, 2U);
  EXPECT_EQ(store_.samples.size(), 2U);
}

TEST_F(CycleTest, OneDeadApplicationStopsNoOther) {
  http_.answers.erase("http://shop/metrics");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kUnavailable);
  EXPECT_TRUE(store_.samples.contains({"blog", kNow}));
  const SourceReport& report = store_.reports.at("application:shop");
  EXPECT_FALSE(report.up);
  EXPECT_TRUE(report.error.contains("refused")) << report.error;
}

TEST_F(CycleTest, RefusedSampleIsNotStoredAndSaysWhy) {
  http_.Answer("http://shop/metrics",
               R"({"timestamp": 1750000000, "response_time_ms": -1, "error_rate": 0})");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kData);
  EXPECT_EQ(store_.samples.size(), 1U);
  const SourceReport& report = store_.reports.at("application:shop");
  EXPECT_EQ(report.refused, 1U);
  EXPECT_EQ(report.error,
            "GET http://shop/metrics: /response_time_ms is -1, expected 0 to 2147483647");
}

TEST_F(CycleTest, StatusIsJudged) {
  http_.Answer("http://shop/metrics", kGood, 500);
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(store_.reports.at("application:shop").http_code, 500);
  http_.Answer("http://shop/metrics", "who are you?", 401);
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kNoPermission);
}

TEST_F(CycleTest, AnswerThatHasMovedTellsWhere) {
  http_.Answer("http://shop/metrics", "", 301);
  http_.answers.at("http://shop/metrics")
      ->headers.AddLine("location: https://user:pw@shop/metrics");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kUnavailable);
  const std::string& error = store_.reports.at("application:shop").error;
  EXPECT_TRUE(error.contains("HTTP 301: moved to https://")) << error;
  EXPECT_FALSE(error.contains("pw")) << error;
}

TEST_F(CycleTest, CompressedAnswerIsToldAsSuch) {
  http_.Answer("http://shop/metrics", "\x1f\x8b\x08");
  http_.answers.at("http://shop/metrics")->headers.AddLine("content-encoding: gzip");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kUnavailable);
  EXPECT_TRUE(store_.reports.at("application:shop").error.contains("compressed (gzip)"));
}

TEST_F(CycleTest, ConfiguredAcceptHeaderReplacesOurs) {
  config_.applications[0].headers = {{"accept", Secret("application/vnd.shop+json")}};
  static_cast<void>(RunCycle());
  EXPECT_EQ(http_.requests.at(0).headers.size(), 1U);
  EXPECT_EQ(http_.requests.at(1).headers.at(0).first, "Accept");
}

TEST_F(CycleTest, ExitCodeIsTheFirstOfTheOrder) {
  http_.Answer("http://shop/metrics",
               R"({"timestamp": 1, "response_time_ms": 1, "error_rate": 0})");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kData);
  http_.Answer("http://blog/metrics", "<html>");
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kUnavailable);
  UseZabbix();
  zabbix_.failure = Error{ErrorCode::kRejected, "zabbix user.login: refused"};
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kNoPermission);
  zabbix_.failure.reset();
  config_.applications[0].zabbix_hosts = {"10105"};
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kConfig);
}

TEST_F(CycleTest, SkewOfTheHttpDateIsKeptBeyondItsLimit) {
  http_.answers.at("http://shop/metrics")->headers.AddLine("date: Sun, 15 Jun 2025 15:07:40 GMT");
  http_.answers.at("http://blog/metrics")->headers.AddLine("date: Sun, 15 Jun 2025 15:06:44 GMT");
  static_cast<void>(RunCycle());
  EXPECT_EQ(store_.samples.at({"shop", kNow}).skew_seconds, 60);
  EXPECT_EQ(store_.samples.at({"blog", kNow}).skew_seconds, 0);
  EXPECT_EQ(store_.reports.at("application:blog").skew_seconds, 4);
}

TEST_F(CycleTest, RequestCarriesWhatTheApplicationNeeds) {
  ApplicationConfig& shop = config_.applications[0];
  shop.headers = {{"X-Tenant", Secret("one")}};
  shop.bearer_token = Secret("token");
  shop.timeout = std::chrono::seconds(60);
  static_cast<void>(RunCycle());
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.timeout, kLimit - std::chrono::milliseconds(100))
      << "ends before the cycle does, to say so itself";
  const auto has = [&](const std::string& name, const std::string& value) {
    return std::ranges::count(request.headers, std::pair(name, value)) == 1;
  };
  EXPECT_TRUE(has("Accept", "application/json"));
  EXPECT_TRUE(has("X-Tenant", "one"));
  EXPECT_TRUE(has("Authorization", "Bearer token"));
}

TEST_F(CycleTest, ZabbixIsLeftAloneWhereNoApplicationNamesHosts) {
  static_cast<void>(RunCycle());
  EXPECT_TRUE(zabbix_.selections.empty());
  EXPECT_FALSE(store_.reports.contains("zabbix"));
}

TEST_F(CycleTest, HostsGoWhereNoApplicationNamesThemAnyMore) {
  store_.links = {{"shop", {10}}, {"gone", {10}}};
  static_cast<void>(RunCycle());
  EXPECT_EQ(store_.links,
            (std::map<std::string, std::vector<std::uint64_t>>{{"shop", {}}, {"blog", {}}}));
}

TEST_F(CycleTest, HangingZabbixEndsWithTheDeadline) {
  UseZabbix();
  zabbix_.hangs = true;
  const CycleReport report = RunCycle({}, std::chrono::milliseconds(50));
  EXPECT_EQ(report.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(store_.samples.size(), 2U);
  EXPECT_TRUE(store_.reports.at("zabbix").error.contains("not finished within 50ms"))
      << store_.reports.at("zabbix").error;
}

TEST_F(CycleTest, UnknownHostIsTheErrorOfASourceThatIsUp) {
  config_.applications[0].zabbix_hosts = {"10105"};
  static_cast<void>(RunCycle());
  EXPECT_TRUE(store_.reports.at("zabbix").up);
  EXPECT_TRUE(store_.reports.at("zabbix").error.contains("host 10105 of application shop"));
}

TEST_F(CycleTest, FailureOfTheStoreDecidesWithTheSources) {
  store_.failure = Error{ErrorCode::kIo, "the table is full"};
  http_.answers.clear();
  http_.Answer("http://shop/metrics", kGood);
  const CycleReport report = RunCycle();
  EXPECT_EQ(report.exit_code, ExitCode::kIo);
  EXPECT_EQ(report.store_error->message, "the table is full");
}

TEST_F(CycleTest, FailureWithZabbixsValuesLeavesTheReportsOfTheOthers) {
  UseZabbix();
  store_.history_failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  Item load;
  load.itemid = 100;
  load.hostid = 10;
  zabbix_.items = {load};
  const CycleReport report = RunCycle();
  EXPECT_EQ(report.store_error->message, "server has gone away");
  EXPECT_TRUE(report.reported);
  EXPECT_TRUE(store_.reports.at("application:shop").up);
  EXPECT_TRUE(store_.reports.contains("zabbix"));
}

TEST_F(CycleTest, ReportsCanBeStoredLater) {
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  CycleReport report = RunCycle();
  EXPECT_FALSE(report.reported);
  EXPECT_TRUE(store_.reports.empty());
  store_.failure.reset();
  StoreReports(store_, report);
  EXPECT_TRUE(report.reported);
  EXPECT_TRUE(store_.reports.at("application:shop").up);
}

TEST_F(CycleTest, SamplesThatTheDatabaseDoesNotTakeGoToTheSpool) {
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  const CycleReport report = RunCycle();
  EXPECT_EQ(report.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(report.spooled, 2U);
  EXPECT_EQ(report.lost, 0U);
  EXPECT_EQ(spool_->Count(), 2U);
}

TEST_F(CycleTest, WithoutDatabaseApplicationsGoToTheSpoolAndZabbixIsLeftAlone) {
  UseZabbix();
  const CycleReport report = RunWithoutDatabase();
  EXPECT_EQ(report.exit_code, ExitCode::kOk);
  EXPECT_EQ(report.spooled, 2U);
  EXPECT_TRUE(zabbix_.selections.empty());
}

TEST_F(CycleTest, WithoutDatabaseAndSpoolSamplesAreLostAndSaidToBe) {
  spool_.reset();
  const CycleReport report = RunWithoutDatabase();
  EXPECT_EQ(report.exit_code, ExitCode::kIo);
  EXPECT_EQ(report.lost, 2U);
}

TEST_F(CycleTest, EverySampleIsAccountedFor) {
  http_.Answer("http://blog/metrics", R"({"timestamp": "?"})");
  static_cast<void>(RunCycle());
  static_cast<void>(RunCycle());
  static_cast<void>(RunWithoutDatabase());
  EXPECT_EQ(spool_->Totals(), (Outcomes{{outcome::kReceived, 6},
                                        {outcome::kInserted, 1},
                                        {outcome::kUnchanged, 1},
                                        {outcome::kRefused, 3}}));
  EXPECT_EQ(spool_->Count(), 1U);
}

TEST_F(CycleTest, ReplayEmptiesTheSpoolIntoTheStore) {
  static_cast<void>(RunWithoutDatabase());
  const auto later = std::chrono::steady_clock::now() + kLimit;
  const ReplayResult replayed = Replay(*spool_, store_, kClock, later, {});
  EXPECT_FALSE(replayed.error);
  EXPECT_EQ(replayed.freed, 2U);
  EXPECT_EQ(spool_->Count(), 0U);
  EXPECT_EQ(store_.samples.size(), 2U);
  EXPECT_EQ(spool_->Totals().at(outcome::kInserted), 2U);
}

TEST_F(CycleTest, ReplayThatFailsLeavesTheRecordsInTheSpool) {
  static_cast<void>(RunWithoutDatabase());
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  const auto later = std::chrono::steady_clock::now() + kLimit;
  EXPECT_EQ(Replay(*spool_, store_, kClock, later, {}).error->message, "server has gone away");
  EXPECT_EQ(spool_->Count(), 2U);
}

TEST_F(CycleTest, LostLeaseIsAnotherRun) {
  store_.failure = Error{ErrorCode::kBusy, "another run holds the lease"};
  EXPECT_EQ(RunCycle().exit_code, ExitCode::kTempFail);
}

TEST_F(CycleTest, StopIsNoFailureOfAnySource) {
  UseZabbix();
  zabbix_.hangs = true;
  std::stop_source stop;
  stop.request_stop();
  const CycleReport report = RunCycle(stop.get_token());
  EXPECT_TRUE(report.stopped);
  EXPECT_EQ(report.exit_code, ExitCode::kOk);
  EXPECT_TRUE(store_.reports.empty());
}

}  // namespace
}  // namespace mon::data_aggregator
