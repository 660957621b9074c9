#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connector_options.h"

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

std::string UserAndPassword(const MysqlConfig& config, const ConnectOptions& options) {
  const auto target = MakeTarget(config, HostPort{"db", 1}, options);
  return target->user + "/" + target->password.Reveal();
}

TEST(MysqlOptionsTest, HostIsTheBeginningOfAUri) {
  auto map = ConnectorOptions(*MakeTarget(SomeConfig(), HostPort{"::1", 3307}, {}));
  EXPECT_EQ(Text(map, "hostName"), "[::1]");
  EXPECT_EQ(*map.at("port").get<int>(), 3307);
  map = ConnectorOptions(*MakeTarget(SomeConfig(), HostPort{"db-1", 3306}, {}));
  EXPECT_EQ(Text(map, "hostName"), "db-1");
}

TEST(MysqlOptionsTest, AdminAccountFallsBackPartByPart) {
  MysqlConfig config = SomeConfig();
  const ConnectOptions admin{.account = Account::kAdmin};
  EXPECT_EQ(UserAndPassword(config, admin), "monitor/one");
  config.admin_user = "admin";
  EXPECT_EQ(UserAndPassword(config, admin), "admin/one");
  config.admin_password = Secret("two");
  EXPECT_EQ(UserAndPassword(config, admin), "admin/two");
  EXPECT_EQ(UserAndPassword(config, {}), "monitor/one");
}

TEST(MysqlOptionsTest, SessionIsSetUpForBothServersAtOnce) {
  const std::string statement = SessionStatement({.statement_timeout = std::chrono::seconds(7)});
  EXPECT_THAT(statement, HasSubstr("max_statement_time = 7 "));
  EXPECT_THAT(statement, HasSubstr("max_execution_time = 7000 "));
}

}  // namespace
}  // namespace mon::mysql
