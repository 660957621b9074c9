#include "alerting-system/on_call_world.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/clock.h"

namespace mon::test {
namespace {

constexpr const char* kMail = R"([smtp]
from = "monitoring@example.org"
to = ["oncall@example.org"]
maildir = "mails"
[mail]
time_zone = "UTC"
)";

constexpr const char* kRules = R"(
[[application]]
name = "shop"
url = "http://127.0.0.1:1/metrics"
[[application]]
name = "blog"
url = "http://127.0.0.1:1/metrics"
[[rule]]
name = "errors"
expr = "error_rate > 0.5"
severity = "critical"
labels = { team = "web" }
summary = "Error rate of {application} is {value}"
description = "Ask {label.team} first."
runbook = "https://wiki.example/errors"
[[rule]]
name = "some-errors"
expr = "error_rate > 0.1"
severity = "info"
summary = "{application} has errors"
[[rule]]
name = "lasting"
expr = "error_rate > 0.6"
for = "30m"
severity = "warning"
)";

}  // namespace

OnCallWorld& OnCallWorld::Fresh(const std::string& config) {
  static OnCallWorld world;
  for (const auto& row : world.db.Query("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")) {
    if (row[0] != "schema_version") world.db.Execute("DELETE FROM " + row[0]);
  }
  for (const char* table : {"alerts", "silences"}) {
    world.db.Execute(std::string("ALTER TABLE ") + table + " AUTO_INCREMENT = 1");
  }
  std::filesystem::remove_all(world.Directory() + "/mails");
  world.now = EpochSeconds(SystemClock().Now());
  world.next_ = world.now - 600;
  world.WriteConfig(kMail + std::string(kRules) + config);
  return world;
}

Finished OnCallWorld::Do(const std::vector<std::string>& arguments, const std::string& user) const {
  std::vector<std::string> command{Program("alerting-system"), "--config", ConfigFile()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto environment = Environment();
  environment["USER"] = user;
  return test::Run(command, environment);
}

std::string OnCallWorld::Get(const std::vector<std::string>& arguments) const {
  const Finished run = Do(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  return run.out;
}

void OnCallWorld::Fail(const std::string& application) {
  InsertOf(application, next_ += 10, 0.9);
  Pass();
}

void OnCallWorld::Recover(const std::string& application) {
  InsertOf(application, next_ += 10, 0.01);
  InsertOf(application, next_ += 10, 0.01);
  Pass();
}

void OnCallWorld::Weaken(const std::string& application) {
  InsertOf(application, next_ += 10, 0.2);
  Pass();
}

void OnCallWorld::TellEarlier(int hours) {
  const auto ago = " - INTERVAL " + std::to_string(hours) + " HOUR";
  db.Execute("UPDATE alert_tellings SET told_at = told_at" + ago +
             ", first_told_at = first_told_at" + ago);
  db.Execute("UPDATE notifications SET created_at = created_at" + ago);
}

std::vector<std::string> OnCallWorld::Rows(const std::string& sql) {
  std::vector<std::string> lines;
  for (const auto& row : db.Query(sql)) {
    std::string line;
    for (const auto& cell : row) line += (line.empty() ? "" : " ") + cell;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace mon::test
