#include "daemons/daemons_fixture.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <regex>
#include <thread>

namespace mon::test {

void PrintTo(const DaemonKind& kind, std::ostream* out) { *out << kind.section; }

const std::vector<DaemonKind>& AllDaemons() {
  static const std::vector<DaemonKind> kDaemons = {
      {{"data-aggregator"}, "aggregator", Account::kAggregator},
      {{"processor"}, "processor", Account::kProcessor},
      {{"alerting-system", "deliver"}, "alerting", Account::kProcessor}};
  return kDaemons;
}

DaemonsTest::DaemonsTest(const TestDatabase::Options& options)
    : database_(MariadbServer::Shared(), options) {
  Configure();
}

std::string DaemonsTest::MysqlSection(Account account) const {
  const MysqlConfig mysql = database_.Config(account);
  WriteSecret("mysql-password", mysql.password.Reveal());
  return fmt::format(
      "[mysql]\nhosts = [\"127.0.0.1:{}\"]\nuser = \"{}\"\npassword_file = \"mysql-password\"\n"
      "database = \"{}\"\n",
      mysql.hosts.at(0).port, mysql.user, mysql.database);
}

void DaemonsTest::WriteSecret(const std::string& name, const std::string& text) const {
  const std::string path = Path(name);
  std::ofstream(path) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

void DaemonsTest::Configure(const std::string& more, const std::string& mysql) {
  std::ofstream(Path("monitoring.toml"))
      << (mysql.empty() ? MysqlSection(GetParam().account) : mysql)
      << fmt::format(
             "[smtp]\nmaildir = \"mails\"\nfrom = \"monitoring@example.test\"\n"
             "to = [\"oncall@example.test\"]\n"
             "[[application]]\nname = \"shop\"\nurl = \"{}\"\n{}",
             application_.Url(), more);
}

std::unique_ptr<Background> DaemonsTest::Start(const Environment& more,
                                               const std::vector<std::string>& flags,
                                               const std::string& log_level) {
  std::vector<std::string> command = GetParam().command;
  command[0] = Program(command[0]);
  command.insert(command.end(), {"--config", Path("monitoring.toml"), "--daemon", "--interval",
                                 "200ms", "--log-level", log_level});
  command.insert(command.end(), flags.begin(), flags.end());
  Environment environment = {{"MONITORING_STATE_DIR", Path("state")}};
  environment.insert(more.begin(), more.end());
  return std::make_unique<Background>(command, environment);
}

Finished DaemonsTest::RunOnce(const DaemonKind& kind, const Environment& more) {
  std::vector<std::string> command = kind.command;
  command[0] = Program(command[0]);
  command.insert(command.end(), {"--config", Path("monitoring.toml")});
  Environment environment = {{"MONITORING_STATE_DIR", Path("state")}};
  environment.insert(more.begin(), more.end());
  return test::Run(command, environment);
}

int DaemonsTest::PortOf(const Background& daemon) {
  std::smatch found;
  std::string log;
  const bool told = Eventually([&] {
    log = daemon.ErrorText();
    return std::regex_search(log, found, std::regex("listening port=(\\d+)"));
  });
  if (!told) throw std::runtime_error("no port in: " + log);
  return std::stoi(found[1]);
}

nlohmann::json DaemonsTest::Ready(const Background& daemon) {
  return nlohmann::json::parse(Get(daemon, "/-/ready").body);
}

std::string DaemonsTest::Measured(const Background& daemon, const std::string& metric) const {
  const std::string head = "\n" + GetParam().section + "_" + metric + " ";
  const std::string text = Get(daemon, "/metrics").body;
  const auto at = text.find(head);
  if (at == std::string::npos) return {};
  const auto begin = at + head.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

testing::AssertionResult DaemonsTest::Eventually(const std::function<bool()>& condition,
                                                 std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return testing::AssertionFailure();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return testing::AssertionSuccess();
}

Finished CheckMetrics(const std::string& text) {
  return test::Run({"promtool", "check", "metrics"}, {}, text);
}

}  // namespace mon::test
