// The real program against a real Zabbix: what it stores is what history.get returns.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "aggregator_fixture.h"
#include "common/text.h"
#include "zabbix_connector/connector.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

/// One Zabbix for all tests of this executable.
TestServer& SharedZabbix() {
  static TemporaryDirectory directory;
  static TestServer zabbix("zabbix", directory.Path(), [] {
    const char* more = std::getenv("MON_TEST_ZABBIX");
    return SplitList(more != nullptr ? more : "", ' ');
  }());
  return zabbix;
}

class ZabbixRunTest : public AggregatorTest {
 protected:
  [[nodiscard]] Environment WithZabbix(const std::string& hosts) const {
    Environment environment = EnvironmentFor(application_.Url());
    environment["ZABBIX_URL"] = SharedZabbix().Fact("url");
    environment["ZABBIX_USER"] = SharedZabbix().Fact("monitor_user");
    environment["ZABBIX_PASSWORD"] = SharedZabbix().Fact("monitor_password");
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
    ZabbixConfig config;
    config.url = SharedZabbix().Fact("url");
    config.user = SharedZabbix().Fact("monitor_user");
    config.password = Secret(SharedZabbix().Fact("monitor_password"));
    const auto http = http::MakeCurlClient({});
    zabbix_connector::Connector zabbix(*http, config);
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

  Hyphenmon application_;
};

TEST_F(ZabbixRunTest, StoresHistoryAsZabbixHasIt) {
  const Environment environment = WithZabbix("app-1");
  CollectHistory(environment, 3);
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
  EXPECT_GE(compared, 3);
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT_WS(' ', kind, up, error IS NULL) FROM sources WHERE "
                               "name = 'zabbix'"),
            "zabbix 1 1");
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
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(Aggregate(environment).exit_code, 0);
    if (database_.QueryOne("SELECT MAX(clock) FROM zabbix_history") > newest) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_GT(database_.QueryOne("SELECT MAX(clock) FROM zabbix_history"), newest);
  EXPECT_GT(database_.QueryOne("SELECT read_until FROM zabbix_hosts"), mark);
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

}  // namespace
}  // namespace mon::test
