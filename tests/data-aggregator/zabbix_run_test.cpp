// The real program against a real Zabbix: what it stores is what history.get returns.
#include <fmt/format.h>

#include <chrono>

#include "aggregator_fixture.h"
#include "common/clock.h"
#include "common/text.h"
#include "zabbix-connector/real_server.h"
#include "zabbix_connector/connector.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

/// One Zabbix for all tests of this executable.
const RealZabbix& SharedZabbix() {
  static const RealZabbix zabbix;
  return zabbix;
}

class ZabbixRunTest : public AggregatorTest {
 protected:
  [[nodiscard]] Environment WithZabbix(const std::string& hosts) const {
    Environment environment = EnvironmentFor(application_.Url());
    environment.merge(SharedZabbix().Environment());
    environment["ZABBIX_HOSTID"] = hosts;
    return environment;
  }

  /// Runs until there is history of at least `items` items.
  void CollectHistory(const Environment& environment, int items) {
    for (int i = 0; i < 60; ++i) {
      const Finished run = Aggregate(environment);
      ASSERT_EQ(run.exit_code, 0) << run.err;
      if (std::stoi(database_.QueryOne("SELECT COUNT(DISTINCT itemid) FROM zabbix_history")) >=
          items)
        return;
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    FAIL() << "no history came";
  }

  /// What history.get returns for an item, as "clock.ns=text" lines.
  std::vector<std::string> HistoryOf(const Item& item, std::int64_t from, std::int64_t till) {
    const ZabbixConfig login = SharedZabbix().Login();
    const auto http = http::MakeCurlClient({});
    zabbix_connector::Connector zabbix(*http, login);
    std::vector<std::string> lines;
    const auto read = zabbix.ReadHistory(
        {&item, 1}, from, till,
        [&](std::vector<ItemValue> page) -> Result<void> {
          for (const ItemValue& value : page)
            lines.push_back(fmt::format("{}.{}={}", value.clock, value.ns, value.text));
          return {};
        },
        {});
    EXPECT_TRUE(read) << read.error().message;
    return lines;
  }

  /// Compares what is stored of every item with what history.get returns for the same time, text by
  /// text; gives the number of values.
  int CompareWithZabbix() {
    int compared = 0;
    for (const auto& row : database_.Query(
             "SELECT i.itemid, i.value_type, MIN(h.clock), MAX(h.clock) FROM zabbix_items i JOIN "
             "zabbix_history h ON h.itemid = i.itemid GROUP BY i.itemid, i.value_type")) {
      Item item;
      item.itemid = std::stoull(row[0]);
      item.value_type = static_cast<ValueType>(std::stoi(row[1]));
      std::vector<std::string> stored;
      for (const auto& value : database_.Query(fmt::format(
               "SELECT clock, ns, COALESCE(value_text, value_uint, ''), value FROM zabbix_history "
               "WHERE itemid = {} ORDER BY clock, ns",
               row[0]))) {
        const std::string text =
            value[2].empty() ? ShortestText(std::strtod(value[3].c_str(), nullptr)) : value[2];
        stored.push_back(fmt::format("{}.{}={}", value[0], value[1], text));
        ++compared;
      }
      EXPECT_EQ(stored, HistoryOf(item, std::stoll(row[2]), std::stoll(row[3]))) << row[0];
    }
    return compared;
  }

  Hyphenmon application_;
};

TEST_F(ZabbixRunTest, StoresHistoryAsZabbixHasIt) {
  CollectHistory(WithZabbix("app-1"), 3);
  EXPECT_GE(CompareWithZabbix(), 3);
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT_WS(' ', kind, up, error IS NULL) FROM sources WHERE "
                               "name = 'zabbix'"),
            "zabbix 1 1");
}

TEST_F(ZabbixRunTest, StoresEveryKindOfValueExactly) {
  const std::int64_t now = EpochSeconds(SystemClock().Now());
  // The tables of 5.0 have no room for characters of four bytes.
  const std::string state =
      SharedZabbix().Fact("version") == "5.0" ? "degradiert ü €" : "degradiert ü 😀";
  SharedZabbix().Feed({{"app.huge", now - 9, 0, "18446744073709551615"},
                       {"app.huge", now - 8, 0, "9007199254740993"},
                       {"app.users", now - 9, 0, "0"},
                       {"app.latency", now - 9, 0, "0.1"},
                       {"app.latency", now - 8, 0, "0.0000001"},
                       {"app.latency", now - 7, 0, "-123456789.125"},
                       {"app.latency", now - 6, 0, "1e300"},
                       {"app.state", now - 9, 0, state},
                       {"app.notes", now - 9, 0, "eins zwei"},
                       {"app.journal", now - 9, 0, "a line of the journal"}});
  Environment environment = WithZabbix("");
  environment.erase("ZABBIX_HOSTID");
  const std::string config = ConfigFile(
      fmt::format("[[application]]\nname = \"shop\"\nurl = \"{}\"\nzabbix_hosts = [\"app-1\"]\n"
                  "items = [\"app.*\"]\n",
                  application_.Url()));
  for (int i = 0; i < 60; ++i) {
    const Finished run = Aggregate(environment, {"--config", config});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    if (database_.QueryOne("SELECT COUNT(*) FROM zabbix_history") == "10") break;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_EQ(CompareWithZabbix(), 10);
  EXPECT_EQ(database_.QueryOne("SELECT MAX(value_uint) FROM zabbix_history"),
            "18446744073709551615");
  EXPECT_EQ(database_.QueryOne("SELECT lastvalue FROM zabbix_items WHERE item_key = 'app.state'"),
            state);
}

TEST_F(ZabbixRunTest, ItemsHaveTheirNewestValue) {
  CollectHistory(WithZabbix("app-1"), 1);
  EXPECT_EQ(database_.QueryOne(
                "SELECT COUNT(*) FROM zabbix_items i WHERE lastclock <> (SELECT MAX(clock) FROM "
                "zabbix_history h WHERE h.itemid = i.itemid)"),
            "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM zabbix_items WHERE name LIKE '%{%'"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM application_hosts WHERE application = "
                               "'hyphenmon'"),
            "1");
}

TEST_F(ZabbixRunTest, HistoryIsReadOnFromTheMark) {
  const Environment environment = WithZabbix("app-1");
  CollectHistory(environment, 1);
  const std::string mark = database_.QueryOne("SELECT read_until FROM zabbix_hosts");
  const std::string newest = database_.QueryOne("SELECT MAX(clock) FROM zabbix_history");
  const auto has_moved = [&] {
    EXPECT_EQ(Aggregate(environment).exit_code, 0);
    return database_.QueryOne("SELECT MAX(clock) FROM zabbix_history") > newest &&
           database_.QueryOne("SELECT read_until FROM zabbix_hosts") > mark;
  };
  EXPECT_TRUE(Await(has_moved));
}

TEST_F(ZabbixRunTest, MakesPartitionsAheadAsTheAdminAccount) {
  const std::string count =
      "SELECT COUNT(*) FROM information_schema.partitions WHERE table_schema = DATABASE() AND "
      "table_name = 'zabbix_history'";
  const std::string before = database_.QueryOne(count);
  const std::string last = database_.QueryOne(
      "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() "
      "AND table_name = 'zabbix_history' ORDER BY partition_ordinal_position DESC LIMIT 1 OFFSET "
      "1");
  database_.Execute("ALTER TABLE zabbix_history DROP PARTITION " + last);
  EXPECT_EQ(Aggregate(WithZabbix("app-1")).exit_code, 0);
  EXPECT_EQ(database_.QueryOne(count), before);
}

TEST_F(ZabbixRunTest, MissingRightToMakePartitionsLosesNothing) {
  database_.Execute(
      "ALTER TABLE zabbix_history PARTITION BY RANGE (clock) (PARTITION p_ahead VALUES LESS THAN "
      "MAXVALUE)");
  Environment environment = WithZabbix("app-1");
  environment["MYSQL_ADMIN_USER"] = environment["MYSQL_USER"];
  environment["MYSQL_ADMIN_PASSWORD"] = environment["MYSQL_PASSWORD"];
  const Finished run = Aggregate(environment);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("partitions of zabbix_history not made"));
  EXPECT_EQ(database_.QueryOne("SELECT up FROM sources WHERE name = 'zabbix'"), "1");
}

TEST_F(ZabbixRunTest, DryRunTellsAndStoresNothing) {
  const Finished run = Aggregate(WithZabbix("app-1"), {"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("host=\"app-1\""));
  EXPECT_THAT(run.out, HasSubstr("would store item itemid="));
  EXPECT_THAT(run.out, HasSubstr("would store history values="));
  for (const char* table : {"zabbix_hosts", "zabbix_items", "zabbix_history", "sources"})
    EXPECT_EQ(database_.QueryOne(fmt::format("SELECT COUNT(*) FROM {}", table)), "0") << table;
}

TEST_F(ZabbixRunTest, UnknownHostIsNamedAndTheOthersAreRead) {
  const Finished run = Aggregate(WithZabbix("app-1,99999999"));
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("99999999"));
  EXPECT_EQ(database_.QueryOne("SELECT host FROM zabbix_hosts"), "app-1");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
}

TEST_F(ZabbixRunTest, RefusedLoginStopsNoApplication) {
  Environment environment = WithZabbix("app-1");
  environment["ZABBIX_USER"] = "nobody";
  environment["ZABBIX_PASSWORD"] = "Guess.1";
  const Finished run = Aggregate(environment);
  EXPECT_EQ(run.exit_code, 77) << run.err;
  EXPECT_THAT(run.err, HasSubstr("source=zabbix"));
  EXPECT_THAT(run.err, Not(HasSubstr("Guess.1")));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
}

TEST_F(ZabbixRunTest, DeadZabbixStopsNoApplication) {
  Environment environment = WithZabbix("app-1");
  environment["ZABBIX_URL"] = "http://127.0.0.1:1/api_jsonrpc.php";
  const Finished run = Aggregate(environment);
  EXPECT_EQ(run.exit_code, 69) << run.err;
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
  EXPECT_EQ(database_.QueryOne("SELECT up FROM sources WHERE name = 'zabbix'"), "0");
}

TEST_F(ZabbixRunTest, DoctorLooksAtEachHost) {
  const std::string app = std::to_string(SharedZabbix().HostId("app-1"));
  CollectHistory(WithZabbix(app), 1);
  const Finished well = Aggregate(WithZabbix(app), {"doctor"});
  EXPECT_EQ(well.exit_code, 0) << well.out;
  EXPECT_THAT(well.out, HasSubstr("host app-1 (" + app + "): "));
  const Finished unknown = Aggregate(WithZabbix(app + ",999999"), {"doctor"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.out, HasSubstr("host 999999 of application hyphenmon is not to be found"));
}

}  // namespace
}  // namespace mon::test
