#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_api.h"
#include "zabbix_connector/connector.h"

// Hosts and items, on replies as the versions give them.
namespace mon::zabbix_connector {
namespace {

using nlohmann::json;
using test::FakeApi;
using testing::ElementsAre;
using testing::IsEmpty;

using Handler = std::function<json(const json& params)>;

/// Answers some methods with what a test says.
void Serve(FakeApi& api, std::map<std::string, Handler> handlers) {
  api.instead = [handlers = std::move(handlers)](const std::string& method, const json& params) {
    const auto found = handlers.find(method);
    return found == handlers.end() ? http::Response()
                                   : FakeApi::Reply(FakeApi::ResultText(found->second(params)));
  };
}

json Host(const char* id, const char* name) {
  return {{"hostid", id}, {"host", name}, {"name", name}};
}

TEST(ResolveHostsTest, FindsByIdAndByTechnicalName) {
  FakeApi api("6.0");
  Serve(api, {{"host.get", [](const json& params) {
                 return params.contains("hostids") ? json::array({Host("10105", "db-1")})
                                                   : json::array({Host("10084", "web-1")});
               }}});
  Connector zabbix(api, api.WithToken());
  const auto found = zabbix.ResolveHosts(
      {.hosts = {"10105", "web-1", "gone", "99"}, .groups = {}, .tags = {}}, {});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->hosts.size(), 2U);
  EXPECT_EQ(found->hosts[0].host, "web-1");  // by hostid
  EXPECT_EQ(found->hosts[1].hostid, 10105U);
  EXPECT_THAT(found->unknown, ElementsAre("host gone", "host 99"));
}

TEST(ResolveHostsTest, SaysWhichHostsAreInMaintenance) {
  FakeApi api("6.0");
  Serve(api, {{"host.get", [](const json& params) {
                 EXPECT_THAT(params["output"], testing::Contains("maintenance_status"));
                 json down = Host("1", "a");
                 down["maintenance_status"] = "1";
                 json up = Host("2", "b");
                 up["maintenance_status"] = "0";
                 return json::array({down, up});
               }}});
  Connector zabbix(api, api.WithToken());
  const auto found = zabbix.ResolveHosts({.hosts = {"a", "b"}, .groups = {}, .tags = {}}, {});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->hosts.size(), 2U);
  EXPECT_TRUE(found->hosts[0].maintenance);
  EXPECT_FALSE(found->hosts[1].maintenance);
}

TEST(ResolveHostsTest, TakesAnEntryOfDigitsAsNameWhereNoHostHasThatId) {
  FakeApi api("6.0");
  Serve(api, {{"host.get", [](const json& params) {
                 return params.contains("hostids") ? json::array()
                                                   : json::array({Host("5", "4711")});
               }}});
  Connector zabbix(api, api.WithToken());
  const auto found = zabbix.ResolveHosts({.hosts = {"4711"}, .groups = {}, .tags = {}}, {});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->hosts.size(), 1U);
  EXPECT_EQ(found->hosts[0].hostid, 5U);
}

TEST(ResolveHostsTest, UnitesGroupsTagsAndNamesWithoutTwins) {
  FakeApi api("7.0");
  Serve(api,
        {{"hostgroup.get",
          [](const json&) { return json::array({{{"groupid", "4"}, {"name", "Databases"}}}); }},
         {"host.get", [](const json& params) {
            if (params.contains("groupids")) return json::array({Host("1", "a"), Host("2", "b")});
            if (params.contains("tags")) return json::array({Host("2", "b"), Host("3", "c")});
            return json::array({Host("1", "a")});
          }}});
  Connector zabbix(api, api.WithToken());
  const auto found = zabbix.ResolveHosts(
      {.hosts = {"a"}, .groups = {"Databases", "Gone"}, .tags = {"service=shop"}}, {});
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::uint64_t> ids;
  for (const ZabbixHost& host : found->hosts) ids.push_back(host.hostid);
  EXPECT_THAT(ids, ElementsAre(1U, 2U, 3U));
  EXPECT_THAT(found->unknown, ElementsAre("host group Gone"));
}

TEST(ResolveHostsTest, AsksForTagsByValueOrAtAll) {
  FakeApi api("5.0");
  Serve(api, {{"host.get", [](const json&) { return json::array(); }}});
  Connector zabbix(api, api.WithPassword());
  const auto found =
      zabbix.ResolveHosts({.hosts = {}, .groups = {}, .tags = {"service=a=b", "demo"}}, {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->unknown, ElementsAre("hosts with tag service=a=b", "hosts with tag demo"));
  const auto params = api.ParamsOf("host.get");
  ASSERT_EQ(params.size(), 2U);
  EXPECT_EQ(params[0]["tags"], json::parse(R"([{"tag":"service","value":"a=b","operator":1}])"));
  EXPECT_EQ(params[1]["tags"], json::parse(R"([{"tag":"demo","value":"","operator":0}])"));
}

TEST(ResolveHostsTest, AsksOnceForWhatManySelectionsName) {
  FakeApi api("7.0");
  Serve(api,
        {{"hostgroup.get",
          [](const json&) {
            return json::array({{{"groupid", "4"}, {"name", "Databases"}},
                                {{"groupid", "5"}, {"name", "Web servers"}}});
          }},
         {"host.get", [](const json& params) {
            if (params.contains("groupids"))
              return json::array({params["groupids"][0] == "4" ? Host("1", "a") : Host("2", "b")});
            if (params.contains("tags")) return json::array({Host("3", "c")});
            return json::array({Host("1", "a")});
          }}});
  Connector zabbix(api, api.WithToken());
  std::vector<HostSelection> selections;
  for (int i = 0; i < 20; ++i) {
    selections.push_back({.hosts = {"a"}, .groups = {"Web servers"}, .tags = {"service=shop"}});
    selections.push_back({.hosts = {"gone"}, .groups = {"Databases", "Gone"}, .tags = {}});
  }
  const auto found = zabbix.ResolveHosts(selections, {});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), selections.size());
  for (std::size_t i = 0; i < selections.size(); ++i) {
    std::vector<std::uint64_t> ids;
    for (const ZabbixHost& host : (*found)[i].hosts) ids.push_back(host.hostid);
    EXPECT_EQ(ids,
              i % 2 == 0 ? (std::vector<std::uint64_t>{1, 2, 3}) : (std::vector<std::uint64_t>{1}));
    EXPECT_EQ((*found)[i].unknown,
              i % 2 == 0 ? std::vector<std::string>()
                         : (std::vector<std::string>{"host gone", "host group Gone"}));
  }
  EXPECT_EQ(api.ParamsOf("hostgroup.get").size(), 1U);
  EXPECT_EQ(api.ParamsOf("host.get").size(), 4U) << "names, two groups, a tag";
}

TEST(ResolveHostsTest, HostsOfThousandsOfTagsAreAskedForToo) {
  FakeApi api("7.0");
  Serve(api, {{"host.get", [](const json& params) {
                 const std::string id = params["tags"][0]["value"];
                 return json::array({Host(id.c_str(), ("host-" + id).c_str())});
               }}});
  Connector zabbix(api, api.WithToken());
  std::vector<HostSelection> selections;
  for (int i = 1; i <= 2'000; ++i)
    selections.push_back({.hosts = {}, .groups = {}, .tags = {"service=" + std::to_string(i)}});
  const auto found = zabbix.ResolveHosts(selections, {});
  ASSERT_TRUE(found) << found.error().message;
  for (std::size_t i = 0; i < selections.size(); ++i) {
    ASSERT_EQ((*found)[i].hosts.size(), 1U);
    EXPECT_EQ((*found)[i].hosts.front().hostid, i + 1);
  }
}

TEST(ResolveHostsTest, SendsNothingForAnEmptySelection) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithToken());
  const auto found = zabbix.ResolveHosts(HostSelection{}, {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->hosts, IsEmpty());
  EXPECT_THAT(api.requests, IsEmpty());
}

TEST(ResolveHostsTest, StopsAtOnce) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithToken());
  std::stop_source stop;
  stop.request_stop();
  const auto found =
      zabbix.ResolveHosts({.hosts = {"a"}, .groups = {}, .tags = {}}, stop.get_token());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kTimeout);
}

class ListItemsTest : public testing::TestWithParam<const char*> {
 protected:
  FakeApi api_{GetParam()};
};

TEST_P(ListItemsTest, ReadsItemsOfEveryVersion) {
  Connector zabbix(api_, api_.WithPassword());
  const auto items = zabbix.ListItems({.hostids = {10084, 10105}}, {});
  ASSERT_TRUE(items) << items.error().message;
  ASSERT_EQ(items->size(), 4U);
  EXPECT_EQ((*items)[0].key, "system.cpu.load[all,avg1]");
  EXPECT_EQ((*items)[0].name, "CPU load");
  EXPECT_EQ((*items)[0].host, "db-1");
  EXPECT_EQ((*items)[0].value_type, ValueType::kFloat);
  EXPECT_EQ((*items)[1].name, "CPU user time");
  EXPECT_EQ((*items)[2].name, "Free space on /var");
  EXPECT_EQ((*items)[2].value_type, ValueType::kUnsigned);
  EXPECT_EQ((*items)[2].units, "B");
}

TEST_P(ListItemsTest, KeepsUnsupportedItemsWithTheirReasonAndExactId) {
  Connector zabbix(api_, api_.WithPassword());
  const auto items = zabbix.ListItems({.hostids = {10084}}, {});
  ASSERT_TRUE(items) << items.error().message;
  const Item& item = items->back();
  EXPECT_EQ(item.itemid, 18446744073709551615U);
  EXPECT_EQ(item.state, 1);
  EXPECT_EQ(item.error, "Unsupported item key.");
}

TEST_P(ListItemsTest, AsksOnlyForWhatIsNeeded) {
  Connector zabbix(api_, api_.WithPassword());
  ASSERT_TRUE(zabbix.ListItems({.hostids = {10084}}, {}));
  const json params = api_.ParamsOf("item.get").at(0);
  EXPECT_EQ(params["monitored"], true);
  EXPECT_EQ(params["filter"]["value_type"], json::parse("[0,3]"));
  EXPECT_EQ(params["hostids"], json::parse(R"(["10084"])"));
  EXPECT_EQ(params["output"].dump().find("lastvalue"), std::string::npos);
}

TEST_P(ListItemsTest, ItemsHaveTheirOwnTagsAndThoseOfTheirHostAndItsTemplates) {
  const auto tags = [](const char* tag, const char* value) {
    return json::array({{{"tag", tag}, {"value", value}}});
  };
  const bool of_items = std::string_view(GetParam()) != "5.0";
  Serve(api_, {{"item.get",
                [&](const json& params) {
                  EXPECT_EQ(params.contains("selectTags"), of_items);
                  json item = {
                      {"itemid", "1"}, {"hostid", "10"}, {"value_type", "0"}, {"name", "n"}};
                  if (of_items) item["tags"] = tags("component", "cpu");
                  return json::array({item});
                }},
               {"host.get", [&](const json& params) {
                  json host = Host("10", "db-1");
                  if (params.contains("selectTags")) host["tags"] = tags("role", "db");
                  if (params.contains("selectInheritedTags"))
                    host["inheritedTags"] = tags("os", "");
                  return json::array({host});
                }}});
  Connector zabbix(api_, api_.WithPassword());
  const auto items = zabbix.ListItems({.hostids = {10}}, {});
  ASSERT_TRUE(items) << items.error().message;
  std::set<std::string> expected = {"os", "role=db"};
  if (of_items) expected.insert("component=cpu");
  EXPECT_EQ(items->at(0).tags, expected);
}

INSTANTIATE_TEST_SUITE_P(Versions, ListItemsTest,
                         testing::Values("5.0", "5.4", "6.0", "6.4", "7.0", "7.2", "7.4"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           return "V" + name.replace(1, 1, "");
                         });

TEST(ListItemsChunkTest, AsksForFewerHostsWhereTheServerCannot) {
  FakeApi api("6.0");
  api.instead = [](const std::string& method, const json& params) {
    if (method == "host.get") return FakeApi::Reply(FakeApi::ResultText(json::array()));
    if (method != "item.get") return http::Response();
    if (params["hostids"].size() > 10) return FakeApi::Reply("", 500);
    json items = json::array();
    for (const json& hostid : params["hostids"])
      items.push_back({{"itemid", hostid}, {"hostid", hostid}, {"value_type", "0"}, {"name", "n"}});
    return FakeApi::Reply(FakeApi::ResultText(items));
  };
  Connector zabbix(api, api.WithToken());
  ItemQuery query;
  for (std::uint64_t id = 1; id <= 60; ++id) query.hostids.push_back(id);
  const auto items = zabbix.ListItems(query, {});
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_EQ(items->size(), 60U);
}

TEST(ListItemsChunkTest, SaysSoWhereNotEvenOneHostCanBeServed) {
  FakeApi api("6.0");
  api.instead = [](const std::string& method, const json&) {
    return method == "item.get" ? FakeApi::Reply("", 500) : http::Response();
  };
  Connector zabbix(api, api.WithToken());
  const auto items = zabbix.ListItems({.hostids = {1, 2, 3}}, {});
  ASSERT_FALSE(items);
  EXPECT_EQ(items.error().message, "zabbix item.get: HTTP 500");
}

TEST(ItemMacrosTest, ComeFromHostTemplatesAndGlobally) {
  FakeApi api("6.0");
  const auto template_row = [](const char* id_name, const char* id, json parents) -> json {
    return {{id_name, id}, {"parentTemplates", std::move(parents)}};
  };
  Serve(
      api,
      {{"item.get",
        [](const json&) {
          return json::array({{{"itemid", "1"},
                               {"hostid", "10"},
                               {"value_type", "0"},
                               {"name", "{$OWN} {$NEAR} {$FAR} {$GLOBAL} {$SECRET}"}}});
        }},
       {"host.get",
        [=](const json&) {
          return json::array({template_row("hostid", "10", json::array({{{"templateid", "20"}}}))});
        }},
       {"template.get",
        [=](const json& params) {
          return params["templateids"][0] == "20"
                     ? json::array({template_row("templateid", "20",
                                                 json::array({{{"templateid", "30"}}}))})
                     : json::array({template_row("templateid", "30", json::array())});
        }},
       {"usermacro.get", [](const json& params) {
          const auto macro = [](const char* hostid, const char* name, const char* value,
                                const char* type) -> json {
            return {{"hostid", hostid}, {"macro", name}, {"value", value}, {"type", type}};
          };
          if (params.contains("globalmacro"))
            return json::array(
                {macro("", "{$GLOBAL}", "g", "0"), macro("", "{$OWN}", "wrong", "0")});
          return json::array({macro("10", "{$OWN}", "o", "0"), macro("20", "{$NEAR}", "n", "0"),
                              macro("30", "{$NEAR}", "wrong", "0"), macro("30", "{$FAR}", "f", "0"),
                              macro("10", "{$SECRET}", "", "1")});
        }}});
  Connector zabbix(api, api.WithToken());
  const auto items = zabbix.ListItems({.hostids = {10}}, {});
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_EQ(items->at(0).name, "o n f g {$SECRET}");
}

TEST(ItemMacrosTest, StayAsWrittenWhereTheAccountMayNotReadThem) {
  FakeApi api("6.0");
  api.instead = [](const std::string& method, const json&) {
    return method == "usermacro.get" ? FakeApi::ReplyError(-32500, "No permissions.")
                                     : http::Response();
  };
  Connector zabbix(api, api.WithToken());
  const auto items = zabbix.FindItems(std::vector<std::uint64_t>{44520}, {});
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_EQ(items->at(2).name, "Free space on {$VOLUME}");
}

TEST(LastValuesTest, LeaveOutItemsWithoutAKnownValue) {
  FakeApi api("6.0");
  Serve(api,
        {{"item.get", [](const json&) {
            return json::array({{{"itemid", "2"}, {"lastclock", "1750000000"}, {"lastvalue", "0"}},
                                {{"itemid", "1"}, {"lastclock", "0"}, {"lastvalue", "0"}}});
          }}});
  Connector zabbix(api, api.WithToken());
  const auto values = zabbix.ReadLastValues(std::vector<std::uint64_t>{1, 2}, {});
  ASSERT_TRUE(values) << values.error().message;
  ASSERT_EQ(values->size(), 1U);
  EXPECT_EQ(values->at(0).itemid, 2U);
  EXPECT_EQ(values->at(0).clock, 1750000000);
  EXPECT_EQ(values->at(0).text, "0");
}

TEST(SearchHostsTest, ShowsStateAndGroupsInTheWordsOfTheVersion) {
  for (const auto& [version, select] :
       {std::pair("6.0", "selectGroups"), std::pair("7.2", "selectHostGroups")}) {
    FakeApi api(version);
    const bool old = std::string(version) == "6.0";
    Serve(api, {{"host.get", [=](const json&) {
                   json host = Host("7", "app");
                   host["status"] = "1";
                   host[old ? "groups" : "hostgroups"] = {{{"groupid", "2"}, {"name", "Linux"}}};
                   return json::array({host});
                 }}});
    Connector zabbix(api, api.WithToken());
    const auto hosts = zabbix.SearchHosts("ap", {});
    ASSERT_TRUE(hosts) << hosts.error().message;
    EXPECT_FALSE(hosts->at(0).monitored);
    EXPECT_THAT(hosts->at(0).groups, ElementsAre("Linux"));
    EXPECT_TRUE(api.ParamsOf("host.get").at(0).contains(select));
  }
}

}  // namespace
}  // namespace mon::zabbix_connector
