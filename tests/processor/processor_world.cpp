#include "processor/processor_world.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/clock.h"
#include "support/maildir.h"

namespace mon::test {
namespace fs = std::filesystem;

ProcessorWorld::ProcessorWorld(const std::string& rules) : now(EpochSeconds(SystemClock().Now())) {
  Configure(rules);
}

void ProcessorWorld::Configure(const std::string& rules) const {
  WriteConfig(
      "[smtp]\nfrom = \"monitoring@example.org\"\nto = [\"oncall@example.org\"]\n"
      "maildir = \"mails\"\n[mail]\ntime_zone = \"UTC\"\n" +
      rules);
}

void ProcessorWorld::WriteConfig(const std::string& text) const {
  std::ofstream(ConfigFile()) << text;
}

std::map<std::string, std::string> ProcessorWorld::Environment() const {
  auto environment = db.Environment(Account::kProcessor);
  environment["MONITORING_STATE_DIR"] = Directory() + "/state";
  return environment;
}

Finished ProcessorWorld::Run(const std::vector<std::string>& flags) {
  std::vector<std::string> command{Program("processor"), "--config", ConfigFile()};
  command.insert(command.end(), flags.begin(), flags.end());
  return test::Run(command, Environment());
}

void ProcessorWorld::Pass(const std::vector<std::string>& flags) {
  const auto run = Run(flags);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "");
}

std::int64_t ProcessorWorld::Insert(std::int64_t timestamp, double error_rate,
                                    int response_time_ms) {
  db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate)"
      " VALUES (?, ?, ?)",
      {timestamp, std::int64_t{response_time_ms}, error_rate});
  return std::stoll(db.QueryOne("SELECT LAST_INSERT_ID()"));
}

std::int64_t ProcessorWorld::InsertOf(const std::string& application, std::int64_t timestamp,
                                      double error_rate) {
  db.Execute(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application)"
      " VALUES (?, 100, ?, ?)",
      {timestamp, error_rate, application});
  return std::stoll(db.QueryOne("SELECT LAST_INSERT_ID()"));
}

void ProcessorWorld::AddItem(std::uint64_t itemid, std::uint64_t hostid, const std::string& host,
                             const std::string& key, std::int64_t read_until) {
  db.Execute(
      "INSERT INTO zabbix_hosts (hostid, host, name, read_until) VALUES (?, ?, ?, ?)"
      " ON DUPLICATE KEY UPDATE read_until = VALUES(read_until)",
      {hostid, host, host, read_until});
  db.Execute(
      "INSERT INTO zabbix_items (itemid, name, hostid, item_key, value_type)"
      " VALUES (?, ?, ?, ?, 0)",
      {std::to_string(itemid), "name of " + key, std::to_string(hostid), key});
}

void ProcessorWorld::AddValue(std::uint64_t itemid, std::int64_t clock, double value) {
  db.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES (?, ?, 0, ?)",
             {itemid, clock, value});
}

std::vector<std::string> ProcessorWorld::Mails() const {
  return MailsOf(fs::path(Directory()) / "mails");
}

std::vector<std::string> ProcessorWorld::Subjects() const {
  std::vector<std::string> subjects;
  for (const auto& mail : Mails()) {
    const std::string head = "\nSubject: ";
    const auto begin = mail.find(head) + head.size();
    subjects.push_back(mail.substr(begin, mail.find_first_of("\r\n", begin) - begin));
  }
  return subjects;
}

}  // namespace mon::test
