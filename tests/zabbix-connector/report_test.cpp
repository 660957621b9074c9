#include "zabbix_connector/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "time_text.h"

namespace mon::zabbix_connector {
namespace {

using nlohmann::json;

Item CpuLoad() {
  Item item;
  item.itemid = 18446744073709551615U;
  item.hostid = 10105;
  item.host = "db-1";
  item.key = "system.cpu.load";
  item.name = "CPU load";
  return item;
}

TEST(ItemReportTest, ShowsValueAndAgeAndSaysWhereNoneIsKnown) {
  Item broken = CpuLoad();
  broken.itemid = 2;
  broken.state = 1;
  broken.error = "No such\nkey.";
  const Item items[] = {broken, CpuLoad()};
  const LastValue values[] = {{18446744073709551615U, 1'750'000'000, "0.10"}};
  EXPECT_EQ(
      ItemTable(items, values, 1'750'000'300, false),
      "              ITEMID  HOST  KEY              NAME      LAST VALUE  UNITS    AGE  STATE\n"
      "                   2  db-1  system.cpu.load  CPU load     unknown                not "
      "supported: No such\\nkey.\n"
      "18446744073709551615  db-1  system.cpu.load  CPU load        0.10         5 min  ok\n");
}

TEST(ItemReportTest, GivesProgramsWhatZabbixHas) {
  const Item items[] = {CpuLoad()};
  const LastValue values[] = {{18446744073709551615U, 1'750'000'000, "0.10"}};
  const json list = json::parse(ItemJson(items, values));
  EXPECT_EQ(list[0]["itemid"], "18446744073709551615");
  EXPECT_EQ(list[0]["lastvalue"], "0.10");
  EXPECT_EQ(list[0]["lastclock"], "1750000000");
  EXPECT_TRUE(json::parse(ItemJson(items, {}))[0]["lastvalue"].is_null());
  EXPECT_EQ(ItemJson({}, {}), "[]\n");
}

TEST(HistoryReportTest, ShowsTimesInUtcToTheNanosecond) {
  const Item items[] = {CpuLoad()};
  const ItemValue values[] = {{18446744073709551615U, 1'750'000'000, 7, ValueType::kFloat, "0.10"}};
  EXPECT_EQ(HistoryTable(values, items, false),
            "TIME (UTC)                     VALUE\n2025-06-15 15:06:40.000000007   0.10\n");
  EXPECT_EQ(
      HistoryJson(values),
      "[\n{\"itemid\":\"18446744073709551615\",\"clock\":\"1750000000\",\"ns\":\"7\",\"value\":"
      "\"0.10\"}\n]\n");
}

TEST(HostReportTest, ShowsStateAndGroups) {
  const HostInfo hosts[] = {{{7, "web", "Web"}, false, {"A", "B"}}};
  EXPECT_EQ(HostTable(hosts, false),
            "HOSTID  HOST  NAME  STATE     GROUPS\n     7  web   Web   disabled  A, B\n");
  EXPECT_EQ(json::parse(HostJson(hosts))[0]["status"], "1");
}

TEST(ParseTimeTest, TakesEpochAndUtc) {
  EXPECT_EQ(ParseTime("1750000000"), 1'750'000'000);
  EXPECT_EQ(ParseTime("2025-06-15 15:06:40"), 1'750'000'000);
  EXPECT_EQ(ParseTime("2025-06-15T15:06:40"), 1'750'000'000);
  EXPECT_EQ(ParseTime("2025-06-15 15:06"), 1'749'999'960);
  EXPECT_EQ(ParseTime("2025-06-15"), 1'749'945'600);
  EXPECT_EQ(ParseTime("2024-02-29"), 1'709'164'800);
}

TEST(ParseTimeTest, RefusesEverythingElse) {
  for (const char* text : {"", "-1", "soon", "2025-02-29", "2025-13-01", "2025-06-31", "2025-6-15",
                           "2025-06-15 24:00", "2025-06-15 15:60", "2025-06-15 15", "2025/06/15",
                           "2025-06-15 15:06:40Z", "2025-06-15x15:06:40", "2025-06-15 15.06"})
    EXPECT_FALSE(ParseTime(text)) << text;
}

}  // namespace
}  // namespace mon::zabbix_connector
