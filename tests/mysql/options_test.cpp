#include "options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::mysql {
namespace {

using testing::HasSubstr;

MysqlConfig SomeConfig() {
  MysqlConfig config;
  config.user = "monitor";
  config.password = Secret("one");
  return config;
}

std::string Text(sql::ConnectOptionsMap& map, const char* name) {
  const auto* text = map.at(name).get<sql::SQLString>();
  return text == nullptr ? "" : text->asStdString();
}

TEST(MysqlOptionsTest, HostIsTheBeginningOfAUri) {
  auto map = BuildOptions(SomeConfig(), HostPort{"::1", 3307}, {});
  ASSERT_TRUE(map);
  EXPECT_EQ(Text(*map, "hostName"), "[::1]");
  EXPECT_EQ(*map->at("port").get<int>(), 3307);
  map = BuildOptions(SomeConfig(), HostPort{"db-1", 3306}, {});
  EXPECT_EQ(Text(*map, "hostName"), "db-1");
}

TEST(MysqlOptionsTest, AdminAccountFallsBackPartByPart) {
  MysqlConfig config = SomeConfig();
  const ConnectOptions admin{.account = Account::kAdmin};
  auto map = BuildOptions(config, HostPort{"db", 1}, admin);
  EXPECT_EQ(Text(*map, "userName") + "/" + Text(*map, "password"), "monitor/one");
  config.admin_user = "admin";
  map = BuildOptions(config, HostPort{"db", 1}, admin);
  EXPECT_EQ(Text(*map, "userName") + "/" + Text(*map, "password"), "admin/one");
  config.admin_password = Secret("two");
  map = BuildOptions(config, HostPort{"db", 1}, admin);
  EXPECT_EQ(Text(*map, "userName") + "/" + Text(*map, "password"), "admin/two");
  map = BuildOptions(config, HostPort{"db", 1}, {});
  EXPECT_EQ(Text(*map, "userName") + "/" + Text(*map, "password"), "monitor/one");
}

TEST(MysqlOptionsTest, SessionIsSetUpForBothServersAtOnce) {
  const std::string statement = SessionStatement({.statement_timeout = std::chrono::seconds(7)});
  EXPECT_THAT(statement, HasSubstr("max_statement_time = 7 "));
  EXPECT_THAT(statement, HasSubstr("max_execution_time = 7000 "));
}

}  // namespace
}  // namespace mon::mysql
