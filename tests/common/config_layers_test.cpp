#include <chrono>

#include "common/config_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using ConfigLayersTest = ConfigTest;
using EnvironmentTest = ConfigTest;
using EnvironmentFileTest = ConfigTest;
using AlternativesTest = ConfigTest;
using MysqlServersTest = ConfigTest;
using MailLoginTest = ConfigTest;
using SecretFileTest = ConfigTest;
using BuiltInTest = ConfigTest;
using StateDirTest = ConfigTest;

TEST_F(ConfigLayersTest, FlagsBeatTheEnvironmentWhichBeatsTheFile) {
  const std::string file = "[aggregator]\ninterval = \"1s\"\n";
  const FlagValue flag{"aggregator.interval", "--interval", "3s"};
  EXPECT_EQ(Load(file).config.aggregator.interval, 1s);
  EXPECT_EQ(Load(file, {{"POLL_INTERVAL_SECONDS", "2"}}).config.aggregator.interval, 2s);
  const LoadedConfig loaded = Load(file, {{"POLL_INTERVAL_SECONDS", "2"}}, {flag});
  EXPECT_EQ(loaded.config.aggregator.interval, 3s);
  EXPECT_EQ(FindOrigin(loaded, "aggregator.interval")->origin, Origin::kFlag);
  EXPECT_EQ(FindOrigin(loaded, "aggregator.interval")->detail, "--interval");
}

TEST_F(ConfigLayersTest, ABadFlagIsWrongUsage) {
  const auto loaded = TryLoad("", {}, {{"aggregator.listen", "--listen", "here"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kUsage);
  EXPECT_EQ(loaded.error().message,
            "--listen: found \"here\", expected ADDR:PORT such as \"127.0.0.1:9301\", or \"none\"");
}

TEST_F(ConfigLayersTest, TheFileComesFromTheEnvironmentToo) {
  Write("other.toml", "[mysql]\nuser = \"other\"\n");
  options_.environment = Environment{{"MONITORING_CONFIG", "other.toml"}, {"HOME", "/"}};
  const Result<LoadedConfig> loaded = LoadConfig(options_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->config.mysql.user, "other");
  EXPECT_EQ(loaded->file, "other.toml");
}

TEST_F(ConfigLayersTest, TheFileOfTheCurrentDirectoryIsFound) {
  Write("monitoring.toml", "[mysql]\nuser = \"local\"\n");
  options_.environment = Environment{{"HOME", "/"}};
  EXPECT_EQ(LoadConfig(options_).value().config.mysql.user, "local");
}

TEST_F(EnvironmentTest, AListIsRefusedInTheWordsOfAVariable) {
  options_.environment =
      Environment{{"RECIPIENT_EMAIL_ADDRESS", "Jo <jo@example.org>"}, {"HOME", "/"}};
  EXPECT_EQ(LoadConfig(options_).error().message,
            "RECIPIENT_EMAIL_ADDRESS: found \"Jo <jo@example.org>\", expected mail addresses such "
            "as \"name@example.org\", separated by commas");
}

TEST_F(EnvironmentTest, EachVariableHasItsPlace) {
  const Config config = Load("", {{"HYPHENMON_URL", "http://app:1/m"},
                                  {"ZABBIX_URL", "https://z/api_jsonrpc.php"},
                                  {"ZABBIX_USER", "zu"},
                                  {"ZABBIX_PASSWORD", "zp"},
                                  {"ZABBIX_HOSTID", "10084, 10085"},
                                  {"MYSQL_HOST", "db"},
                                  {"MYSQL_PORT", "3307"},
                                  {"MYSQL_USER", "mu"},
                                  {"MYSQL_PASSWORD", "mp"},
                                  {"MYSQL_DATABASE", "md"},
                                  {"MYSQL_ADMIN_USER", "au"},
                                  {"MYSQL_ADMIN_PASSWORD", "ap"},
                                  {"MYSQL_TLS", "verify"},
                                  {"SMTP_SERVER_HOST", "mail"},
                                  {"SMTP_SERVER_PORT", "25"},
                                  {"SMTP_SECURITY", "none"},
                                  {"SMTP_EMAIL_ADDRESS", "from@example.org"},
                                  {"SMTP_EMAIL_PASSWORD", "sp"},
                                  {"RECIPIENT_EMAIL_ADDRESS", "a@example.org, b@example.org"},
                                  {"CA_FILE", "/dev/null"},
                                  {"CORRELATION_WINDOW_SECONDS", "7"},
                                  {"DATA_FETCH_INTERVAL_MINUTES", "5"},
                                  {"ERROR_RATE_THRESHOLD", "0.25"},
                                  {"POLL_INTERVAL_SECONDS", "0.25"},
                                  {"MONITORING_STATE_DIR", "/var/tmp/state"}})
                            .config;
  EXPECT_EQ(config.applications[0].url, "http://app:1/m");
  EXPECT_THAT(config.applications[0].zabbix_hosts, ElementsAre("10084", "10085"));
  EXPECT_TRUE(config.applications[0].hosts_configured);
  EXPECT_EQ(config.zabbix.url, "https://z/api_jsonrpc.php");
  EXPECT_EQ(config.zabbix.user, "zu");
  EXPECT_EQ(config.zabbix.password, Secret("zp"));
  EXPECT_EQ(config.mysql.hosts, (std::vector<HostPort>{{"db", 3307}}));
  EXPECT_EQ(config.mysql.user, "mu");
  EXPECT_EQ(config.mysql.password, Secret("mp"));
  EXPECT_EQ(config.mysql.database, "md");
  EXPECT_EQ(config.mysql.admin_user, "au");
  EXPECT_EQ(config.mysql.admin_password, Secret("ap"));
  EXPECT_EQ(config.mysql.tls, MysqlTls::kVerify);
  EXPECT_EQ(config.smtp.host, "mail");
  EXPECT_EQ(config.smtp.port, 25);
  EXPECT_EQ(config.smtp.security, SmtpSecurity::kNone);
  EXPECT_EQ(config.smtp.from, "from@example.org");
  EXPECT_EQ(config.smtp.user, "from@example.org");
  EXPECT_EQ(config.smtp.password, Secret("sp"));
  EXPECT_THAT(config.smtp.to, ElementsAre("a@example.org", "b@example.org"));
  EXPECT_EQ(config.ca_file, "/dev/null");
  EXPECT_EQ(config.mysql.ca_file, "/dev/null");
  EXPECT_EQ(config.processor.window, 7s);
  EXPECT_EQ(config.processor.first_read, 5min);
  EXPECT_EQ(config.rules[0].expr, "error_rate > 0.25");
  EXPECT_EQ(config.aggregator.interval, 250ms);
  EXPECT_EQ(config.processor.interval, 250ms);
  EXPECT_EQ(config.alerting.interval, 250ms);
  EXPECT_EQ(config.state_dir, "/var/tmp/state");
}

TEST_F(EnvironmentTest, AnEmptyVariableCountsAsUnset) {
  const LoadedConfig loaded =
      Load("[mysql]\nuser = \"file\"\n", {{"MYSQL_USER", ""}, {"MYSQL_PORT", ""}});
  EXPECT_EQ(loaded.config.mysql.user, "file");
  EXPECT_EQ(loaded.config.mysql.hosts[0].port, 3306);
}

TEST_F(EnvironmentTest, BadValuesAreRefusedByName) {
  EXPECT_EQ(Refusal("", {{"MYSQL_PORT", "abc"}}),
            "MYSQL_PORT: found \"abc\", expected a port from 1 to 65535");
  EXPECT_EQ(Refusal("", {{"CORRELATION_WINDOW_SECONDS", "1.5"}}),
            "CORRELATION_WINDOW_SECONDS: found \"1.5\", expected a whole number of seconds, from 0s"
            " to 1d");
  EXPECT_EQ(Refusal("", {{"POLL_INTERVAL_SECONDS", "0.1"}}),
            "POLL_INTERVAL_SECONDS: found \"0.1\", expected a number of seconds, from 200ms to 1h");
  EXPECT_EQ(Refusal("", {{"ERROR_RATE_THRESHOLD", "50%"}}),
            "ERROR_RATE_THRESHOLD: found \"50%\", expected a number from 0 to 1");
  for (const char* number : {"nan", "inf", "-1", "1e300", "x", " 1"}) {
    EXPECT_FALSE(TryLoad("", {{"POLL_INTERVAL_SECONDS", number}}).has_value()) << number;
    EXPECT_FALSE(TryLoad("", {{"DATA_FETCH_INTERVAL_MINUTES", number}}).has_value()) << number;
  }
  EXPECT_FALSE(TryLoad("", {{"ERROR_RATE_THRESHOLD", "nan"}}).has_value());
}

TEST_F(EnvironmentTest, EveryVariableMayBeAFile) {
  const std::string user = Write("user", "monitor\n");
  const std::string hosts = Write("hosts", "10084,10085\r\n");
  const std::string rate = Write("rate", "0.125");
  const LoadedConfig loaded = Load("", {{"MYSQL_USER_FILE", user},
                                        {"ZABBIX_HOSTID_FILE", hosts},
                                        {"ERROR_RATE_THRESHOLD_FILE", rate}});
  EXPECT_EQ(loaded.config.mysql.user, "monitor");
  EXPECT_THAT(loaded.config.applications[0].zabbix_hosts, ElementsAre("10084", "10085"));
  EXPECT_EQ(loaded.config.rules[0].expr, "error_rate > 0.125");
  EXPECT_EQ(FindOrigin(loaded, "mysql.user")->detail, "MYSQL_USER_FILE");
}

TEST_F(EnvironmentTest, ANameAndItsFileExcludeEachOther) {
  const std::string file = Write("password", "x\n");
  EXPECT_THAT(Refusal("", {{"MYSQL_PASSWORD", "a"}, {"MYSQL_PASSWORD_FILE", file}}),
              HasSubstr("MYSQL_PASSWORD_FILE: given as a value and as a file"));
  EXPECT_EQ(Load("", {{"MYSQL_PASSWORD", ""}, {"MYSQL_PASSWORD_FILE", file}}).config.mysql.password,
            Secret("x"));
}

TEST_F(EnvironmentTest, AHigherLayersFileReplacesALowerLayersValue) {
  const std::string file = Write("password", "from-environment\n");
  EXPECT_EQ(Load("[mysql]\npassword = \"from-file\"\n", {{"MYSQL_PASSWORD_FILE", file}})
                .config.mysql.password,
            Secret("from-environment"));
  EXPECT_EQ(Load("[mysql]\npassword_file = \"password\"\n", {{"MYSQL_PASSWORD", "direct"}})
                .config.mysql.password,
            Secret("direct"));
}

TEST_F(EnvironmentTest, CaFileHasNoTwin) {
  EXPECT_EQ(Load("", {{"CA_FILE_FILE", "/nowhere"}}).config.ca_file, "");
}

TEST_F(EnvironmentFileTest, ReadsLinesByItsRules) {
  Write(".env",
        "# a comment\n"
        "\n"
        "   \n"
        "MYSQL_USER=plain\n"
        "export MYSQL_DATABASE=exported\n"
        "MYSQL_PASSWORD='single # \"quoted\"'\n"
        "ZABBIX_USER=\"double\"\n"
        "ZABBIX_PASSWORD=a=b#c $HOME \\n \"\n"
        "SMTP_EMAIL_PASSWORD=\"mixed'\r\n"
        "OTHER_PROGRAMS_SETTING=1\n"
        "SMTP_EMAIL_ADDRESS=a@example.org");
  const LoadedConfig loaded = Load("");
  EXPECT_EQ(loaded.config.mysql.user, "plain");
  EXPECT_EQ(loaded.config.mysql.database, "exported");
  EXPECT_EQ(loaded.config.mysql.password, Secret("single # \"quoted\""));
  EXPECT_EQ(loaded.config.zabbix.user, "double");
  EXPECT_EQ(loaded.config.zabbix.password, Secret("a=b#c $HOME \\n \""));
  EXPECT_EQ(loaded.config.smtp.password, Secret("\"mixed'"));
  EXPECT_EQ(loaded.config.smtp.from, "a@example.org");
  EXPECT_THAT(loaded.warnings, IsEmpty());
  EXPECT_EQ(FindOrigin(loaded, "mysql.user")->detail, "MYSQL_USER in .env:4");
}

TEST_F(EnvironmentFileTest, TheRealEnvironmentBeatsIt) {
  Write(".env", "MYSQL_USER=from-file\nMYSQL_DATABASE=from-file\n");
  const Config config = Load("", {{"MYSQL_USER", "real"}}).config;
  EXPECT_EQ(config.mysql.user, "real");
  EXPECT_EQ(config.mysql.database, "from-file");
}

TEST_F(EnvironmentFileTest, BeatsTheConfigurationFile) {
  Write(".env", "MYSQL_USER=from-env\n");
  EXPECT_EQ(Load("[mysql]\nuser = \"from-toml\"\n").config.mysql.user, "from-env");
}

TEST_F(EnvironmentFileTest, ANamedFileReplacesTheDefaultOne) {
  Write(".env", "MYSQL_USER=default\n");
  options_.env_file = Write("other.env", "MYSQL_DATABASE=other\n");
  const Config config = Load("").config;
  EXPECT_EQ(config.mysql.user, "");
  EXPECT_EQ(config.mysql.database, "other");
}

TEST_F(EnvironmentFileTest, ANamedFileMustExist) {
  options_.env_file = "nowhere.env";
  EXPECT_EQ(Refusal(""), "nowhere.env cannot be read: No such file or directory");
}

TEST_F(EnvironmentFileTest, ADirectoryOfThatNameIsNoneOfOurs) {
  std::filesystem::create_directory(".env");
  EXPECT_THAT(Load("").warnings, IsEmpty());
}

TEST_F(EnvironmentFileTest, RelativePathsStartAtIt) {
  Write("etc/password", "hunter2\n");
  options_.env_file = Write("etc/env", "MYSQL_PASSWORD_FILE=password\n");
  EXPECT_EQ(Load("").config.mysql.password, Secret("hunter2"));
}

TEST_F(EnvironmentFileTest, MayNameTheConfigurationFile) {
  Write(".env", "MONITORING_CONFIG=other.toml\n");
  Write("other.toml", "[mysql]\nuser = \"other\"\n");
  options_.environment = Environment{{"HOME", "/"}};
  EXPECT_EQ(LoadConfig(options_).value().config.mysql.user, "other");
}

TEST_F(EnvironmentFileTest, NamesTheConfigurationFileFromItsOwnPlace) {
  options_.env_file = Write("etc/env", "MONITORING_CONFIG=m.toml\n");
  Write("etc/m.toml", "[mysql]\nuser = \"beside\"\n");
  options_.environment = Environment{{"HOME", "/"}};
  EXPECT_EQ(LoadConfig(options_).value().config.mysql.user, "beside");
}

TEST_F(EnvironmentFileTest, LinesOfAnotherShapeAreSkippedWithAWarning) {
  Write(".env", "MYSQL_PASSWORD hunter2\nMYSQL_USER = monitor\n");
  const LoadedConfig loaded = Load("");
  EXPECT_EQ(loaded.config.mysql.user, "");
  EXPECT_THAT(loaded.warnings,
              ElementsAre(".env:1 is skipped: expected NAME=value, no blanks before the =",
                          ".env:2 is skipped: expected NAME=value, no blanks before the ="));
}

TEST_F(AlternativesTest, BothInOneLayerAreRefused) {
  EXPECT_EQ(Refusal("", {{"ZABBIX_TOKEN", "t"}, {"ZABBIX_USER", "u"}, {"ZABBIX_PASSWORD", "p"}}),
            "ZABBIX_USER: excludes zabbix.token, choose one\n"
            "ZABBIX_PASSWORD: excludes zabbix.token, choose one");
  EXPECT_EQ(Refusal("[mysql]\nsocket = \"/s\"\nhosts = [\"db\"]\n"),
            "monitoring.toml:3: mysql.hosts: excludes mysql.socket, choose one");
  EXPECT_EQ(Refusal("[smtp]\nhost = \"mail\"\nmaildir = \"/m\"\n"),
            "monitoring.toml:3: smtp.maildir: excludes smtp.host, choose one");
  EXPECT_EQ(Refusal("", {{"MYSQL_SOCKET", "/s"}, {"MYSQL_HOST", "db"}}),
            "MYSQL_SOCKET: excludes mysql.hosts, choose one");
  EXPECT_EQ(Refusal("[mysql]\npassword = \"a\"\npassword_file = \"b\"\n"),
            "monitoring.toml:3: mysql.password: given as a value and as a file, or twice");
}

TEST_F(AlternativesTest, AHigherLayerReplacesTheWholeGroup) {
  const Config login =
      Load("[zabbix]\ntoken = \"t\"\n", {{"ZABBIX_USER", "u"}, {"ZABBIX_PASSWORD", "p"}}).config;
  EXPECT_TRUE(login.zabbix.token.empty());
  EXPECT_EQ(login.zabbix.user, "u");

  const LoadedConfig token =
      Load("[zabbix]\nuser = \"u\"\npassword = \"p\"\n", {{"ZABBIX_TOKEN", "t"}});
  EXPECT_EQ(token.config.zabbix.user, "");
  EXPECT_TRUE(token.config.zabbix.password.empty());
  EXPECT_EQ(FindOrigin(token, "zabbix.user"), nullptr);

  EXPECT_EQ(Load("[mysql]\nsocket = \"/s\"\n", {{"MYSQL_HOST", "db"}}).config.mysql.socket, "");
  const LoadedConfig socket = Load("[mysql]\nhosts = [\"db\"]\n", {{"MYSQL_SOCKET", "/s"}});
  EXPECT_EQ(socket.config.mysql.socket, "/s");
  EXPECT_EQ(FindOrigin(socket, "mysql.hosts"), nullptr);

  EXPECT_EQ(Load("[smtp]\nmaildir = \"/m\"\n", {{"SMTP_SERVER_HOST", "mail"}}).config.smtp.maildir,
            "");
}

TEST_F(AlternativesTest, TheRealEnvironmentIsALayerAboveItsFile) {
  Write(".env", "ZABBIX_TOKEN=t\n");
  const Config config = Load("", {{"ZABBIX_USER", "u"}, {"ZABBIX_PASSWORD", "p"}}).config;
  EXPECT_TRUE(config.zabbix.token.empty());
  EXPECT_EQ(config.zabbix.user, "u");
}

TEST_F(AlternativesTest, AUserOfTheFileGoesWithAPasswordOfTheEnvironment) {
  const Config config = Load("[zabbix]\nuser = \"u\"\n", {{"ZABBIX_PASSWORD", "p"}}).config;
  EXPECT_EQ(config.zabbix.user, "u");
  EXPECT_EQ(config.zabbix.password, Secret("p"));
}

TEST_F(AlternativesTest, APasswordNeedsItsUser) {
  EXPECT_EQ(Refusal("", {{"ZABBIX_PASSWORD", "p"}}),
            "ZABBIX_PASSWORD: zabbix.password: expected zabbix.user beside it");
}

TEST_F(MysqlServersTest, APortGoesToServersWithoutOne) {
  EXPECT_EQ(Load("", {{"MYSQL_HOST", "a, b:3307 ,[::1],[::2]:3308"}, {"MYSQL_PORT", "3310"}})
                .config.mysql.hosts,
            (std::vector<HostPort>{{"a", 3310}, {"b", 3307}, {"::1", 3310}, {"::2", 3308}}));
}

TEST_F(MysqlServersTest, APortAloneMovesTheServersBelow) {
  const LoadedConfig alone = Load("", {{"MYSQL_PORT", "3310"}});
  EXPECT_EQ(alone.config.mysql.hosts, (std::vector<HostPort>{{"127.0.0.1", 3310}}));
  EXPECT_EQ(FindOrigin(alone, "mysql.hosts")->detail, "MYSQL_PORT");
  EXPECT_EQ(Load("[mysql]\nhosts = [\"db:3306\"]\n", {{"MYSQL_PORT", "3310"}}).config.mysql.hosts,
            (std::vector<HostPort>{{"db", 3310}}));
}

TEST_F(MysqlServersTest, HostAndPortMayComeFromBothEnvironments) {
  Write(".env", "MYSQL_PORT=3310\n");
  EXPECT_EQ(Load("", {{"MYSQL_HOST", "db"}}).config.mysql.hosts,
            (std::vector<HostPort>{{"db", 3310}}));
}

TEST_F(MysqlServersTest, APortBesideASocketIsIgnoredWithAWarning) {
  const LoadedConfig loaded = Load("[mysql]\nsocket = \"/s\"\n", {{"MYSQL_PORT", "3310"}});
  EXPECT_THAT(loaded.warnings, ElementsAre("MYSQL_PORT is ignored beside a socket"));
  EXPECT_EQ(loaded.config.mysql.socket, "/s");
}

TEST_F(MysqlServersTest, ASocketCannotBeVerified) {
  EXPECT_EQ(Refusal("[mysql]\nsocket = \"/s\"\n", {{"MYSQL_TLS", "verify"}}),
            "MYSQL_TLS: mysql.tls: \"verify\" and a socket exclude each other: a socket has no host"
            " name to verify");
}

TEST_F(MailLoginTest, SecurityFollowsThePort) {
  EXPECT_EQ(Load("", {{"SMTP_SERVER_PORT", "465"}}).config.smtp.security, SmtpSecurity::kTls);
  EXPECT_EQ(Load("", {{"SMTP_SERVER_PORT", "25"}}).config.smtp.security, SmtpSecurity::kStarttls);
  EXPECT_EQ(Load("[smtp]\nport = 465\nsecurity = \"none\"\n").config.smtp.security,
            SmtpSecurity::kNone);
}

TEST_F(MailLoginTest, TheSenderIsTheLoginWhereNoUserIsNamed) {
  EXPECT_EQ(Load("[smtp]\nfrom = \"a@x.org\"\npassword = \"p\"\n").config.smtp.user, "a@x.org");
  EXPECT_EQ(Load("[smtp]\nfrom = \"a@x.org\"\nuser = \"key\"\npassword = \"p\"\n").config.smtp.user,
            "key");
  EXPECT_EQ(Load("[smtp]\nfrom = \"a@x.org\"\n").config.smtp.user, "") << "no password, no login";
}

TEST_F(MailLoginTest, AddressAndPasswordOfTheEnvironmentAreALogin) {
  const std::string file = "[smtp]\nuser = \"key\"\nfrom = \"a@x.org\"\npassword = \"p\"\n";
  const Config both =
      Load(file, {{"SMTP_EMAIL_ADDRESS", "b@x.org"}, {"SMTP_EMAIL_PASSWORD", "q"}}).config;
  EXPECT_EQ(both.smtp.user, "b@x.org");
  EXPECT_EQ(Load(file, {{"SMTP_EMAIL_PASSWORD", "q"}}).config.smtp.user, "key");
  EXPECT_EQ(Load(file, {{"SMTP_EMAIL_ADDRESS", "b@x.org"}}).config.smtp.user, "key");
}

TEST_F(SecretFileTest, HoldsOneLine) {
  Write("secret", " hunter2 \r\n");
  EXPECT_EQ(Load("[mysql]\npassword_file = \"secret\"\n").config.mysql.password,
            Secret(" hunter2 "));
}

TEST_F(SecretFileTest, EverySecretHasOne) {
  Write("s", "hunter2\n");
  const Config config = Load(R"(
[mysql]
password_file = "s"
admin_user = "root"
admin_password_file = "s"
[zabbix]
token_file = "s"
[smtp]
password_file = "s"
[[application]]
name = "a"
url = "http://a/"
headers = { "X-Key_file" = "s" }
basic_user = "u"
basic_password_file = "s"
[[application]]
name = "b"
url = "http://b/"
bearer_token_file = "s"
)")
                            .config;
  const Secret expected("hunter2");
  EXPECT_EQ(config.mysql.password, expected);
  EXPECT_EQ(config.mysql.admin_password, expected);
  EXPECT_EQ(config.zabbix.token, expected);
  EXPECT_EQ(config.smtp.password, expected);
  ASSERT_EQ(config.applications[0].headers.size(), 1U);
  EXPECT_EQ(config.applications[0].headers[0].first, "X-Key");
  EXPECT_EQ(config.applications[0].headers[0].second, expected);
  EXPECT_EQ(config.applications[0].basic_password, expected);
  EXPECT_EQ(config.applications[1].bearer_token, expected);
}

TEST_F(SecretFileTest, WhatCannotBeReadIsRefused) {
  EXPECT_THAT(Refusal("[mysql]\npassword_file = \"nowhere\"\n"),
              HasSubstr("mysql.password_file: " + Path("nowhere") +
                        " cannot be read: No such file or directory"));
  EXPECT_THAT(Refusal("", {{"MYSQL_PASSWORD_FILE", "/"}}), HasSubstr("Is a directory"));
  EXPECT_THAT(Refusal("", {{"MYSQL_PASSWORD_FILE", "/dev/null"}}), HasSubstr("is empty"));
  EXPECT_THAT(Refusal("[mysql]\npassword_file = 5\n"),
              HasSubstr("mysql.password_file: found an integer, expected the path of a file"));
}

TEST_F(SecretFileTest, MoreThanALineIsRefusedWithoutQuotingIt) {
  Write("secret", "hunter2\nsecond\n");
  const std::string refusal = Refusal("[mysql]\npassword_file = \"secret\"\n");
  EXPECT_THAT(refusal, HasSubstr("holds more than one line"));
  EXPECT_THAT(refusal, Not(HasSubstr("hunter2")));
}

TEST_F(SecretFileTest, OneThatEveryoneReadsIsAWarning) {
  const std::string path = Write("secret", "hunter2\n");
  const std::string file = "[mysql]\npassword_file = \"secret\"\n";
  EXPECT_THAT(Load(file).warnings, IsEmpty());
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(Load(file).warnings,
              ElementsAre("monitoring.toml:2: mysql.password_file: everyone can read " + path));
}

TEST_F(SecretFileTest, AValueThatIsNoSecretMayBeReadByEveryone) {
  const std::string path = Write("user", "monitor\n");
  std::filesystem::permissions(path, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_THAT(Load("", {{"MYSQL_USER_FILE", path}}).warnings, IsEmpty());
}

TEST_F(SecretFileTest, TheMaskOfASecretIsAWarning) {
  EXPECT_THAT(
      Load("[mysql]\npassword = \"<secret>\"\n").warnings,
      ElementsAre("monitoring.toml:2: mysql.password is the mask of a secret, not a secret"));
}

TEST_F(BuiltInTest, VariablesBesideApplicationsAreIgnoredWithAWarning) {
  const LoadedConfig loaded = Load("[[application]]\nname = \"a\"\nurl = \"http://a/\"\n",
                                   {{"HYPHENMON_URL", "http://other/"},
                                    {"ZABBIX_HOSTID", "1"},
                                    {"ERROR_RATE_THRESHOLD", "0.1"}});
  EXPECT_EQ(loaded.config.applications[0].url, "http://a/");
  EXPECT_THAT(loaded.config.applications[0].zabbix_hosts, IsEmpty());
  EXPECT_EQ(loaded.config.rules[0].expr, "error_rate > 0.1");
  EXPECT_THAT(loaded.warnings, ElementsAre("HYPHENMON_URL is ignored beside [[application]]",
                                           "ZABBIX_HOSTID is ignored beside [[application]]"));
}

TEST_F(BuiltInTest, TheThresholdBesideRulesIsIgnoredWithAWarning) {
  const LoadedConfig loaded = Load("[[rule]]\nname = \"a\"\nexpr = \"error_rate > 0.9\"\n",
                                   {{"ERROR_RATE_THRESHOLD", "0.1"}});
  EXPECT_EQ(loaded.config.rules[0].expr, "error_rate > 0.9");
  EXPECT_THAT(loaded.warnings, ElementsAre("ERROR_RATE_THRESHOLD is ignored beside [[rule]]"));
}

TEST_F(StateDirTest, FollowsItsChain) {
  std::filesystem::remove(Path("monitoring.toml"));
  const bool installed = std::filesystem::is_directory("/var/lib/monitoring-platform");
  const auto state = [this](const Environment& environment) {
    return Load("", environment).config.state_dir;
  };
  EXPECT_EQ(state({{"MONITORING_STATE_DIR", "/a"}, {"STATE_DIRECTORY", "/b"}}), "/a");
  EXPECT_EQ(state({{"STATE_DIRECTORY", "/b:/c"}, {"XDG_STATE_HOME", "/x"}}), "/b");
  if (installed) return;  // as the chain says, it would win from here on
  EXPECT_EQ(state({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}), "/x/monitoring-platform");
  EXPECT_EQ(state({{"HOME", "/h"}}), "/h/.local/state/monitoring-platform");
  EXPECT_EQ(state({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}}),
            "/h/.local/state/monitoring-platform");
}

TEST_F(StateDirTest, LoadingCreatesNothing) {
  Load("state_dir = \"state\"\n");
  EXPECT_FALSE(std::filesystem::exists("state"));
}

}  // namespace
}  // namespace mon::test
