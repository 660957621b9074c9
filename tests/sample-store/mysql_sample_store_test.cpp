#include "data_aggregator/mysql_sample_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

#include "support/mariadb_server.h"
#include "support/statement_log.h"

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::StatementLog;
using test::TestDatabase;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kTime = 1'750'000'000;

class MysqlSampleStoreTest : public testing::Test {
 protected:
  static ApplicationSample Sample(std::int64_t timestamp, std::int64_t ms, float rate,
                                  const std::string& application = "shop") {
    return {application, timestamp, ms, rate, 0};
  }
  static Item MakeItem(std::uint64_t itemid, const std::string& name) {
    Item item;
    item.itemid = itemid;
    item.hostid = 10105;
    item.host = "db-1";
    item.name = name;
    item.key = "system.cpu.load";
    return item;
  }
  static ItemValue Value(std::uint64_t itemid, std::int64_t clock, const std::string& text,
                         std::uint32_t ns = 0, ValueType type = ValueType::kFloat) {
    return {itemid, clock, ns, type, text};
  }
  StoreResult StoreSamples(const std::vector<ApplicationSample>& samples) {
    auto result = store_.StoreSamples(samples);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }
  StoreResult StoreHistory(const std::vector<ItemValue>& values) {
    auto result = store_.StoreHistory(values);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }
  StoreResult StoreItems(const std::vector<Item>& items) {
    const std::vector<std::uint64_t> hosts = {10105};
    auto result = store_.StoreItems(items, hosts);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }

  TestDatabase database_;
  mysql::Connection connection_ = database_.Connect(Account::kAggregator, {.bulk = true});
  mysql::Lease lease_ = mysql::Lease::Acquire(connection_, "aggregator", 60s).value();
  MysqlSampleStore store_{connection_, lease_};
};

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

TEST_F(MysqlSampleStoreTest, HistoryIsStoredOnceAndExactly) {
  StoreItems({MakeItem(7, "CPU load"), MakeItem(8, "Traffic"), MakeItem(9, "Version")});
  const std::vector values = {Value(7, kTime, "0.2500", 5), Value(7, kTime + 5, "0.5"),
                              Value(8, kTime, "18446744073709551615", 0, ValueType::kUnsigned),
                              Value(9, kTime, "Ver\xC3\xB6 1.2", 0, ValueType::kCharacter)};
  const auto first = StoreHistory(values);
  EXPECT_EQ(first.inserted, 4);
  MysqlSampleStore of_the_next_run{connection_, lease_};
  const auto again = of_the_next_run.StoreHistory(values);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->inserted, 0);
  EXPECT_EQ(again->unchanged, 4);
  EXPECT_THAT(
      database_.Query("SELECT itemid, clock, ns, value, value_uint, value_text FROM zabbix_history"
                      " ORDER BY itemid, clock"),
      ElementsAre(ElementsAre("7", "1750000000", "5", "0.25", "NULL", "0.2500"),
                  ElementsAre("7", "1750000005", "0", "0.5", "NULL", "NULL"),
                  ElementsAre("8", "1750000000", "0", "18446744073709551616",
                              "18446744073709551615", "NULL"),
                  ElementsAre("9", "1750000000", "0", "NULL", "NULL", "Ver\xC3\xB6 1.2")));
}

TEST_F(MysqlSampleStoreTest, HistoryThatItHasStoredIsNotSentAgain) {
  StoreItems({MakeItem(7, "CPU load")});
  StoreHistory({Value(7, kTime, "0.25"), Value(7, kTime + 5, "0.5")});
  const StatementLog log(database_, Account::kAggregator);
  EXPECT_EQ(StoreHistory({Value(7, kTime, "0.25"), Value(7, kTime + 5, "0.5")}).unchanged, 2);
  EXPECT_THAT(log.Statements(), IsEmpty());
  const auto more = StoreHistory(
      {Value(7, kTime, "0.25"), Value(7, kTime + 5, "0.75"), Value(7, kTime + 2, "1")});
  EXPECT_EQ(more.unchanged, 1);
  EXPECT_THAT(
      database_.Query("SELECT clock - 1750000000, value FROM zabbix_history ORDER BY clock"),
      ElementsAre(ElementsAre("0", "0.25"), ElementsAre("2", "1"), ElementsAre("5", "0.75")));
}

TEST_F(MysqlSampleStoreTest, HistoryThatCouldNotBeStoredIsSentAgain) {
  StoreItems({MakeItem(7, "CPU load")});
  database_.Execute("UPDATE leases SET token = token + 1");  // another run has taken over
  EXPECT_EQ(store_.StoreHistory(std::vector{Value(7, kTime, "0.25")}).error().code,
            ErrorCode::kBusy);
  database_.Execute("UPDATE leases SET token = token - 1");
  EXPECT_EQ(StoreHistory({Value(7, kTime, "0.25")}).inserted, 1);
}

TEST_F(MysqlSampleStoreTest, NewestValueMovesRecordedAtAndNothingElseDoes) {
  StoreItems({MakeItem(7, "CPU load")});
  StoreHistory({Value(7, kTime + 5, "0.5", 9), Value(7, kTime, "0.25")});
  database_.Execute("UPDATE zabbix_items SET recorded_at = '2020-01-01 00:00:00'");
  StoreHistory(
      {Value(7, kTime + 5, "0.5", 9), Value(7, kTime, "0.25"), Value(7, kTime + 5, "1", 3)});
  StoreItems({MakeItem(7, "CPU load (renamed)")});
  EXPECT_THAT(database_.Query("SELECT lastvalue, lastclock, lastns, YEAR(recorded_at), name"
                              " FROM zabbix_items"),
              ElementsAre(ElementsAre("0.5", "1750000005", "9", "2020", "CPU load (renamed)")));
  StoreHistory({Value(7, kTime + 5, "0.75", 10)});
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT(lastvalue, ' ', recorded_at > '2021-01-01')"
                               " FROM zabbix_items"),
            "0.75 1");
  EXPECT_EQ(database_.QueryOne("SELECT MAX(id) FROM zabbix_items"), "1");
}

// A value that comes, and whether it goes into the row of its item, after those above it.
struct Comes {
  std::int64_t clock;
  std::uint32_t ns;
  bool newer;
};
constexpr std::array kComing = {
    Comes{kTime, 500, true},      Comes{kTime - 10, 900, false}, Comes{kTime, 499, false},
    Comes{kTime, 500, false},     Comes{kTime, 501, true},       Comes{kTime + 10, 7, true},
    Comes{kTime + 9, 999, false}, Comes{kTime + 10, 8, true},    Comes{kTime + 10, 7, false}};

// Its row is one that StoreItems has read, or one that has to be looked up.
class NewestValueTest : public MysqlSampleStoreTest, public testing::WithParamInterface<bool> {};

TEST_P(NewestValueTest, OnlyWhatIsNewerGoesIntoTheItem) {
  StoreItems({MakeItem(7, "CPU load"), MakeItem(8, "Traffic")});
  if (GetParam()) StoreItems({MakeItem(7, "CPU load"), MakeItem(8, "Traffic")});
  std::vector<std::string> expected = {"NULL", "NULL", "NULL"};
  for (std::size_t i = 0; i < kComing.size(); ++i) {
    const auto& [clock, ns, newer] = kComing[i];
    const std::string text = "0." + std::to_string(i + 1);
    StoreHistory({Value(7, clock, text, ns)});
    if (newer) expected = {text, std::to_string(clock), std::to_string(ns)};
    EXPECT_THAT(database_.Query("SELECT lastvalue, lastclock, lastns FROM zabbix_items"
                                " WHERE itemid = '7'"),
                ElementsAre(expected))
        << text;
  }
  EXPECT_EQ(database_.QueryOne("SELECT lastvalue FROM zabbix_items WHERE itemid = '8'"), "NULL");
}

TEST_P(NewestValueTest, RowOfAProgramThatKnowsNoNanosecondsIsOlderThanItsSecond) {
  StoreItems({MakeItem(7, "CPU load")});
  if (GetParam()) StoreItems({MakeItem(7, "CPU load")});
  database_.Execute("UPDATE zabbix_items SET lastvalue = '1', lastclock = 1750000000");
  StoreHistory({Value(7, kTime - 1, "2", 5)});
  EXPECT_EQ(database_.QueryOne("SELECT lastvalue FROM zabbix_items"), "1");
  StoreHistory({Value(7, kTime, "3", 0)});
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT(lastvalue, ' ', lastns) FROM zabbix_items"), "3 0");
}

TEST_P(NewestValueTest, RowsOfOneItemAreAllKeptUpToDate) {
  database_.Execute("ALTER TABLE zabbix_items DROP KEY itemid");
  database_.Execute(
      "INSERT INTO zabbix_items (itemid, hostid) VALUES ('7', '10105'), ('7', '10105')");
  if (GetParam()) StoreItems({MakeItem(7, "CPU load")});
  StoreHistory({Value(7, kTime, "0.5")});
  EXPECT_THAT(database_.Query("SELECT lastvalue FROM zabbix_items"),
              ElementsAre(ElementsAre("0.5"), ElementsAre("0.5")));
}

INSTANTIATE_TEST_SUITE_P(ItsRow, NewestValueTest, testing::Bool(),
                         [](const auto& row) { return row.param ? "Read" : "LookedUp"; });

TEST_F(MysqlSampleStoreTest, RowsOfItemsThatWereReadAreNotLookedUp) {
  const auto of_items = [&](std::int64_t time) {
    const StatementLog log(database_, Account::kAggregator);
    StoreHistory({Value(7, time, "0.5")});
    std::vector<std::string> statements;
    for (const std::string& statement : log.Statements())
      if (statement.contains("zabbix_items")) statements.push_back(statement.substr(0, 6));
    return statements;
  };
  StoreItems({MakeItem(7, "CPU load")});
  EXPECT_THAT(of_items(kTime), ElementsAre("INSERT", "SELECT"));
  EXPECT_THAT(of_items(kTime + 1), ElementsAre("INSERT")) << "looked up once";
  StoreItems({MakeItem(7, "CPU load")});
  EXPECT_THAT(of_items(kTime + 2), ElementsAre("INSERT"));
  EXPECT_THAT(of_items(kTime - 2), IsEmpty()) << "what is not newer is not written";
}

TEST_F(MysqlSampleStoreTest, BadValueDoesNotKeepOthersOut) {
  const auto result =
      StoreHistory({Value(7, kTime, "0.5"), Value(7, kTime + 1, "many"), Value(7, 0, "0")});
  EXPECT_EQ(result.inserted, 1);
  EXPECT_EQ(result.refused.at("not a finite number"), 1);
  EXPECT_EQ(result.refused.at("no time"), 1);
  EXPECT_THAT(database_.Query("SELECT row_key, reason, JSON_VALUE(row_json, '$.text')"
                              " FROM quarantine ORDER BY row_key"),
              ElementsAre(ElementsAre("7/0/0", "no time", "0"),
                          ElementsAre("7/1750000001/0", "not a finite number", "many")));
}

TEST_F(MysqlSampleStoreTest, TagsOfItemsAreLinesAndFollowZabbix) {
  const auto tags = [&] { return database_.QueryOne("SELECT tags FROM zabbix_items"); };
  Item item = MakeItem(7, "CPU load");
  StoreItems({item});
  EXPECT_EQ(tags(), "NULL");
  item.tags = {"role=db", "new"};
  EXPECT_EQ(StoreItems({item}).replaced, 1);
  EXPECT_EQ(tags(), "new\nrole=db");
  EXPECT_EQ(StoreItems({item}).unchanged, 1);
  item.tags = {"role=web"};
  StoreItems({item});
  EXPECT_EQ(tags(), "role=web");
}

TEST_F(MysqlSampleStoreTest, ItemWithoutAValueHasNone) {
  StoreItems({MakeItem(7, "CPU load")});
  EXPECT_THAT(database_.Query("SELECT lastvalue, lastclock FROM zabbix_items"),
              ElementsAre(ElementsAre("NULL", "NULL")));
}

TEST_F(MysqlSampleStoreTest, ItemsAreOneRowEachAndVanishedOnesStay) {
  Item broken = MakeItem(8, "Disk");
  broken.state = 1;
  broken.error = "no such disk";
  EXPECT_EQ(StoreItems({MakeItem(7, "CPU"), broken}).inserted, 2);
  EXPECT_EQ(StoreItems({MakeItem(7, "CPU"), broken}).unchanged, 2);
  EXPECT_EQ(StoreItems({broken}).unchanged, 1);
  EXPECT_THAT(database_.Query("SELECT itemid, state, error FROM zabbix_items ORDER BY id"),
              ElementsAre(ElementsAre("7", "2", "NULL"), ElementsAre("8", "1", "no such disk")));
  const auto back = StoreItems({MakeItem(7, "CPU"), broken});
  EXPECT_EQ(back.replaced, 1);
  EXPECT_EQ(database_.QueryOne("SELECT state FROM zabbix_items WHERE itemid = '7'"), "0");
  EXPECT_EQ(StoreItems({MakeItem(9, "New"), MakeItem(7, "CPU"), broken}).inserted, 1);
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(id ORDER BY id) FROM zabbix_items"), "1,2,3");
}

TEST_F(MysqlSampleStoreTest, ItemsOfOtherHostsAreLeftAlone) {
  database_.Execute(
      "INSERT INTO zabbix_items (itemid, name, hostid) VALUES ('1', 'x', '20000'),"
      " (NULL, 'y', '10105'), ('7', 'CPU', NULL)");
  StoreItems({MakeItem(7, "CPU")});
  EXPECT_THAT(database_.Query("SELECT itemid, hostid, state FROM zabbix_items ORDER BY id"),
              ElementsAre(ElementsAre("1", "20000", "0"), ElementsAre("NULL", "10105", "0"),
                          ElementsAre("7", "10105", "0")));
}

TEST_F(MysqlSampleStoreTest, LinksBecomeExactlyThese) {
  const std::vector<ZabbixHost> hosts = {{1, "a", "A"}, {2, "b", "B"}, {3, "c", "C"}};
  const auto store = [&](const std::vector<ApplicationHosts>& links) {
    const auto done = store_.StoreHosts(hosts, links);
    ASSERT_TRUE(done) << done.error().message;
  };
  store({{"shop", {1, 2}}, {"other", {3}}});
  store({{"shop", {2, 3}}, {"other", {3}}});
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(application, hostid ORDER BY 1, hostid)"
                               " FROM application_hosts"),
            "other3,shop2,shop3");
  store({{"shop", {}}});
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM application_hosts"), "0");
}

TEST_F(MysqlSampleStoreTest, MaintenanceBeginsAndEndsWithEachCycle) {
  std::vector<ZabbixHost> hosts = {{1, "a", "A", true}, {2, "b", "B"}};
  const auto in_maintenance = [&] {
    const auto done = store_.StoreHosts(hosts, {});
    EXPECT_TRUE(done) << done.error().message;
    return database_.QueryOne(
        "SELECT GROUP_CONCAT(host ORDER BY hostid) FROM zabbix_hosts WHERE maintenance = 1");
  };
  EXPECT_EQ(in_maintenance(), "a");
  hosts = {{1, "a", "A"}, {2, "b", "B", true}};
  EXPECT_EQ(in_maintenance(), "b");
}

TEST_F(MysqlSampleStoreTest, ReadUntilIsSetAndKept) {
  const std::vector<ZabbixHost> hosts = {{1, "a", "A"}};
  ASSERT_TRUE(store_.StoreHosts(hosts, {}));
  const std::vector<std::uint64_t> ids = {1, 2};
  ASSERT_TRUE(store_.SetReadUntil(ids, 500));
  ASSERT_TRUE(store_.SetReadUntil(ids, 400));
  ASSERT_TRUE(store_.StoreHosts(hosts, {}));
  const auto until = store_.ReadUntil(ids);
  ASSERT_TRUE(until);
  EXPECT_THAT(*until, ElementsAre(std::pair(1, 400), std::pair(2, 0)));
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

TEST_F(MysqlSampleStoreTest, LinksOfApplicationsBecomeThoseGiven) {
  const auto links = [&] {
    return database_.Query("SELECT application, hostid FROM application_hosts ORDER BY 1, 2");
  };
  const std::vector<ZabbixHost> hosts = {{10, "db-1", "Database"}, {20, "web-1", "Web"}};
  ASSERT_TRUE(store_.StoreHosts(
      hosts, std::vector<ApplicationHosts>{{"blog", {10}}, {"shop", {10, 20}}, {"Shop", {20}}}));
  EXPECT_THAT(links(), ElementsAre(ElementsAre("Shop", "20"), ElementsAre("blog", "10"),
                                   ElementsAre("shop", "10"), ElementsAre("shop", "20")));
  ASSERT_TRUE(store_.StoreHosts(
      hosts, std::vector<ApplicationHosts>{{"shop", {20}}, {"Shop", {20}}, {"new", {10}}}));
  EXPECT_THAT(links(), ElementsAre(ElementsAre("Shop", "20"), ElementsAre("new", "10"),
                                   ElementsAre("shop", "20")));
}

TEST_F(MysqlSampleStoreTest, LinksOfThousandsOfApplicationsCostAFewStatements) {
  std::vector<ApplicationHosts> links;
  for (std::uint64_t i = 0; i < 3'000; ++i) links.push_back({fmt::format("app-{}", i), {i}});
  const StatementLog log(database_, Account::kAggregator);
  ASSERT_TRUE(store_.StoreHosts({}, links));
  ASSERT_TRUE(store_.StoreHosts({}, {}));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM application_hosts"), "0");
  EXPECT_LT(log.Statements().size(), 20);
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
