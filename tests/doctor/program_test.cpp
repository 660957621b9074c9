// The real program against real servers, well and broken.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "alerting-system/mail_server.h"
#include "data_aggregator/spool.h"
#include "rights.h"
#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Environment = std::map<std::string, std::string>;

class DoctorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    mail_ = std::make_unique<MailServer>();
    application_ = std::make_unique<Hyphenmon>(std::vector<std::string>{"--seed", "7"});
  }
  static void TearDownTestSuite() {
    mail_.reset();
    application_.reset();
  }
  void SetUp() override { mail_->Reset(); }

  /// Everything well.
  [[nodiscard]] Environment Well() const {
    Environment environment = database_.Environment(Account::kAggregator);
    environment["HYPHENMON_URL"] = application_->Url();
    environment["SMTP_SERVER_HOST"] = "127.0.0.1";
    environment["SMTP_SERVER_PORT"] = mail_->Fact("starttls_port");
    environment["SMTP_EMAIL_ADDRESS"] = mail_->Fact("user");
    environment["SMTP_EMAIL_PASSWORD"] = mail_->Fact("password");
    environment["RECIPIENT_EMAIL_ADDRESS"] = "oncall@example.test";
    environment["CA_FILE"] = mail_->Fact("ca");
    return environment;
  }

  [[nodiscard]] Environment ZabbixOutOfReach() const {
    Environment environment = Well();
    environment["ZABBIX_URL"] = fmt::format("http://127.0.0.1:{}/api_jsonrpc.php", UnusedPort());
    return environment;
  }

  /// In a directory of its own: no monitoring.toml of the one who runs the tests.
  [[nodiscard]] Finished Run(const Environment& environment, const std::string& arguments) const {
    return test::Run({"/bin/sh", "-c",
                      fmt::format("cd {} && exec {} doctor {}", directory_.Path(),
                                  Program("data-aggregator"), arguments)},
                     environment);
  }

  /// The report; no secret is in it.
  json Examine(const Environment& environment, int exit_code, const std::string& arguments = "") {
    const Finished run = Run(environment, "--format json " + arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.out << run.err;
    for (const auto& [name, value] : environment)
      if (name.ends_with("PASSWORD")) {
        EXPECT_THAT(run.out + run.err, Not(HasSubstr(value)));
      }
    return json::parse(run.out);
  }

  /// The findings of a group (and subject), one a line: "failed: text -> remedy".
  static std::string Of(const json& report, const std::string& group,
                        const std::string& subject = "") {
    std::string lines;
    for (const json& finding : report.at("findings"))
      if (finding["group"] == group && (subject.empty() || finding["subject"] == subject))
        lines +=
            fmt::format("{}: {} -> {}\n", finding["status"].get<std::string>(),
                        finding["text"].get<std::string>(), finding["remedy"].get<std::string>());
    return lines;
  }

  [[nodiscard]] std::string Server() const {
    return fmt::format("127.0.0.1:{}", database_.Server().Port());
  }

  [[nodiscard]] std::string Write(const std::string& name, const std::string& text,
                                  fs::perms mode = fs::perms::owner_read) const {
    std::string path = directory_.Path() + "/" + name;
    std::ofstream(path) << text;
    fs::permissions(path, mode);
    return path;
  }

  static std::unique_ptr<MailServer> mail_;
  static std::unique_ptr<Hyphenmon> application_;
  TestDatabase database_;
  TemporaryDirectory directory_;
};

std::unique_ptr<MailServer> DoctorTest::mail_;
std::unique_ptr<Hyphenmon> DoctorTest::application_;

TEST_F(DoctorTest, FindsNothingWrongWhereAllIsWell) {
  const json report = Examine(Well(), 0);
  EXPECT_TRUE(report["ok"].get<bool>());
  EXPECT_EQ(report["warnings"], 0) << report.dump(2);
  EXPECT_THAT(Of(report, "applications", "hyphenmon"), HasSubstr("ok: HTTP 200 in "));
  EXPECT_THAT(Of(report, "mysql", Server()), HasSubstr("lets \"" + database_.Name()));
  EXPECT_THAT(Of(report, "mysql", "schema"), HasSubstr("ok: version "));
  EXPECT_THAT(Of(report, "mysql", "rights"), HasSubstr("ok: "));
  EXPECT_THAT(Of(report, "mysql", "leases"), HasSubstr("none is held"));
  EXPECT_THAT(Of(report, "mysql", "outbox"), HasSubstr("no mail waits"));
  EXPECT_THAT(Of(report, "mysql", "admin account"), HasSubstr("may migrate"));
  EXPECT_THAT(Of(report, "mail"), HasSubstr("answers, STARTTLS, lets " + mail_->Fact("user")));
  EXPECT_THAT(Of(report, "state_directory", "spool"), HasSubstr("empty"));
  EXPECT_THAT(Of(report, "clock"), HasSubstr("ok: within 5 s of " + Server()));
}

TEST_F(DoctorTest, ChangesNothing) {
  (void)Examine(Well(), 0);
  EXPECT_TRUE(mail_->Mails().empty());
  EXPECT_TRUE(fs::is_empty(database_.StateDirectory()));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM sources"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT SUM(token) FROM leases WHERE name <> 'migration'"), "0");
}

TEST_F(DoctorTest, PrintsATableForPeople) {
  const Finished run = Run(Well(), "");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, AllOf(HasSubstr("MySQL\n  ok       "), HasSubstr(", 0 failed\n"),
                             Not(HasSubstr("\x1b"))));
}

TEST_F(DoctorTest, NamesADatabaseServerThatIsDownAndLooksAtTheRest) {
  Environment environment = Well();
  environment["MYSQL_PORT"] = std::to_string(UnusedPort());
  const json report = Examine(environment, 1);
  EXPECT_THAT(Of(report, "mysql", "127.0.0.1:" + environment["MYSQL_PORT"]),
              AllOf(HasSubstr("failed: "), HasSubstr("does the server run")));
  EXPECT_THAT(Of(report, "mysql", database_.Name()), HasSubstr("no server can be used"));
  EXPECT_EQ(Of(report, "mysql", "admin account"), "");
  EXPECT_THAT(Of(report, "mail"), HasSubstr("ok: "));
  EXPECT_THAT(Of(report, "applications"), HasSubstr("ok: "));
}

TEST_F(DoctorTest, OfSeveralServersNamesTheOneThatIsDown) {
  Environment environment = Well();
  const std::string dead = fmt::format("127.0.0.1:{}", UnusedPort());
  environment["MYSQL_HOST"] = dead + "," + Server();
  const json report = Examine(environment, 1);
  EXPECT_THAT(Of(report, "mysql", dead), HasSubstr("failed: "));
  EXPECT_THAT(Of(report, "mysql", Server()), HasSubstr("ok: "));
  EXPECT_THAT(Of(report, "mysql", "schema"), HasSubstr("ok: "));
}

TEST_F(DoctorTest, NamesAWrongPassword) {
  Environment environment = Well();
  environment["MYSQL_PASSWORD"] = "not-the-Password.1";
  const json report = Examine(environment, 1);
  EXPECT_THAT(Of(report, "mysql", Server()),
              AllOf(HasSubstr("failed: Access denied"), HasSubstr("-> check MYSQL_USER")));
}

TEST_F(DoctorTest, NamesAnUnencryptedServer) {
  Environment environment = Well();
  environment["MYSQL_TLS"] = "verify";
  environment["CA_FILE"] = database_.Server().CaFile();
  EXPECT_THAT(Of(Examine(environment, 1), "mysql", Server()), HasSubstr("TLS verified"));
  environment["CA_FILE"] = mail_->Fact("ca");
  EXPECT_THAT(Of(Examine(environment, 1), "mysql", Server()),
              AllOf(HasSubstr("failed: "), HasSubstr("tls_ca of [mysql]")));
}

TEST_F(DoctorTest, NamesADatabaseThatIsNotThere) {
  Environment environment = Well();
  environment["MYSQL_DATABASE"] = "nowhere";
  const MysqlConfig root = database_.Server().Config(Account::kRoot, "nowhere");
  environment["MYSQL_USER"] = root.user;
  environment["MYSQL_PASSWORD"] = root.password.Reveal();
  const json report = Examine(environment, 1);
  EXPECT_THAT(Of(report, "mysql", Server()), HasSubstr("ok: "));
  EXPECT_THAT(Of(report, "mysql", "nowhere"),
              AllOf(HasSubstr("failed: "), HasSubstr("Unknown database"), HasSubstr("create it")));
}

TEST_F(DoctorTest, NamesTablesThatAreMissingOrOfAnotherVersion) {
  database_.Execute("UPDATE schema_version SET minor = 0");
  EXPECT_THAT(Of(Examine(Well(), 1), "mysql", "schema"),
              AllOf(HasSubstr("failed: "), HasSubstr("version 1.0"), HasSubstr("--migrate")));
  database_.Execute("INSERT INTO schema_version (step, major, minor) VALUES (900, 9, 0)");
  EXPECT_THAT(Of(Examine(Well(), 1), "mysql", "schema"),
              AllOf(HasSubstr("version 9.0"), HasSubstr("newer release")));
  database_.Execute("DROP TABLE schema_version");
  EXPECT_THAT(Of(Examine(Well(), 1), "mysql", "schema"),
              AllOf(HasSubstr("failed: "), HasSubstr("run data-aggregator --migrate")));
}

TEST_F(DoctorTest, NamesEachRightThatTheAccountLacks) {
  for (const auto& table : data_aggregator::doctor::AggregatorRights()) {
    for (const std::string& right : table.rights) {
      const std::string on = fmt::format("{} ON {}.{}", right, database_.Name(), table.table);
      const std::string account = fmt::format("'{}_aggregator'@'%'", database_.Name());
      database_.Execute(fmt::format("REVOKE {} FROM {}", on, account));
      EXPECT_THAT(Of(Examine(Well(), 1), "mysql", "rights"),
                  AllOf(HasSubstr(fmt::format("lacks {} on {} ->", right, table.table)),
                        HasSubstr(fmt::format("GRANT {} TO {}", on, account))));
      database_.Execute(fmt::format("GRANT {} TO {}", on, account));
    }
  }
  EXPECT_THAT(Of(Examine(Well(), 0), "mysql", "rights"), HasSubstr("ok: "));
}

TEST_F(DoctorTest, NamesAnAccountWithoutAnyRight) {
  database_.Execute(fmt::format("REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{}_aggregator'@'%'",
                                database_.Name()));
  const json report = Examine(Well(), 1);
  EXPECT_THAT(Of(report, "mysql", Server()), HasSubstr("ok: "));
  EXPECT_THAT(
      Of(report, "mysql", database_.Name()),
      AllOf(HasSubstr("failed: "), HasSubstr("Access denied"), HasSubstr("sql/accounts.sql")));
}

TEST_F(DoctorTest, NamesWhatTheAdminAccountLacks) {
  database_.Execute(fmt::format("REVOKE ALTER ON {0}.* FROM '{0}_admin'@'%'", database_.Name()));
  EXPECT_THAT(Of(Examine(Well(), 1), "mysql", "admin account"),
              AllOf(HasSubstr("failed: "), HasSubstr("lacks ALTER on")));
  Environment environment = Well();
  environment.erase("MYSQL_ADMIN_USER");
  environment.erase("MYSQL_ADMIN_PASSWORD");
  EXPECT_THAT(Of(Examine(environment, 0), "mysql", "admin account"),
              AllOf(HasSubstr("warning: "), HasSubstr("set MYSQL_ADMIN_USER")));
}

TEST_F(DoctorTest, TellsLeasesAndMailsThatStandStill) {
  database_.Execute(
      "UPDATE leases SET owner_host = 'db-9', owner_pid = 77, acquired_at = NOW(3),"
      " expires_at = NOW(3) + INTERVAL 1 MINUTE WHERE name = 'aggregator'");
  database_.Execute(
      "INSERT INTO notifications (id, kind, dedup_key, subject, body_text, body_html, thread_key)"
      " VALUES (1, 'problem', 'a', 's', 't', 'h', 'k')");
  database_.Execute(
      "INSERT INTO notification_recipients (notification_id, recipient, status, next_attempt_at)"
      " VALUES (1, 'a@example.test', 'queued', NOW(3) - INTERVAL 1 HOUR),"
      " (1, 'b@example.test', 'dead', NULL)");
  const json report = Examine(Well(), 0);
  EXPECT_THAT(Of(report, "mysql", "leases"), HasSubstr("ok: aggregator: host db-9, pid 77, since"));
  EXPECT_THAT(Of(report, "mysql", "outbox"),
              AllOf(HasSubstr("1 mails could not be delivered"), HasSubstr("since 60 min")));
}

TEST_F(DoctorTest, NamesApplicationsThatDoNotAnswerWell) {
  const Hyphenmon garbage({"--scenario", Hyphenmon::StoryOf(directory_, "wrong_types")});
  const Hyphenmon broken({"--scenario", Hyphenmon::StoryOf(directory_, "http_500")});
  const Hyphenmon slow({"--scenario", Hyphenmon::StoryOf(directory_, "sample", 60'000)});
  const std::string file = Write(
      "monitoring.toml",
      fmt::format("[[application]]\nname = \"dead\"\nurl = \"http://127.0.0.1:{}/metrics\"\n"
                  "[[application]]\nname = \"garbage\"\nurl = \"{}\"\n"
                  "[[application]]\nname = \"broken\"\nurl = \"{}\"\n"
                  "[[application]]\nname = \"slow\"\nurl = \"{}\"\ntimeout = \"1s\"\n"
                  "[[application]]\nname = \"well\"\nurl = \"{}\"\n",
                  UnusedPort(), garbage.Url(), broken.Url(), slow.Url(), application_->Url()));
  Environment environment = Well();
  environment.erase("HYPHENMON_URL");
  const json report = Examine(environment, 1, "--config " + file);
  EXPECT_THAT(Of(report, "applications", "dead"),
              AllOf(HasSubstr("failed: "), HasSubstr("Connection refused"), HasSubstr("curl -i")));
  EXPECT_THAT(Of(report, "applications", "garbage"),
              AllOf(HasSubstr("/timestamp is a string"), HasSubstr("set fields")));
  EXPECT_THAT(Of(report, "applications", "broken"), HasSubstr("failed: HTTP 500"));
  EXPECT_THAT(Of(report, "applications", "slow"), HasSubstr("failed: "));
  EXPECT_THAT(Of(report, "applications", "well"), HasSubstr("ok: HTTP 200"));
}

TEST_F(DoctorTest, NamesAZabbixThatIsOutOfReach) {
  Environment environment = ZabbixOutOfReach();
  environment["ZABBIX_TOKEN"] = std::string(64, 'c');
  const json report = Examine(environment, 1);
  EXPECT_THAT(Of(report, "zabbix"), AllOf(HasSubstr("failed: "), HasSubstr("Connection refused"),
                                          HasSubstr("zabbix.url")));
  EXPECT_THAT(report.dump(), Not(HasSubstr("cccc")));
  EXPECT_THAT(Of(report, "mysql", "partitions"), HasSubstr("ok: zabbix_history has 7 days ahead"));
  EXPECT_THAT(Of(report, "mysql", "buffer pool"), HasSubstr("ok: "));
}

TEST_F(DoctorTest, NamesPartitionsThatAreMissing) {
  database_.Execute("ALTER TABLE zabbix_history REMOVE PARTITIONING");
  database_.Execute(
      "ALTER TABLE zabbix_history PARTITION BY RANGE (clock)"
      " (PARTITION p_ahead VALUES LESS THAN MAXVALUE)");
  EXPECT_THAT(Of(Examine(ZabbixOutOfReach(), 1), "mysql", "partitions"),
              AllOf(HasSubstr("warning: "), HasSubstr("--migrate")));
}

TEST_F(DoctorTest, NamesABufferPoolThatIsSmallForTheItems) {
  database_.Execute("INSERT INTO zabbix_hosts (hostid, host, name) VALUES (1, 'web-1', '')");
  database_.Execute(
      "INSERT INTO zabbix_items (itemid, hostid, item_key, name, value_type, lastclock)"
      " SELECT seq, 1, CONCAT('key', seq), '', 0, 1750000000 FROM seq_1_to_100000");
  const auto two_pages_each = std::stod(database_.QueryOne("SELECT 2e5 * @@innodb_page_size"));
  const std::string size = fmt::format("{:.1f} GiB", two_pages_each / (1U << 30U));
  EXPECT_THAT(Of(Examine(ZabbixOutOfReach(), 1), "mysql", "buffer pool"),
              AllOf(HasSubstr("warning: "), HasSubstr("100000 items"),
                    HasSubstr("innodb_buffer_pool_size to " + size)));
}

TEST_F(DoctorTest, NamesAWrongMailPassword) {
  Environment environment = Well();
  environment["SMTP_EMAIL_PASSWORD"] = "not-the-Password.1";
  EXPECT_THAT(Of(Examine(environment, 1), "mail"),
              AllOf(HasSubstr("failed: "), HasSubstr("login refused"), HasSubstr("smtp.user")));
}

TEST_F(DoctorTest, NamesABadCertificateOfTheMailServer) {
  Environment environment = Well();
  environment["SMTP_SERVER_PORT"] = mail_->Fact("wrong_name_starttls_port");
  EXPECT_THAT(Of(Examine(environment, 1), "mail"),
              AllOf(HasSubstr("certificate is not trusted"), HasSubstr("tls_ca of [smtp]")));
  environment["SMTP_SERVER_PORT"] = mail_->Fact("starttls_port");
  environment["CA_FILE"] = database_.Server().CaFile();
  EXPECT_THAT(Of(Examine(environment, 1), "mail"), HasSubstr("certificate is not trusted"));
}

TEST_F(DoctorTest, NamesAMailServerThatIsSilentOrOffersNoEncryption) {
  mail_->SetFaults(R"([{"stage": "ehlo", "action": "no-starttls"}])");
  EXPECT_THAT(Of(Examine(Well(), 1), "mail"),
              AllOf(HasSubstr("does not offer STARTTLS"), HasSubstr("465")));
  mail_->SetFaults(R"([{"stage": "connect", "action": "hang"}])");
  EXPECT_THAT(Of(Examine(Well(), 1), "mail"), HasSubstr("no answer"));
}

TEST_F(DoctorTest, WithoutAMailServerLooksAtTheMaildir) {
  Environment environment = Well();
  environment.erase("SMTP_SERVER_HOST");
  environment.erase("SMTP_SERVER_PORT");
  EXPECT_THAT(Of(Examine(environment, 0), "mail"),
              AllOf(HasSubstr("warning: no mail server is configured"), HasSubstr("will be made")));
  EXPECT_FALSE(fs::exists(database_.StateDirectory() + "/maildir"));
}

TEST_F(DoctorTest, NamesMissingRecipients) {
  Environment environment = Well();
  environment.erase("RECIPIENT_EMAIL_ADDRESS");
  EXPECT_THAT(Of(Examine(environment, 1), "mail"), HasSubstr("nobody would get the mails"));
}

// A file in the place of a directory stops root, too.
TEST_F(DoctorTest, NamesAStateDirectoryThatCannotBeUsed) {
  Environment environment = Well();
  environment["MONITORING_STATE_DIR"] = Write("state", "a file");
  EXPECT_THAT(Of(Examine(environment, 1), "state_directory", "directory"),
              AllOf(HasSubstr("failed: "), HasSubstr("Not a directory"),
                    HasSubstr("MONITORING_STATE_DIR")));
  environment["MONITORING_STATE_DIR"] += "/below";
  EXPECT_THAT(Of(Examine(environment, 1), "state_directory", "directory"),
              HasSubstr("Not a directory"));
  environment["MONITORING_STATE_DIR"] = "/proc/nowhere";
  EXPECT_THAT(Of(Examine(environment, 1), "state_directory", "directory"), HasSubstr("failed: "));
}

TEST_F(DoctorTest, TellsWhatWaitsInTheSpoolWhileARunHasIt) {
  Config config;
  config.state_dir = database_.StateDirectory();
  config.mysql.database = database_.Name();
  const TimePoint now = SystemClock().Now();
  const auto spool = data_aggregator::Spool::Open(data_aggregator::SpoolDirectory(config),
                                                  config.spool, now - std::chrono::hours(3));
  ASSERT_TRUE(spool);
  const std::vector<ApplicationSample> samples = {{.application = "shop", .timestamp = 1},
                                                  {.application = "shop", .timestamp = 2}};
  ASSERT_TRUE((*spool)->Append(samples, now - std::chrono::hours(3)));
  EXPECT_THAT(Of(Examine(Well(), 0), "state_directory", "spool"),
              AllOf(HasSubstr("warning: 2 samples"), HasSubstr("the oldest since 3 h")));
  EXPECT_EQ((*spool)->Count(), 2U);
}

TEST_F(DoctorTest, WarnsOfSecretsThatEveryoneCanRead) {
  Environment environment = Well();
  environment.erase("SMTP_EMAIL_PASSWORD");
  environment.erase("SMTP_EMAIL_ADDRESS");
  const std::string text = fmt::format("[smtp]\nfrom = \"{}\"\npassword = \"{}\"\n",
                                       mail_->Fact("user"), mail_->Fact("password"));
  constexpr auto kOpen = fs::perms::owner_read | fs::perms::others_read;
  const json open = Examine(environment, 0, "--config " + Write("open.toml", text, kOpen));
  EXPECT_THAT(Of(open, "configuration"),
              AllOf(HasSubstr("warning: everyone can read"), HasSubstr("chmod o-rwx")));
  EXPECT_THAT(open.dump(), Not(HasSubstr(mail_->Fact("password"))));
  const json closed = Examine(environment, 0, "--config " + Write("closed.toml", text));
  EXPECT_THAT(Of(closed, "configuration"), Not(HasSubstr("warning")));
  const std::string variables = Write(".env",
                                      "SMTP_EMAIL_ADDRESS=" + mail_->Fact("user") +
                                          "\nSMTP_EMAIL_PASSWORD=" + mail_->Fact("password") + "\n",
                                      kOpen);
  EXPECT_THAT(Of(Examine(environment, 0), "configuration", "permissions"), HasSubstr(".env"));
}

TEST_F(DoctorTest, CannotWorkWithoutAGoodConfigurationOrUsage) {
  EXPECT_EQ(Run(Well(), "--config nowhere.toml").exit_code, 78);
  EXPECT_EQ(Run(Well(), "--format xml").exit_code, 64);
  EXPECT_EQ(Run(Well(), "--daemon").exit_code, 64);
}

}  // namespace
}  // namespace mon::test
