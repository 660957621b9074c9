#include <chrono>

#include "common/config_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using ConfigFileTest = ConfigTest;

TEST_F(ConfigFileTest, AnEmptyFileGivesTheDefaults) {
  const Config config = Load("").config;
  EXPECT_EQ(config.mysql.hosts, (std::vector<HostPort>{{"127.0.0.1", 3306}}));
  EXPECT_EQ(config.mysql.database, "monitoring_db");
  EXPECT_EQ(config.mysql.tls, MysqlTls::kOff);
  EXPECT_FALSE(config.mysql.compression);
  EXPECT_EQ(config.zabbix.url, "");
  EXPECT_EQ(config.smtp.port, 587);
  EXPECT_EQ(config.smtp.security, SmtpSecurity::kStarttls);
  EXPECT_EQ(config.aggregator.interval, 10s);
  EXPECT_EQ(config.aggregator.listen, "127.0.0.1:9301");
  EXPECT_EQ(config.aggregator.backfill, 1h);
  EXPECT_EQ(config.processor.listen, "127.0.0.1:9302");
  EXPECT_EQ(config.processor.window, 10s);
  EXPECT_EQ(config.processor.first_read, 2min);
  EXPECT_EQ(config.processor.gap_age, 24h);
  EXPECT_EQ(config.alerting.listen, "127.0.0.1:9303");
}

TEST_F(ConfigFileTest, TheBuiltInApplicationAndRuleNeedNoFile) {
  const Config config = Load("").config;
  ASSERT_EQ(config.applications.size(), 1U);
  EXPECT_EQ(config.applications[0].name, "hyphenmon");
  EXPECT_EQ(config.applications[0].url, "http://localhost:5001/metrics");
  EXPECT_EQ(config.applications[0].zabbix_hosts, std::vector<std::string>{"10105"});
  EXPECT_FALSE(config.applications[0].hosts_configured);
  ASSERT_EQ(config.rules.size(), 1U);
  EXPECT_EQ(config.rules[0].name, "high-error-rate");
  EXPECT_EQ(config.rules[0].expr, "error_rate > 0.5");
  EXPECT_EQ(config.rules[0].severity, Severity::kCritical);
  EXPECT_EQ(config.rules[0].where, "");
}

TEST_F(ConfigFileTest, ReadsEachKindOfValue) {
  const Config config = Load(R"(
[mysql]
hosts = ["db-1", "db-2:3307", "[::1]:3308"]
user = "monitor"
password = "hunter2"
tls = "verify"
compression = "on"
[smtp]
host = "mail.example"
port = 2525
to = ["a@example.org", "b@example.org"]
[aggregator]
interval = "250ms"
[processor]
window = "5s"
first_read = "10m"
gap_age = "6h"
[mail]
time_zone = "Europe/Berlin"
)")
                            .config;
  EXPECT_EQ(config.mysql.hosts,
            (std::vector<HostPort>{{"db-1", 3306}, {"db-2", 3307}, {"::1", 3308}}));
  EXPECT_EQ(config.mysql.password, Secret("hunter2"));
  EXPECT_EQ(config.mysql.tls, MysqlTls::kVerify);
  EXPECT_TRUE(config.mysql.compression);
  EXPECT_EQ(config.smtp.port, 2525);
  EXPECT_EQ(config.smtp.to, (std::vector<std::string>{"a@example.org", "b@example.org"}));
  EXPECT_EQ(config.aggregator.interval, 250ms);
  EXPECT_EQ(config.processor.window, 5s);
  EXPECT_EQ(config.processor.first_read, 10min);
  EXPECT_EQ(config.processor.gap_age, 6h);
  EXPECT_EQ(config.mail.time_zone, "Europe/Berlin");
}

TEST_F(ConfigFileTest, ReadsApplications) {
  const Config config = Load(R"(
[[application]]
name = "shop"
url = "https://shop.example/metrics"
zabbix_hosts = ["10105", "db-1"]
zabbix_groups = ["Linux servers"]
zabbix_tags = ["service=shop"]
items = ["system.cpu.*"]
items_exclude = ["*.debug"]
timeout = "2s"
headers = { "X-Api-Key" = "k" }
basic_user = "u"
basic_password = "p"
proxy = "http://proxy:3128"
fields = { timestamp = "/ts", error_rate = "/errors/ratio" }

[[application]]
name = "batch"
url = "http://batch:5001/metrics"
bearer_token = "t"
)")
                            .config;
  ASSERT_EQ(config.applications.size(), 2U);
  const ApplicationConfig& shop = config.applications[0];
  EXPECT_EQ(shop.zabbix_hosts, (std::vector<std::string>{"10105", "db-1"}));
  EXPECT_EQ(shop.zabbix_groups, std::vector<std::string>{"Linux servers"});
  EXPECT_EQ(shop.zabbix_tags, std::vector<std::string>{"service=shop"});
  EXPECT_TRUE(shop.hosts_configured);
  EXPECT_EQ(shop.items, std::vector<std::string>{"system.cpu.*"});
  EXPECT_EQ(shop.items_exclude, std::vector<std::string>{"*.debug"});
  EXPECT_EQ(shop.timeout, 2s);
  ASSERT_EQ(shop.headers.size(), 1U);
  EXPECT_EQ(shop.headers[0].first, "X-Api-Key");
  EXPECT_EQ(shop.headers[0].second, Secret("k"));
  EXPECT_EQ(shop.basic_password, Secret("p"));
  EXPECT_EQ(shop.fields.timestamp, "/ts");
  EXPECT_EQ(shop.fields.response_time_ms, "/response_time_ms");
  EXPECT_EQ(shop.fields.error_rate, "/errors/ratio");
  const ApplicationConfig& batch = config.applications[1];
  EXPECT_TRUE(batch.zabbix_hosts.empty());
  EXPECT_FALSE(batch.hosts_configured);
  EXPECT_EQ(batch.bearer_token, Secret("t"));
}

TEST_F(ConfigFileTest, ReadsRules) {
  const Config config = Load(R"(
[[rule]]
name = "slow"
expr = "response_time_ms > 800"
for = "1m"
keep_firing_for = "5m"
severity = "warning"
summary = "{application} is slow"
[[rule]]
name = "errors"
expr = "error_rate > 0.1"
)")
                            .config;
  ASSERT_EQ(config.rules.size(), 2U);
  EXPECT_EQ(config.rules[0].for_, 60s);
  EXPECT_EQ(config.rules[0].keep_firing_for, 300s);
  EXPECT_EQ(config.rules[0].severity, Severity::kWarning);
  EXPECT_EQ(config.rules[0].where, "monitoring.toml:2");
  EXPECT_EQ(config.rules[1].keep_firing_for, std::nullopt);
  EXPECT_EQ(config.rules[1].where, "monitoring.toml:9");
}

TEST_F(ConfigFileTest, ReadsWhatARuleSaysOfItself) {
  const Config config = Load(R"(
[[rule]]
name = "errors"
expr = "error_rate > 0.5"
recovery = "error_rate < 0.2"
labels = { team = "shop", log_file = "x" }
description = """
Look at the log.
Then ask."""
owner = "Shop team"
runbook = "https://wiki.example/errors"
)")
                            .config;
  const RuleConfig& rule = config.rules.at(0);
  EXPECT_EQ(rule.recovery, "error_rate < 0.2");
  EXPECT_EQ(rule.labels, (std::map<std::string, std::string>{{"team", "shop"}, {"log_file", "x"}}));
  EXPECT_EQ(rule.description, "Look at the log.\nThen ask.");
  EXPECT_EQ(rule.owner, "Shop team");
  EXPECT_EQ(rule.runbook, "https://wiki.example/errors");
}

TEST_F(ConfigFileTest, ImpossibleRulesAreRefused) {
  const auto refusal = [this](const std::string& more) {
    return Refusal("[[rule]]\nname = \"a\"\nexpr = \"error_rate > 0.5\"\n" + more);
  };
  for (const char* name : {"1st", "a-b", "rule", "application", "severity", "host"}) {
    EXPECT_THAT(refusal(std::string("labels = { ") + name + " = \"x\" }\n"),
                HasSubstr("expected label names of letters"))
        << name;
  }
  EXPECT_THAT(refusal("labels = { team = \"a\\nb\" }\n"), HasSubstr("one line"));
  EXPECT_THAT(refusal("labels = \"x\"\n"), HasSubstr("expected label names of letters"));
  EXPECT_THAT(refusal("runbook = \"wiki\"\n"), HasSubstr("a URL that begins with http"));
  EXPECT_THAT(refusal("owner = \"a\\nb\"\n"), HasSubstr("one line"));
  EXPECT_THAT(refusal("description = \"a\\u001bb\"\n"), HasSubstr("expected a text"));
}

TEST_F(ConfigFileTest, RelativePathsStartAtTheFile) {
  Write("etc/ca.pem", "x");
  Write("etc/secret", "hunter2\n");
  options_.config_file = Write("etc/m.toml",
                               "ca_file = \"ca.pem\"\nstate_dir = \"../state\"\n"
                               "[mysql]\npassword_file = \"secret\"\nsocket = \"run/s.sock\"\n");
  options_.environment = Environment{};
  const Result<LoadedConfig> loaded = LoadConfig(options_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->config.ca_file, Path("etc/ca.pem"));
  EXPECT_EQ(loaded->config.state_dir, Path("state"));
  EXPECT_EQ(loaded->config.mysql.password, Secret("hunter2"));
  EXPECT_EQ(loaded->config.mysql.socket, Path("etc/run/s.sock"));
}

TEST_F(ConfigFileTest, EachValueHasAnOrigin) {
  const LoadedConfig loaded = Load("[mysql]\n\nuser = \"monitor\"\n");
  const OriginOf* origin = FindOrigin(loaded, "mysql.user");
  ASSERT_NE(origin, nullptr);
  EXPECT_EQ(origin->origin, Origin::kFile);
  EXPECT_EQ(origin->detail, "monitoring.toml:3");
  EXPECT_EQ(FindOrigin(loaded, "mysql.database"), nullptr);
}

TEST_F(ConfigFileTest, AnUnknownKeyIsRefusedWithAGuess) {
  EXPECT_EQ(Refusal("[mysql]\npasword = \"x\"\n"),
            "monitoring.toml:2: mysql.pasword: unknown key, did you mean \"mysql.password\"?");
  EXPECT_EQ(Refusal("[mysql]\nsomething_else_entirely = 1\n"),
            "monitoring.toml:2: mysql.something_else_entirely: unknown key");
  EXPECT_EQ(Refusal("[[application]]\nname = \"a\"\nurl = \"http://a\"\ntime_out = \"5s\"\n"),
            "monitoring.toml:4: application[0].time_out: unknown key, did you mean \"timeout\"?");
}

TEST_F(ConfigFileTest, AnUnknownTableIsRefusedWithAGuess) {
  EXPECT_EQ(Refusal("\n[mysqll]\nuser = \"x\"\n"),
            "monitoring.toml:2: unknown table \"mysqll\", did you mean [mysql]?");
  EXPECT_EQ(Refusal("[[applications]]\nname = \"x\"\n"),
            "monitoring.toml:1: unknown table \"applications\", did you mean [[application]]?");
}

TEST_F(ConfigFileTest, ATwinOfWhatIsNoSecretIsUnknown) {
  EXPECT_THAT(Refusal("[mysql]\nuser_file = \"x\"\n"), HasSubstr("mysql.user_file: unknown key"));
}

TEST_F(ConfigFileTest, AWrongTypeIsRefused) {
  EXPECT_EQ(Refusal("[mysql]\nuser = 5\n"),
            "monitoring.toml:2: mysql.user: found the integer 5, expected a text on one line");
  EXPECT_EQ(Refusal("[smtp]\nport = \"587\"\n"),
            "monitoring.toml:2: smtp.port: found \"587\", expected a port from 1 to 65535");
  EXPECT_EQ(Refusal("[aggregator]\ninterval = 10\n"),
            "monitoring.toml:2: aggregator.interval: found the integer 10, expected a duration such"
            " as \"10s\" or \"5m\", from 200ms to 1h");
  EXPECT_EQ(Refusal("[smtp]\nto = \"a@example.org\"\n"),
            "monitoring.toml:2: smtp.to: found \"a@example.org\", expected an array of mail"
            " addresses such as \"name@example.org\"");
  EXPECT_THAT(Refusal("[mysql]\nuser = 2025-01-01\n"), HasSubstr("found a date or time"));
  EXPECT_THAT(Refusal("[mysql]\nuser = { a = 1 }\n"), HasSubstr("found a table"));
  EXPECT_THAT(Refusal("[smtp]\nto = [1]\n"), HasSubstr("expected an array of mail addresses"));
}

TEST_F(ConfigFileTest, AWrongShapeIsRefused) {
  EXPECT_EQ(Refusal("mysql = 5\n"), "monitoring.toml:1: mysql: expected one table, [mysql]");
  EXPECT_EQ(Refusal("[[mysql]]\n"), "monitoring.toml:1: mysql: expected one table, [mysql]");
  EXPECT_EQ(Refusal("[rule]\nname = \"x\"\n"),
            "monitoring.toml:1: rule: expected tables, each as [[rule]]");
  EXPECT_THAT(Refusal("[[application]]\nname = \"a\"\nurl = \"http://a\"\nheaders = \"x\"\n"),
              HasSubstr("expected header names with texts"));
}

TEST_F(ConfigFileTest, LettersOutsideOfTextsAreRefused) {
  EXPECT_THAT(Refusal("[mysql]\nlänge = 5\n"), HasSubstr("monitoring.toml:2:"));
  EXPECT_THAT(Refusal("[[applĻ]]\n"), HasSubstr("monitoring.toml:1:"));
  EXPECT_THAT(Refusal("[mysql] \u180e\n"), HasSubstr("monitoring.toml:1:"));
}

TEST_F(ConfigFileTest, ImpossibleValuesAreRefused) {
  const auto refused = [this](const std::string& toml) { return !TryLoad(toml).has_value(); };
  EXPECT_TRUE(refused("[smtp]\nport = 0\n"));
  EXPECT_TRUE(refused("[smtp]\nport = 65536\n"));
  EXPECT_TRUE(refused("[smtp]\nport = 9223372036854775807\n"));
  EXPECT_TRUE(refused("[smtp]\nhost = \"mail example\"\n"));
  EXPECT_TRUE(refused("[smtp]\nfrom = \"a@b@c\"\n"));
  EXPECT_TRUE(refused("[smtp]\nfrom = \"x <a@example.org>\"\n"));
  EXPECT_TRUE(refused("[smtp]\nfrom = \"a@example.org\\nBcc: b@example.org\"\n"));
  EXPECT_TRUE(refused("[smtp]\nsecurity = \"ssl\"\n"));
  EXPECT_TRUE(refused("[mysql]\nhosts = []\n"));
  EXPECT_TRUE(refused("[mysql]\nhosts = [\"::1\"]\n"));
  EXPECT_TRUE(refused("[mysql]\nhosts = [\"db:0\"]\n"));
  EXPECT_TRUE(refused("[mysql]\nhosts = [\"db:70000\"]\n"));
  EXPECT_TRUE(refused("[mysql]\nhosts = [\":3306\"]\n"));
  EXPECT_TRUE(refused("[mysql]\ndatabase = \"\"\n"));
  EXPECT_TRUE(refused("[mysql]\ncompression = \"zlib\"\n"));
  EXPECT_TRUE(refused("[zabbix]\nurl = \"zabbix.example\"\n"));
  EXPECT_TRUE(refused("[zabbix]\nurl = \"https://\"\n"));
  EXPECT_TRUE(refused("[zabbix]\nurl = \"https://z:port/\"\n"));
  EXPECT_TRUE(refused("[zabbix]\nurl = \"https:///api\"\n"));
  EXPECT_TRUE(refused("[aggregator]\ninterval = \"199ms\"\n"));
  EXPECT_TRUE(refused("[aggregator]\ninterval = \"61m\"\n"));
  EXPECT_TRUE(refused("[aggregator]\nlisten = \"9301\"\n"));
  EXPECT_TRUE(refused("[aggregator]\nlisten = \"\"\n"));
  EXPECT_TRUE(refused("[processor]\nwindow = \"500ms\"\n"));
  EXPECT_TRUE(refused("[processor]\nfirst_read = \"90s\"\n"));
  EXPECT_TRUE(refused("[processor]\ngap_age = \"59s\"\n"));
  EXPECT_TRUE(refused("[processor]\ngap_age = \"31d\"\n"));
  EXPECT_TRUE(refused("[mail]\ntime_zone = \"Europe/Nowhere\"\n"));
  EXPECT_TRUE(refused("[mail]\ntime_zone = \"../../etc/passwd\"\n"));
  EXPECT_TRUE(refused("[mysql]\nuser = \"a\\u0000b\"\n"));
}

TEST_F(ConfigFileTest, RowsStayUntilTheirGapIsClosed) {
  EXPECT_EQ(Refusal("[processor]\ngap_age = \"3d\"\n[retention]\nmetrics = \"3d\"\n"),
            "monitoring.toml:2: processor.gap_age: expected at least a day less than "
            "retention.metrics");
  EXPECT_EQ(Load("[processor]\ngap_age = \"3d\"\n[retention]\nmetrics = \"4d\"\n")
                .config.processor.gap_age,
            72h);
}

TEST_F(ConfigFileTest, ImpossibleApplicationsAreRefused) {
  const auto refusal = [this](const std::string& more) {
    return Refusal("[[application]]\nname = \"a\"\nurl = \"http://a/\"\n" + more);
  };
  EXPECT_THAT(refusal("fields = { timestamp = \"ts\" }\n"), HasSubstr("expected a JSON Pointer"));
  EXPECT_THAT(refusal("fields = { timestamp = \"/a~2\" }\n"), HasSubstr("expected a JSON Pointer"));
  EXPECT_THAT(refusal("fields = { other = \"/a\" }\n"), HasSubstr("fields.other: unknown key"));
  EXPECT_THAT(refusal("headers = { \"X Y\" = \"a\" }\n"), HasSubstr("expected header names"));
  EXPECT_THAT(refusal("headers = { \"X\" = \"a\\r\\nEvil: b\" }\n"), HasSubstr("one line"));
  EXPECT_THAT(refusal("basic_password = \"x\"\n"), HasSubstr("expected application[0].basic_user"));
  EXPECT_THAT(refusal("tls_key = \"/dev/null\"\n"), HasSubstr("expected application[0].tls_cert"));
  EXPECT_THAT(refusal("basic_user = \"u\"\nbearer_token = \"t\"\n"),
              HasSubstr("application[0].bearer_token: excludes application[0].basic_user"));
  EXPECT_THAT(refusal("[[application]]\nname = \"a\"\nurl = \"http://b/\"\n"),
              HasSubstr("\"a\" is the name of another application"));
}

TEST_F(ConfigFileTest, ApplicationsAndRulesNeedTheirKeys) {
  EXPECT_EQ(Refusal("[[application]]\nname = \"a\"\n"),
            "monitoring.toml:1: [[application]]: url is missing");
  EXPECT_EQ(Refusal("[[rule]]\nexpr = \"error_rate > 0\"\n"),
            "monitoring.toml:1: [[rule]]: name is missing");
  EXPECT_THAT(Refusal("[[rule]]\nname = \"\"\nexpr = \"x\"\n"), HasSubstr("expected a name"));
  // To the database "a " and "a" are one name.
  for (const std::string name : {"a ", " a"}) {
    EXPECT_THAT(Refusal("[[application]]\nname = \"" + name + "\"\nurl = \"http://a/\"\n"),
                HasSubstr("expected a name"));
  }
}

TEST_F(ConfigFileTest, RuleNamesAreUnique) {
  EXPECT_EQ(Refusal("[[rule]]\nname = \"a\"\nexpr = \"error_rate > 0\"\n"
                    "[[rule]]\nname = \"a\"\nexpr = \"error_rate > 1\"\n"),
            "monitoring.toml:5: rule[1].name: \"a\" is the name of another rule");
}

TEST_F(ConfigFileTest, ExpressionsAreCheckedByWhoKnowsTheGrammar) {
  options_.check_rule = [](const RuleConfig& rule) -> Result<void> {
    if (rule.expr.starts_with("error_rate")) return {};
    return Fail(ErrorCode::kConfig, "unknown metric");
  };
  Load("[[rule]]\nname = \"a\"\nexpr = \"error_rate > 0\"\n");
  EXPECT_EQ(Refusal("[[rule]]\nname = \"a\"\nexpr = \"eror_rate > 0\"\n"),
            "monitoring.toml:3: rule[0].expr: unknown metric");
}

TEST_F(ConfigFileTest, AllProblemsAreToldInTheOrderOfTheFile) {
  EXPECT_EQ(Refusal("[zabbix]\nurl = 1\n[mysql]\nzzz = 1\ntls = \"on\"\n"),
            "monitoring.toml:2: zabbix.url: found the integer 1, expected a URL that begins with"
            " http:// or https://\n"
            "monitoring.toml:4: mysql.zzz: unknown key\n"
            "monitoring.toml:5: mysql.tls: found \"on\", expected \"off\" or \"verify\"");
}

TEST_F(ConfigFileTest, WhatIsNoTomlIsRefusedWithItsLine) {
  EXPECT_THAT(Refusal("[mysql]\nuser = monitor\n"), testing::StartsWith("monitoring.toml:2: "));
  EXPECT_THAT(Refusal("[mysql]\nuser = \"a\"\nuser = \"b\"\n"),
              testing::StartsWith("monitoring.toml:3: "));
  EXPECT_FALSE(TryLoad(std::string("\0\xff\xfe", 3)).has_value());
}

TEST_F(ConfigFileTest, AMissingFileIsRefused) {
  options_.config_file = "nowhere.toml";
  options_.environment = Environment{};
  const Result<LoadedConfig> loaded = LoadConfig(options_);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kConfig);
  EXPECT_EQ(loaded.error().message, "nowhere.toml cannot be read: No such file or directory");
}

TEST_F(ConfigFileTest, ADirectoryIsNoFile) {
  options_.config_file = ".";
  options_.environment = Environment{};
  EXPECT_EQ(LoadConfig(options_).error().message, ". cannot be read: Is a directory");
}

TEST_F(ConfigFileTest, AnEndlessFileIsRefused) {
  options_.config_file = "/dev/zero";
  options_.environment = Environment{};
  EXPECT_EQ(LoadConfig(options_).error().message, "/dev/zero cannot be read: File too large");
}

TEST_F(ConfigFileTest, NoSecretReachesAMessage) {
  const std::string refusal = Refusal(
      "[mysql]\npassword = [\"hunter2\"]\n[zabbix]\ntoken = \"hunter2\\n\"\n"
      "[[application]]\nname = \"a\"\nurl = \"http://u:x/hunter2@a/\"\n"
      "bearer_token = \"hunter2\\u0000\"\nheaders = { \"X-K\" = \"hunter2\\n\" }\n");
  EXPECT_THAT(refusal, HasSubstr("mysql.password"));
  EXPECT_THAT(refusal, HasSubstr("application[0].headers.X-K"));
  EXPECT_THAT(refusal, HasSubstr("application[0].url"));
  EXPECT_THAT(refusal, Not(HasSubstr("hunter2")));
}

TEST_F(ConfigFileTest, AuthoritiesMustBeReadable) {
  EXPECT_EQ(
      Refusal("ca_file = \"/nowhere/ca.pem\"\n"),
      "monitoring.toml:1: ca_file: /nowhere/ca.pem cannot be read: No such file or directory");
}

TEST_F(ConfigFileTest, AnEmptyTextLeavesAValueUnset) {
  const LoadedConfig loaded = Load("[mysql]\nsocket = \"\"\nhosts = [\"db\"]\npassword = \"\"\n");
  EXPECT_EQ(loaded.config.mysql.hosts, (std::vector<HostPort>{{"db", 3306}}));
  EXPECT_EQ(FindOrigin(loaded, "mysql.password"), nullptr);
}

}  // namespace
}  // namespace mon::test
