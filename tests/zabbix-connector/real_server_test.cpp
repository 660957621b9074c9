#include "real_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>

#include "common/clock.h"
#include "common/text.h"
#include "zabbix_connector/check.h"
#include "zabbix_connector/connector.h"

// The connector against a real Zabbix, as an account that may read everything.
namespace mon::zabbix_connector {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using test::Await;
using test::RealZabbix;
using test::RecordingClient;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kLoad = "system.cpu.load[all,avg1]";

/// One server for all tests: its first start takes longer than they do.
class OneServer final : public testing::Environment {
 public:
  void SetUp() override { server = std::make_unique<RealZabbix>(); }
  void TearDown() override { server.reset(); }
  static inline std::unique_ptr<RealZabbix> server;
};

[[maybe_unused]] const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new OneServer);  // GoogleTest owns it

class RealZabbixTest : public testing::Test {
 protected:
  static inline const std::unique_ptr<RealZabbix>& server_ = OneServer::server;

  RecordingClient http_;
  Connector zabbix_{http_, server_->Login()};

  std::vector<Item> ItemsOf(const std::string& host) {
    auto items = zabbix_.ListItems({.hostids = {server_->HostId(host)}, .numeric_only = false}, {});
    if (!items) throw std::runtime_error(items.error().message);
    return *items;
  }
  Item ItemOf(const std::string& host, const std::string& key) {
    for (const Item& item : ItemsOf(host))
      if (item.key == key) return item;
    throw std::runtime_error("no item " + key);
  }
  std::vector<ItemValue> HistoryOf(const std::vector<Item>& items, std::int64_t from,
                                   std::int64_t till) {
    std::vector<ItemValue> values;
    const auto read = zabbix_.ReadHistory(items, from, till,
                                          [&](const std::vector<ItemValue>& page) -> Result<void> {
                                            values.insert(values.end(), page.begin(), page.end());
                                            return {};
                                          },
                                          {});
    if (!read) throw std::runtime_error(read.error().message);
    return values;
  }
  static std::int64_t Now() { return EpochSeconds(SystemClock().Now()); }
};

TEST_F(RealZabbixTest, TellsItsVersion) {
  const auto version = zabbix_.ServerVersion({});
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_THAT(*version, testing::StartsWith(server_->Fact("version") + "."));
}

TEST_F(RealZabbixTest, ResolvesHostsByIdNameGroupAndTag) {
  const auto found =
      zabbix_.ResolveHosts({.hosts = {std::to_string(server_->HostId("app-1")), "gone", "10105"},
                            .groups = {"Watched databases", "No such group"},
                            .tags = {"service=shop", "demo", "service=nothing"}},
                           {});
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::string> names;
  for (const ZabbixHost& host : found->hosts) names.push_back(host.host);
  EXPECT_THAT(names, ElementsAre("app-1", "app-2"));
  EXPECT_EQ(found->hosts[0].name, "Application host 1");
  EXPECT_THAT(found->unknown, ElementsAre("host gone", "host 10105", "host group No such group",
                                          "hosts with tag service=nothing"));
}

TEST_F(RealZabbixTest, ListsEnabledItemsWithResolvedNames) {
  // From 7.0 on the server resolves names, some time after an item was made.
  std::map<std::string, Item> by_key;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  do {
    for (const Item& item : ItemsOf("app-1")) by_key[item.key] = item;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  } while (by_key.at("proc.num[,,run]").name.contains("{$") &&
           std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(by_key.at(kLoad).name, "CPU load");
  EXPECT_EQ(by_key.at(kLoad).value_type, ValueType::kFloat);
  EXPECT_EQ(by_key.at(kLoad).host, "app-1");
  EXPECT_EQ(by_key.at("vm.memory.size[available]").units, "B");
  EXPECT_EQ(by_key.at("vm.memory.size[available]").value_type, ValueType::kUnsigned);
  EXPECT_EQ(by_key.at("proc.num[,,run]").name, "Running processes of shop");
  EXPECT_EQ(by_key.at("app.journal").value_type, ValueType::kLog);
  EXPECT_FALSE(by_key.contains("app.disabled"));
}

TEST_F(RealZabbixTest, ItemsHaveTheirTagsAndThoseOfTheirHostAndItsTemplates) {
  for (const Item& item : ItemsOf("app-1")) {
    std::set<std::string> expected = {"service=shop", "demo", "os=linux"};
    // Items got tags in the version that brought API tokens.
    const bool own = item.key == "vm.memory.size[available]" && server_->HasTokens();
    if (own) expected.insert("component=memory");
    EXPECT_EQ(item.tags, expected) << item.key;
  }
}

TEST_F(RealZabbixTest, ListsNothingOfADisabledHost) {
  const auto items = zabbix_.ListItems({.hostids = {server_->HostId("app-off")}}, {});
  ASSERT_TRUE(items);
  EXPECT_TRUE(items->empty());
}

TEST_F(RealZabbixTest, ShowsUnsupportedItemsWithTheReason) {
  EXPECT_TRUE(Await([&] { return ItemOf("app-1", "no.such.key[1]").state == 1; }));
  EXPECT_THAT(ItemOf("app-1", "no.such.key[1]").error, HasSubstr("nsupported item key"));
}

TEST_F(RealZabbixTest, ReadsWhatTheAgentMeasures) {
  const std::vector<Item> items = {ItemOf("app-1", kLoad), ItemOf("app-2", "system.cpu.switches"),
                                   ItemOf("app-1", "system.uname")};
  std::vector<ItemValue> values;
  EXPECT_TRUE(Await([&] {
    values = HistoryOf(items, Now() - 60, Now());
    std::set<std::uint64_t> seen;
    for (const ItemValue& value : values) seen.insert(value.itemid);
    return seen.size() == items.size();
  }));
  for (const ItemValue& value : values) {
    EXPECT_FALSE(value.text.empty());
    EXPECT_LE(value.clock, Now());
  }
}

TEST_F(RealZabbixTest, KeepsEveryKindOfValueExactly) {
  const std::int64_t clock = Now() - 1'000;
  server_->Feed({{"app.users", clock, 1, "0"},
                 {"app.latency", clock, 999'999'999, "0.1"},
                 {"app.huge", clock, 3, "18446744073709551615"},
                 {"app.state", clock, 4, "größer \\\\ als"},
                 {"app.notes", clock, 5, "line"},
                 {"app.journal", clock, 6, "entry"}});
  const auto values_of = [&](const char* key) {
    return HistoryOf({ItemOf("app-1", key)}, clock, clock);
  };
  ASSERT_TRUE(Await([&] { return values_of("app.journal").size() == 1; }));
  ASSERT_TRUE(Await([&] { return values_of("app.huge").size() == 1; }));
  EXPECT_EQ(values_of("app.huge")[0].text, "18446744073709551615");
  EXPECT_EQ(values_of("app.users")[0].text, "0");
  EXPECT_EQ(values_of("app.latency")[0].text, "0.1");
  EXPECT_EQ(values_of("app.latency")[0].ns, 999'999'999U);
  EXPECT_EQ(values_of("app.state")[0].text, "größer \\ als");
  EXPECT_EQ(values_of("app.notes")[0].text, "line");
  EXPECT_EQ(values_of("app.journal")[0].text, "entry");
}

TEST_F(RealZabbixTest, PagesThroughALongHistory) {
  // Twelve thousand values, up to a hundred in a second: more than one page holds.
  constexpr int kValues = 12'000;
  constexpr int kASecond = 100;
  const std::int64_t begin = Now() - 3'000;
  std::vector<RealZabbix::Value> fed;
  for (int i = 0; i < kValues; ++i)
    fed.push_back({"app.users", begin + i / kASecond,
                   static_cast<std::uint32_t>(kASecond - i % kASecond), std::to_string(i)});
  server_->Feed(fed);
  const std::vector<Item> items = {ItemOf("app-1", "app.users")};
  const std::int64_t end = begin + kValues / kASecond - 1;
  std::vector<ItemValue> values;
  EXPECT_TRUE(Await([&] {
    values = HistoryOf(items, begin, end);
    return values.size() >= kValues;
  }));
  ASSERT_EQ(values.size(), static_cast<std::size_t>(kValues));
  EXPECT_TRUE(std::ranges::is_sorted(
      values, {}, [](const ItemValue& value) { return std::pair(value.clock, value.ns); }));
  EXPECT_GT(http_.Count("history.get"), 1);
}

TEST_F(RealZabbixTest, KnowsNoLastValueWhereNoneWasEverTaken) {
  ASSERT_TRUE(Await([&] {
    const auto values = zabbix_.ReadLastValues(std::vector{server_->ItemId("app-1", kLoad)}, {});
    return values && values->size() == 1;
  }));
  const auto values =
      zabbix_.ReadLastValues(std::vector{server_->ItemId("app-2", "app.users")}, {});
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_TRUE(values->empty());
}

TEST_F(RealZabbixTest, LogsInAgainWhenItsSessionWasEnded) {
  ASSERT_TRUE(zabbix_.SearchHosts("", {}));
  std::string session;
  for (std::size_t i = 0; i < http_.requests.size(); ++i)
    if (http_.requests[i].body.contains("user.login"))
      session = json::parse(http_.responses[i]->body).at("result");
  http::Request logout = http_.requests.back();  // carries the session as this version wants it
  logout.body = std::string(R"({"jsonrpc":"2.0","method":"user.logout","params":[],"id":1)") +
                (logout.body.contains("\"auth\"") ? ",\"auth\":\"" + session + "\"}" : "}");
  ASSERT_THAT(http_.Send(logout)->body, HasSubstr("true"));
  const auto hosts = zabbix_.SearchHosts("", {});
  ASSERT_TRUE(hosts) << hosts.error().message;
  EXPECT_EQ(http_.Count("user.login"), 2);
}

TEST_F(RealZabbixTest, ReadsWithAnApiTokenWhereThereAreSome) {
  ZabbixConfig config;
  config.url = server_->Fact("url");
  config.token = Secret(server_->HasTokens() ? server_->Fact("token") : std::string(64, '0'));
  RecordingClient http;
  Connector zabbix(http, config);
  const auto hosts = zabbix.SearchHosts("app", {});
  if (server_->HasTokens()) {
    ASSERT_TRUE(hosts) << hosts.error().message;
    EXPECT_EQ(hosts->size(), 3U);
  } else {
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error().code, ErrorCode::kConfig);
  }
  EXPECT_EQ(http.Count("user.login"), 0);
}

TEST_F(RealZabbixTest, TriesAWrongPasswordOnce) {
  ZabbixConfig config = server_->Login("limited");
  config.password = Secret("not-the-password");
  RecordingClient http;
  Connector zabbix(http, config);
  for (int i = 0; i < 3; ++i) {
    const auto hosts = zabbix.SearchHosts("", {});
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error().code, ErrorCode::kRejected);
    EXPECT_THAT(hosts.error().message, Not(HasSubstr("not-the-password")));
  }
  EXPECT_EQ(http.Count("user.login"), 1);
}

TEST_F(RealZabbixTest, DoesNotFindHostsThatTheAccountMayNotRead) {
  Connector zabbix(http_, server_->Login("limited"));
  const std::string hidden = std::to_string(server_->HostId("app-2"));
  const auto found =
      zabbix.ResolveHosts({.hosts = {"app-1", hidden}, .groups = {}, .tags = {}}, {});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->hosts.size(), 1U);
  EXPECT_THAT(found->unknown, ElementsAre("host " + hidden));
  const auto items = zabbix.ListItems({.hostids = {server_->HostId("app-2")}}, {});
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_TRUE(items->empty());
}

TEST_F(RealZabbixTest, NeverSaysItsSecrets) {
  ZabbixConfig config = server_->Login();
  const std::string secret = config.password.Reveal();
  config.url += "?token=querysecret";
  config.timeout = milliseconds(1);
  Connector zabbix(http_, config);
  const auto hosts = zabbix.SearchHosts("", {});
  ASSERT_FALSE(hosts);
  EXPECT_THAT(hosts.error().message, Not(HasSubstr(secret)));
  EXPECT_THAT(hosts.error().message, Not(HasSubstr("querysecret")));
}

// What the program prints and how it ends.

class RealZabbixProgramTest : public RealZabbixTest {
 protected:
  static test::Finished Connect(const std::vector<std::string>& arguments,
                                const std::map<std::string, std::string>& changes = {}) {
    auto environment = server_->Environment();
    for (const auto& [name, value] : changes) environment[name] = value;
    std::vector<std::string> command = {test::Program("zabbix-connector")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return test::Run(command, environment);
  }
};

TEST_F(RealZabbixProgramTest, ChecksASoundServer) {
  test::Finished done;
  EXPECT_TRUE(Await([&] {
    done = Connect({"check"});
    return done.exit_code == 0;
  })) << done.out
      << done.err;
  EXPECT_THAT(done.out, HasSubstr("host app-1"));
}

TEST_F(RealZabbixProgramTest, ChecksNameWhatIsWrongAndItsRemedy) {
  const std::string url = server_->Fact("url");
  const std::string frontend = url.substr(0, url.rfind('/'));
  const std::string hidden = std::to_string(server_->HostId("app-2"));
  struct Case {
    std::map<std::string, std::string> environment;
    std::string words;
  };
  const Case cases[] = {
      {{{"ZABBIX_URL", "http://127.0.0.1:1/api_jsonrpc.php"}}, "cannot connect"},
      {{{"ZABBIX_URL", frontend + "/index.php"}}, "set zabbix.url to " + url},
      {{{"ZABBIX_PASSWORD", "wrong"}}, "check user \"monitor\""},
      {{{"ZABBIX_HOSTID", "99999"}}, "host 99999 of application hyphenmon is not to be found"},
      {{{"ZABBIX_USER", "limited"},
        {"ZABBIX_PASSWORD", server_->Fact("limited_password")},
        {"ZABBIX_HOSTID", hidden}},
       "Read permission"},
      {{{"ZABBIX_HOSTID", "app-off"}}, "disabled in Zabbix"},
      {{{"ZABBIX_URL", ""}}, "no Zabbix server is configured"},
  };
  for (const Case& tried : cases) {
    const auto done = Connect({"check"}, tried.environment);
    EXPECT_EQ(done.exit_code, 1) << done.out << done.err;
    EXPECT_THAT(done.out, HasSubstr(tried.words));
    EXPECT_THAT(done.out, HasSubstr("To mend it: "));
  }
}

TEST_F(RealZabbixProgramTest, PrintsHistoryAsTheApiHasIt) {
  const std::string itemid = std::to_string(server_->ItemId("app-1", "app.huge"));
  const std::int64_t time = Now() - 5'000;
  const std::string clock = std::to_string(time);
  server_->Feed({{"app.huge", time, 7, "18446744073709551615"}});
  const std::string expected = "[\n{\"itemid\":\"" + itemid + "\",\"clock\":\"" + clock +
                               "\",\"ns\":\"7\",\"value\":\"18446744073709551615\"}\n]\n";
  std::vector<std::string> command = {"history",       "--item", itemid, "--from",
                                      FormatUtc(time), "--till", clock};
  const auto table_command = command;
  command.insert(command.end(), {"--format", "json"});
  test::Finished done;
  EXPECT_TRUE(Await([&] {
    done = Connect(command);
    return done.out == expected;
  })) << done.out
      << done.err;
  EXPECT_THAT(Connect(table_command).out,
              HasSubstr(FormatUtc(time) + ".000000007  18446744073709551615"));
}

TEST_F(RealZabbixProgramTest, PrintsHostsAndItems) {
  const auto hosts = Connect({"hosts", "--search", "Application host"});
  EXPECT_EQ(hosts.exit_code, 0) << hosts.err;
  EXPECT_THAT(hosts.out, HasSubstr("Watched applications"));
  EXPECT_THAT(hosts.out, Not(HasSubstr("app-2")));
  const auto items = Connect({"items", "--host", "app-2", "--format", "json"});
  EXPECT_EQ(items.exit_code, 0) << items.err;
  const json list = json::parse(items.out);
  ASSERT_EQ(list.size(), 6U);
  for (const json& item : list) EXPECT_EQ(item["lastvalue"].is_null(), item["lastclock"].is_null());
}

TEST_F(RealZabbixProgramTest, EndsWithTheCodeOfWhatWentWrong) {
  EXPECT_EQ(Connect({"hosts"}, {{"ZABBIX_PASSWORD", "wrong"}}).exit_code, 77);
  EXPECT_EQ(Connect({"hosts"}, {{"ZABBIX_URL", "http://127.0.0.1:1/"}}).exit_code, 69);
  EXPECT_EQ(Connect({"hosts"}, {{"ZABBIX_URL", ""}}).exit_code, 78);
  EXPECT_EQ(Connect({"items", "--host", "nobody"}).exit_code, 78);
  EXPECT_EQ(Connect({"history", "--item", "1"}).exit_code, 78);
  EXPECT_EQ(Connect({"history", "--item", "x"}).exit_code, 64);
  EXPECT_EQ(Connect({"history", "--item", "1", "--last", "soon"}).exit_code, 64);
  EXPECT_EQ(Connect({}).exit_code, 64);
}

// These break the server; each begins with a sound one.

class BrokenZabbixTest : public RealZabbixTest {
 protected:
  void SetUp() override { server_->Restart(); }
};

TEST_F(BrokenZabbixTest, TimesOutWhileTheDatabaseHangsAndIsFineAfterwards) {
  ZabbixConfig config = server_->Login();
  config.timeout = milliseconds(1'000);
  Connector zabbix(http_, config);
  ASSERT_TRUE(Await([&] { return zabbix.SearchHosts("app", {}).has_value(); }));
  kill(server_->Pid("database"), SIGSTOP);
  const auto hanging = zabbix.SearchHosts("app", {});
  kill(server_->Pid("database"), SIGCONT);
  ASSERT_FALSE(hanging);
  EXPECT_EQ(hanging.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(Await([&] { return zabbix.SearchHosts("app", {}).has_value(); }));
}

TEST_F(BrokenZabbixTest, IsUnavailableWithoutItsDatabase) {
  Connector zabbix(http_, server_->Login());
  ASSERT_TRUE(zabbix.SearchHosts("app", {}));
  kill(server_->Pid("database"), SIGKILL);
  Result<std::vector<HostInfo>> hosts;
  ASSERT_TRUE(Await([&] { return !(hosts = zabbix.SearchHosts("app", {})); }));
  EXPECT_EQ(hosts.error().code, ErrorCode::kUnavailable) << hosts.error().message;
  EXPECT_THAT(hosts.error().message, HasSubstr("zabbix host.get"));
}

TEST_F(BrokenZabbixTest, StillAnswersWithoutItsServerButTheCheckSeesOldValues) {
  const std::vector<Item> items = {ItemOf("app-1", kLoad)};
  ASSERT_TRUE(Await([&] { return !HistoryOf(items, Now() - 600, Now()).empty(); }));
  kill(server_->Pid("server"), SIGKILL);
  Config config;
  config.zabbix = server_->Login();
  config.applications.resize(1);
  config.applications[0].zabbix_hosts = {"app-1"};
  const auto http = http::MakeCurlClient({});
  const auto later = SystemClock().Now() + std::chrono::minutes(30);
  const CheckReport report = Check(*http, config, later, {});
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("newest value of host app-1"));
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("zabbix_server"));
}

TEST_F(BrokenZabbixTest, StopsWaitingAtOnce) {
  Connector zabbix(http_, server_->Login());
  ASSERT_TRUE(zabbix.SearchHosts("app", {}));
  kill(server_->Pid("database"), SIGSTOP);
  std::stop_source stop;
  std::jthread stopper;
  http_.before_sending = [&] { stopper = std::jthread([&] { stop.request_stop(); }); };
  const auto hosts = zabbix.SearchHosts("app", stop.get_token());
  http_.before_sending = nullptr;
  kill(server_->Pid("database"), SIGCONT);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(hosts.error().message, HasSubstr("stopped"));
}

}  // namespace
}  // namespace mon::zabbix_connector
