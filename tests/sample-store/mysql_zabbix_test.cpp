#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "sample-store/mysql_sample_store_fixture.h"
#include "support/statement_log.h"

// What comes from Zabbix: hosts, items and their history.

namespace mon::data_aggregator {
namespace {

using test::Account;
using test::StatementLog;
using testing::ElementsAre;
using testing::IsEmpty;

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
  store({{"shop", {2}}, {"Shop", {2}}, {"new", {1}}});
  EXPECT_EQ(database_.QueryOne("SELECT GROUP_CONCAT(application, hostid ORDER BY 1, hostid)"
                               " FROM application_hosts"),
            "Shop2,new1,shop2");
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

TEST_F(MysqlSampleStoreTest, LinksOfThousandsOfApplicationsCostAFewStatements) {
  std::vector<ApplicationHosts> links;
  for (std::uint64_t i = 0; i < 3'000; ++i) links.push_back({fmt::format("app-{}", i), {i}});
  const StatementLog log(database_, Account::kAggregator);
  ASSERT_TRUE(store_.StoreHosts({}, links));
  ASSERT_TRUE(store_.StoreHosts({}, {}));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM application_hosts"), "0");
  EXPECT_LT(log.Statements().size(), 20);
}

}  // namespace
}  // namespace mon::data_aggregator
