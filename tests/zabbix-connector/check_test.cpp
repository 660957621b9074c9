#include "zabbix_connector/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_api.h"

// What the check says of servers that are wrong in ways that are hard to make with a real one.
namespace mon::zabbix_connector {
namespace {

using nlohmann::json;
using test::FakeApi;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr TimePoint kNow{std::chrono::seconds(1'750'000'010)};

/// db-1 belongs to the application; its values are ten seconds old.
Config ConfigFor(const ZabbixConfig& zabbix) {
  Config config;
  config.zabbix = zabbix;
  config.applications.resize(1);
  config.applications[0].zabbix_hosts = {"db-1"};
  config.applications[0].hosts_configured = true;
  return config;
}

http::Response LastValues(const json& params) {
  if (params.at("output").dump().find("lastclock") == std::string::npos) return {};
  return FakeApi::Reply(FakeApi::ResultText(
      json::array({{{"itemid", "44518"}, {"lastclock", "1750000000"}, {"lastvalue", "0.5"}}})));
}

class CheckTest : public testing::Test {
 protected:
  static CheckReport Run(FakeApi& api, const Config& config) {
    if (!api.instead)
      api.instead = [](const std::string& method, const json& params) {
        return method == "item.get" ? LastValues(params) : http::Response();
      };
    return Check(api, config, kNow, {});
  }
};

TEST_F(CheckTest, FindsNothingWrongWithASoundServer) {
  FakeApi api("7.4");
  const auto report = Run(api, ConfigFor(api.WithToken()));
  EXPECT_THAT(ToText(report), Not(HasSubstr("PROBLEM")));
  EXPECT_THAT(
      ToText(report),
      AllOf(HasSubstr("ok       Zabbix 7.4.8 answers at http://zabbix.example/api_jsonrpc.php\n"),
            HasSubstr("newest value 10 s old, 1 not supported")));
  EXPECT_TRUE(json::parse(ToJson(report)).at("ok").get<bool>());
}

TEST_F(CheckTest, NamesAStrippedHeaderAndHowToPassItOn) {
  for (const char* version : {"7.2", "7.4"}) {
    for (const bool token : {true, false}) {
      FakeApi api(version);
      api.strips_header = true;
      const auto report = Run(api, ConfigFor(token ? api.WithToken() : api.WithPassword()));
      ASSERT_EQ(report.findings.size(), 1U);
      EXPECT_THAT(report.findings[0].problem, HasSubstr("the web server strips it"));
      EXPECT_THAT(report.findings[0].remedy, AllOf(HasSubstr("CGIPassAuth On"),
                                                   HasSubstr("fastcgi_param HTTP_AUTHORIZATION")));
    }
  }
}

TEST_F(CheckTest, WarnsOfAStrippedHeaderThatStillDoesNoHarm) {
  FakeApi api("7.0");
  api.strips_header = true;
  const auto report = Run(api, ConfigFor(api.WithToken()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("7.2 and later no longer"));
  EXPECT_THAT(ToText(report), HasSubstr("host db-1"));
}

TEST_F(CheckTest, NamesARefusedTokenWithoutSayingIt) {
  FakeApi api("6.4");
  ZabbixConfig zabbix = api.WithToken();
  zabbix.token = Secret(std::string(64, 'a'));
  const auto report = Run(api, ConfigFor(zabbix));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("the token is unknown"));
  EXPECT_THAT(ToText(report) + ToJson(report), Not(HasSubstr("aaaa")));
}

TEST_F(CheckTest, NamesAnAccountThatMayReadNothing) {
  FakeApi api("7.0");
  api.instead = [](const std::string& method, const json&) {
    return method == "host.get" ? FakeApi::Reply(FakeApi::ResultText(json::array()))
                                : http::Response();
  };
  const auto report = Run(api, ConfigFor(api.WithToken()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("may read no host at all"));
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("Read permission"));
}

TEST_F(CheckTest, SaysThatTheHostIsOnlyTheBuiltInDefault) {
  FakeApi api("6.0");
  Config config = ConfigFor(api.WithToken());
  config.applications[0].zabbix_hosts = {"77"};
  config.applications[0].hosts_configured = false;
  const auto report = Run(api, config);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("host 77 of application hyphenmon"));
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("set ZABBIX_HOSTID"));
}

TEST_F(CheckTest, NamesPatternsThatFitNoItem) {
  FakeApi api("6.0");
  Config config = ConfigFor(api.WithToken());
  config.applications[0].items = {"nothing.*"};
  const auto report = Run(api, config);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("has no item to read"));
}

TEST_F(CheckTest, NamesClocksThatDiffer) {
  FakeApi api("6.0");
  api.instead = [](const std::string& method, const json& params) {
    return method == "item.get" ? LastValues(params) : http::Response();
  };
  const auto report = Check(api, ConfigFor(api.WithToken()), kNow - std::chrono::seconds(40), {});
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("lies 30 s in the future"));
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("NTP"));
}

TEST_F(CheckTest, NamesADatabaseThatIsDown) {
  FakeApi api("6.0");
  api.instead = [](const std::string&, const json&) {
    return FakeApi::ReplyError(1, "Error connecting to database: Connection refused");
  };
  const auto report = Run(api, ConfigFor(api.WithToken()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("Connection refused"));
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("database"));
  EXPECT_THAT(report.good, IsEmpty());
}

TEST_F(CheckTest, NamesAWebServerThatAsksForItsOwnLogin) {
  FakeApi api("6.0");
  api.instead = [](const std::string&, const json&) { return FakeApi::Reply("", 401); };
  const auto report = Run(api, ConfigFor(api.WithToken()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("login of its own"));
}

TEST_F(CheckTest, NamesAFrontendThatFails) {
  FakeApi api("6.0");
  api.instead = [](const std::string&, const json&) { return FakeApi::Reply("", 500); };
  const auto report = Run(api, ConfigFor(api.WithToken()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].remedy, HasSubstr("log of its web server and PHP"));
}

TEST_F(CheckTest, SaysThatAVersionIsTooOld) {
  FakeApi api("5.0");
  api.instead = [](const std::string& method, const json& params) {
    if (method == "apiinfo.version") return FakeApi::Reply(FakeApi::ResultText("4.4.9"));
    return method == "item.get" ? LastValues(params) : http::Response();
  };
  const auto report = Run(api, ConfigFor(api.WithPassword()));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].problem, HasSubstr("older than 5.0"));
}

}  // namespace
}  // namespace mon::zabbix_connector
