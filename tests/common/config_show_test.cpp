#include <sstream>

#include "common/config_fixture.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kFullFile = R"(
state_dir = "/var/tmp/state"
ca_file = "/dev/null"
[mysql]
hosts = ["db-1:3307", "[::1]:3306"]
user = "moni\"tor"
password = "hunter2"
tls = "verify"
compression = "on"
[zabbix]
url = "https://zabbix.example/api_jsonrpc.php"
token = "hunter2"
timeout = "1500ms"
[smtp]
host = "mail.example"
port = 465
from = "a@example.org"
to = ["b@example.org"]
password = "hunter2"
[mail]
time_zone = "Europe/Berlin"
[aggregator]
interval = "1s"
listen = "none"
backfill = "7d"
[processor]
window = "90s"
first_read = "1d"
gap_age = "36h"
[[application]]
name = "shop"
url = "http://shop.example/metrics"
zabbix_hosts = ["10105", "db-1"]
items = ["system.cpu.*"]
headers = { "X-Api-Key" = "hunter2", Accept = "hunter2" }
fields = { timestamp = "/ts" }
bearer_token = "hunter2"
[[application]]
name = "batch"
url = "http://batch.example/metrics"
[[rule]]
name = "slow"
expr = "response_time_ms > 800 and item(\"system.cpu.load\") > 4"
for = "1m"
keep_firing_for = "5m"
severity = "warning"
recovery = "response_time_ms < 400"
labels = { team = "shop", tier = "1" }
description = "one\ntwo"
owner = "Shop"
runbook = "https://wiki.example/slow"
[[rule]]
name = "errors"
expr = "error_rate > 0.1"
)";

class ShowConfigTest : public ConfigTest {
 protected:
  /// What is left of `text` without the comments behind values.
  static std::string WithoutOrigins(const std::string& text) {
    std::istringstream lines(text);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      line.erase(line.rfind(" # ") == std::string::npos ? line.size() : line.rfind(" # "));
      line.erase(line.find_last_not_of(' ') + 1);
      kept += line + "\n";
    }
    return kept;
  }
};

TEST_F(ShowConfigTest, ReadsBack) {
  const std::string first = ShowConfig(Load(kFullFile));
  const std::string second = ShowConfig(Load(first));
  EXPECT_EQ(WithoutOrigins(first), WithoutOrigins(second));
  EXPECT_THAT(first, HasSubstr("\"db-1:3307\", \"[::1]:3306\""));
}

TEST_F(ShowConfigTest, ReadsBackTheSameValues) {
  const Config before = Load(kFullFile).config;
  const Config after = Load(ShowConfig(Load(kFullFile))).config;
  EXPECT_EQ(after.mysql.hosts, before.mysql.hosts);
  EXPECT_EQ(after.mysql.user, before.mysql.user);
  EXPECT_EQ(after.mysql.tls, before.mysql.tls);
  EXPECT_EQ(after.mysql.compression, before.mysql.compression);
  EXPECT_EQ(after.zabbix.url, before.zabbix.url);
  EXPECT_EQ(after.zabbix.timeout, before.zabbix.timeout);
  EXPECT_EQ(after.smtp.security, before.smtp.security);
  EXPECT_EQ(after.smtp.user, before.smtp.user);
  EXPECT_EQ(after.aggregator.backfill, before.aggregator.backfill);
  EXPECT_EQ(after.processor.first_read, before.processor.first_read);
  EXPECT_EQ(after.processor.gap_age, before.processor.gap_age);
  ASSERT_EQ(after.applications.size(), 2U);
  EXPECT_EQ(after.applications[0].zabbix_hosts, before.applications[0].zabbix_hosts);
  EXPECT_EQ(after.applications[0].fields.timestamp, "/ts");
  EXPECT_EQ(after.applications[0].headers.size(), 2U);
  ASSERT_EQ(after.rules.size(), 2U);
  EXPECT_EQ(after.rules[0].expr, before.rules[0].expr);
  EXPECT_EQ(after.rules[0].keep_firing_for, before.rules[0].keep_firing_for);
  EXPECT_EQ(after.rules[1].keep_firing_for, std::nullopt);
  EXPECT_EQ(after.rules[0].recovery, "response_time_ms < 400");
  EXPECT_EQ(after.rules[0].labels, before.rules[0].labels);
  EXPECT_EQ(after.rules[0].labels.size(), 2U);
  EXPECT_EQ(after.rules[0].description, "one\ntwo");
  EXPECT_EQ(after.rules[0].owner, "Shop");
  EXPECT_EQ(after.rules[0].runbook, "https://wiki.example/slow");
  EXPECT_EQ(after.state_dir, before.state_dir);
}

TEST_F(ShowConfigTest, TheDefaultsReadBack) {
  const std::string first = ShowConfig(Load(""));
  EXPECT_EQ(WithoutOrigins(ShowConfig(Load(first))), WithoutOrigins(first));
}

TEST_F(ShowConfigTest, ASocketReadsBack) {
  const std::string shown = ShowConfig(Load("[mysql]\nsocket = \"/run/mysqld/mysqld.sock\"\n"));
  EXPECT_THAT(shown, Not(HasSubstr("127.0.0.1:3306")));
  EXPECT_EQ(Load(shown).config.mysql.socket, "/run/mysqld/mysqld.sock");
}

TEST_F(ShowConfigTest, NamesTheOriginOfEachValue) {
  Write(".env", "MYSQL_DATABASE=db\n");
  const std::string shown =
      ShowConfig(Load("[mysql]\nhosts = [\"db\"]\n", {{"MYSQL_USER", "monitor"}},
                      {{"processor.interval", "--interval", "1s"}}));
  const auto line = [&shown](const std::string& start) {
    const std::size_t at = shown.find("\n" + start);
    return shown.substr(at + 1, shown.find('\n', at + 1) - at - 1);
  };
  EXPECT_THAT(line("hosts"), HasSubstr("# file monitoring.toml:2"));
  EXPECT_THAT(line("user = \"monitor\""), HasSubstr("# environment MYSQL_USER"));
  EXPECT_THAT(line("database"), HasSubstr("# environment MYSQL_DATABASE in .env:1"));
  EXPECT_THAT(line("tls = "), HasSubstr("# default"));
  EXPECT_THAT(line("[processor]\n"), Not(HasSubstr("#")));
  EXPECT_THAT(shown, HasSubstr("interval = \"1s\""));
  EXPECT_THAT(shown, HasSubstr("# flag --interval"));
}

TEST_F(ShowConfigTest, MasksSecrets) {
  const std::string shown = ShowConfig(Load(kFullFile));
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("password = \"<secret>\""));
  EXPECT_THAT(shown, HasSubstr("{ \"Accept\" = \"<secret>\", \"X-Api-Key\" = \"<secret>\" }"));
}

TEST_F(ShowConfigTest, ContextsReadBack) {
  const std::string shown =
      ShowConfig(Load("[[context]]\napplication = \"*\"\nitems = [\"disk.*\"]\nrole = \"symptom\"\n"
                      "[[context]]\napplication = \"hyphenmon\"\nwindow = \"auto\"\n"
                      "[[context]]\napplication = \"hyphenmon\"\nwindow = \"1m\"\n"));
  const Config config = Load(shown).config;
  ASSERT_EQ(config.contexts.size(), 3U);
  EXPECT_EQ(config.contexts[0].role, ContextRole::kSymptom);
  EXPECT_EQ(config.contexts[0].window, std::nullopt);
  EXPECT_EQ(config.contexts[1].window, JoinWindow{.measured = true});
  EXPECT_EQ(config.contexts[2].window, JoinWindow{.width = std::chrono::minutes(1)});
}

TEST_F(ShowConfigTest, ReceiversReadBackWithoutTheirSecrets) {
  const std::string shown = ShowConfig(
      Load("[[receiver]]\nname = \"a\"\nmail = [\"a@example.org\"]\n[[receiver]]\nname = \"b\"\n"
           "webhook_url_file = \"" +
           Write("hook", "https://hooks.example/hunter2\n") +
           "\"\nformat = \"teams\"\nheaders = { X-Key = \"hunter2\" }\n"));
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  const Config config = Load(shown).config;
  ASSERT_EQ(config.receivers.size(), 2U);
  EXPECT_THAT(TargetsOf(config.receivers[0]), testing::ElementsAre("a@example.org"));
  EXPECT_THAT(TargetsOf(config.receivers[1]), testing::ElementsAre("teams:b"));
  EXPECT_EQ(config.receivers[1].webhook_url, Secret("https://hooks.example/hunter2"));
  EXPECT_THAT(ShowConfig(Load("[[receiver]]\nname = \"b\"\nwebhook_url = \"http://x/hunter2\"\n")),
              testing::AllOf(HasSubstr("webhook_url = \"<secret>\""), Not(HasSubstr("hunter2"))));
}

TEST_F(ShowConfigTest, MasksUsersInUrls) {
  const std::string shown =
      ShowConfig(Load("[zabbix]\nurl = \"https://u:hunter2@z/api\"\n[[application]]\nname = \"a\"\n"
                      "url = \"http://u:hunter2@a/m?x=@\"\nproxy = \"p:hunter2@proxy:3128\"\n"));
  EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  EXPECT_THAT(shown, HasSubstr("url = \"http://<secret>@a/m?x=@\""));
}

TEST_F(ShowConfigTest, ASecretFromAFileIsShownAsThatFile) {
  const std::string secret = Write("secret", "hunter2\n");
  const std::string shown = ShowConfig(Load("", {{"MYSQL_PASSWORD_FILE", "secret"}}));
  EXPECT_THAT(shown, HasSubstr("password_file = \"" + secret + "\""));
  EXPECT_EQ(Load(shown).config.mysql.password, Secret("hunter2"));
}

}  // namespace
}  // namespace mon::test
