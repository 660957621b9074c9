#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_api.h"
#include "zabbix_connector/connector.h"

// Login, where the credential goes, and what happens when it is refused, in every version.
namespace mon::zabbix_connector {
namespace {

using test::FakeApi;
using testing::HasSubstr;
using testing::Not;

Result<ResolvedHosts> ReadAHost(Connector& zabbix) {
  return zabbix.ResolveHosts({.hosts = {"db-1"}, .groups = {}, .tags = {}}, {});
}

bool InHeader(const http::Request& request) {
  for (const auto& [name, value] : request.headers)
    if (name == "Authorization") return true;
  return false;
}

bool InBody(const http::Request& request) { return request.body.contains("\"auth\":"); }

class EveryVersionTest : public testing::TestWithParam<const char*> {
 protected:
  FakeApi api_{GetParam()};
  [[nodiscard]] bool HasTokens() const { return std::string(GetParam()) != "5.0"; }
};

TEST_P(EveryVersionTest, LogsInAndReads) {
  Connector zabbix(api_, api_.WithPassword());
  const auto hosts = ReadAHost(zabbix);
  ASSERT_TRUE(hosts) << hosts.error().message;
  ASSERT_EQ(hosts->hosts.size(), 1U);
  EXPECT_EQ(hosts->hosts[0].hostid, 10105U);
  EXPECT_EQ(api_.Count("user.login"), 1);
  EXPECT_EQ(api_.Count("host.get"), 1);  // nothing had to be tried twice
}

TEST_P(EveryVersionTest, ShowsNoCredentialWhereNoneIsDue) {
  {
    Connector zabbix(api_, api_.WithPassword());
    ASSERT_TRUE(ReadAHost(zabbix));
  }
  for (const http::Request& request : api_.requests) {
    const bool due =
        !request.body.contains("apiinfo.version") && !request.body.contains("user.login");
    EXPECT_EQ(InHeader(request) || InBody(request), due) << request.body;
    EXPECT_FALSE(InHeader(request) && InBody(request)) << request.body;
  }
}

TEST_P(EveryVersionTest, KeepsItsSessionAndLogsOutAtTheEnd) {
  {
    Connector zabbix(api_, api_.WithPassword());
    ASSERT_TRUE(ReadAHost(zabbix));
    ASSERT_TRUE(ReadAHost(zabbix));
    EXPECT_EQ(api_.Count("user.logout"), 0);
  }
  EXPECT_EQ(api_.Count("user.login"), 1);
  EXPECT_EQ(api_.Count("user.logout"), 1);
}

TEST_P(EveryVersionTest, LogsInOnceMoreWhenTheSessionHasEnded) {
  Connector zabbix(api_, api_.WithPassword());
  ASSERT_TRUE(ReadAHost(zabbix));
  api_.EndSessions();
  const auto hosts = ReadAHost(zabbix);
  ASSERT_TRUE(hosts) << hosts.error().message;
  EXPECT_EQ(api_.Count("user.login"), 2);
}

TEST_P(EveryVersionTest, GivesUpWhenTheNewSessionIsRefusedToo) {
  Connector zabbix(api_, api_.WithPassword());
  api_.sessions_end_at_once = true;
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, ErrorCode::kRejected);
  EXPECT_LE(api_.Count("user.login"), 2);
  EXPECT_LE(api_.Count("host.get"), 2);
}

TEST_P(EveryVersionTest, TriesAWrongPasswordOnce) {
  Connector zabbix(api_, api_.WithPassword("wrong-password"));
  for (int i = 0; i < 3; ++i) {
    const auto hosts = ReadAHost(zabbix);
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error().code, ErrorCode::kRejected);
    EXPECT_THAT(hosts.error().message, HasSubstr("user.login"));
    EXPECT_THAT(hosts.error().message, Not(HasSubstr("wrong-password")));
  }
  EXPECT_EQ(api_.Count("user.login"), 1);
}

TEST_P(EveryVersionTest, ReadsWithATokenWithoutLogin) {
  {
    Connector zabbix(api_, api_.WithToken());
    const auto hosts = ReadAHost(zabbix);
    EXPECT_EQ(hosts.has_value(), HasTokens());
    if (!hosts) {
      EXPECT_EQ(hosts.error().code, ErrorCode::kConfig);
      EXPECT_THAT(hosts.error().message, HasSubstr("user and password"));
    }
  }
  EXPECT_EQ(api_.Count("user.login"), 0);
  EXPECT_EQ(api_.Count("user.logout"), 0);
}

TEST_P(EveryVersionTest, SaysThatATokenIsRefused) {
  ZabbixConfig config = api_.WithToken();
  config.token = Secret("0000000000000000000000000000000000000000000000000000000000000000");
  Connector zabbix(api_, config);
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, HasTokens() ? ErrorCode::kRejected : ErrorCode::kConfig);
  EXPECT_THAT(hosts.error().message, Not(HasSubstr("00000000")));
  EXPECT_LE(api_.Count("host.get"), 2);
}

INSTANTIATE_TEST_SUITE_P(Versions, EveryVersionTest,
                         testing::Values("5.0", "5.4", "6.0", "6.4", "7.0", "7.2", "7.4"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           return "V" + name.replace(1, 1, "");
                         });

TEST(StrippedHeaderTest, IsGotRoundByTheBodyWhereThatIsTaken) {
  FakeApi api("7.0");
  api.strips_header = true;
  Connector zabbix(api, api.WithPassword());
  ASSERT_TRUE(ReadAHost(zabbix));
  EXPECT_EQ(api.Count("user.login"), 1);
  const int calls = api.Count("host.get");
  ASSERT_TRUE(ReadAHost(zabbix));
  EXPECT_EQ(api.Count("host.get"), calls + 1);  // it is remembered
  EXPECT_TRUE(InBody(api.requests.back()));
}

TEST(StrippedHeaderTest, IsGotRoundForTokensToo) {
  FakeApi api("6.4");
  api.strips_header = true;
  Connector zabbix(api, api.WithToken());
  const auto hosts = ReadAHost(zabbix);
  EXPECT_TRUE(hosts) << hosts.error().message;
}

TEST(StrippedHeaderTest, IsNamedWhereOnlyTheHeaderIsTaken) {
  FakeApi api("7.2");
  api.strips_header = true;
  Connector zabbix(api, api.WithToken());
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, ErrorCode::kRejected);
  EXPECT_THAT(hosts.error().message, HasSubstr("the web server strips it"));
}

TEST(StrippedHeaderTest, DoesNotCauseASecondLogin) {
  FakeApi api("7.4");
  api.strips_header = true;
  Connector zabbix(api, api.WithPassword());
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_THAT(hosts.error().message, HasSubstr("the web server strips it"));
  EXPECT_EQ(api.Count("user.login"), 1);
}

TEST(LoginTest, TriesTheOtherFieldNameWhereTheVersionMisleads) {
  FakeApi api("6.4");
  api.instead = [](const std::string& method, const nlohmann::json&) {
    return method == "apiinfo.version" ? FakeApi::Reply(FakeApi::ResultText("5.2.7"))
                                       : http::Response();
  };
  Connector zabbix(api, api.WithPassword());
  EXPECT_TRUE(ReadAHost(zabbix));
  EXPECT_EQ(api.Count("user.login"), 2);
}

TEST(SessionTest, TellsATranslatedRefusalFromItsCode) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithPassword());
  ASSERT_TRUE(ReadAHost(zabbix));
  api.EndSessions();
  int refusals = 0;
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    return method == "host.get" && refusals++ == 0
               ? FakeApi::ReplyError(-32602, "Sitzung beendet, bitte erneut anmelden.")
               : http::Response();
  };
  EXPECT_TRUE(ReadAHost(zabbix));
  EXPECT_EQ(api.Count("user.login"), 2);
}

TEST(SessionTest, KeepsALiveSessionWhenParametersAreRefused) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithPassword());
  ASSERT_TRUE(ReadAHost(zabbix));
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    return method == "host.get" ? FakeApi::ReplyError(-32602, "Incorrect parameters.")
                                : http::Response();
  };
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, ErrorCode::kBadReply);
  EXPECT_EQ(hosts.error().message, "zabbix host.get: Invalid params. Incorrect parameters.");
  EXPECT_EQ(api.Count("user.login"), 1);
}

TEST(SessionTest, IsUnavailableWithoutItsDatabase) {
  for (const int code : {1, -32603}) {
    FakeApi api("6.0");
    Connector zabbix(api, api.WithToken());
    api.instead = [&](const std::string&, const nlohmann::json&) {
      return FakeApi::ReplyError(code, "Error connecting to database: Connection refused");
    };
    const auto hosts = ReadAHost(zabbix);
    ASSERT_FALSE(hosts);
    EXPECT_EQ(hosts.error().code, ErrorCode::kUnavailable) << code;
    EXPECT_THAT(hosts.error().message, HasSubstr("Connection refused"));
  }
}

TEST(SessionTest, MasksSecretsThatTheServerQuotes) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithToken());
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    return method == "host.get" ? FakeApi::ReplyError(-32500, std::string("bad ") + FakeApi::kToken)
                                : http::Response();
  };
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_THAT(hosts.error().message, HasSubstr("bad <secret>"));
}

TEST(SessionTest, MasksASecretThatIsPartOfTheMask) {
  FakeApi api("6.0");
  ZabbixConfig config = api.WithToken();
  config.token = Secret("secret");
  Connector zabbix(api, config);
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    return method == "host.get" ? FakeApi::ReplyError(-32500, "bad secret") : http::Response();
  };
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_THAT(hosts.error().message, HasSubstr("bad <secret>"));
}

struct HttpCase {
  int status;
  const char* body;
  ErrorCode code;
  const char* words;
  int calls;
};

class HttpTroubleTest : public testing::TestWithParam<HttpCase> {};

TEST_P(HttpTroubleTest, IsToldInWords) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithToken());
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    auto response = FakeApi::Reply(GetParam().body, GetParam().status);
    response.headers.AddLine("location: https://zabbix.example/zabbix/?token=secret");
    return method == "host.get" ? response : http::Response();
  };
  const auto hosts = ReadAHost(zabbix);
  ASSERT_FALSE(hosts);
  EXPECT_EQ(hosts.error().code, GetParam().code);
  EXPECT_THAT(hosts.error().message, HasSubstr(GetParam().words));
  EXPECT_THAT(hosts.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(api.Count("host.get"), GetParam().calls);
}

INSTANTIATE_TEST_SUITE_P(
    Statuses, HttpTroubleTest,
    testing::Values(
        HttpCase{200, "<html>hello</html>", ErrorCode::kBadReply, "URL of the API", 1},
        HttpCase{200, "{\"jsonrpc\":\"2.0\",\"result\":[{\"hos", ErrorCode::kBadReply, "cut JSON",
                 1},
        HttpCase{200, "{\"jsonrpc\":\"2.0\",\"result\":false}", ErrorCode::kBadReply, "no list", 1},
        HttpCase{200, "", ErrorCode::kBadReply, "not JSON-RPC", 1},
        HttpCase{301, "", ErrorCode::kBadReply, "moved to https://zabbix.example/zabbix/", 1},
        HttpCase{403, "", ErrorCode::kRejected, "HTTP 403", 1},
        HttpCase{404, "", ErrorCode::kBadReply, "/api_jsonrpc.php", 1},
        HttpCase{412, "", ErrorCode::kBadReply, "HTTP 412", 1},
        HttpCase{500, "", ErrorCode::kBadReply, "HTTP 500", 1},
        HttpCase{503, "", ErrorCode::kUnavailable, "HTTP 503", 3}));

TEST(SessionTest, SurvivesAGatewayThatComesBack) {
  FakeApi api("6.0");
  Connector zabbix(api, api.WithToken());
  int calls = 0;
  api.instead = [&](const std::string& method, const nlohmann::json&) {
    return method == "host.get" && calls++ == 0 ? FakeApi::Reply("", 502) : http::Response();
  };
  EXPECT_TRUE(ReadAHost(zabbix));
}

}  // namespace
}  // namespace mon::zabbix_connector
