#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "common/text.h"
#include "processor/processor_world.h"
#include "support/hyphenmon.h"
#include "support/statement_log.h"

// How the server carries out what the programs ask for: on full tables, by an index each time.

namespace mon::test {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kDigits = 5;  // of the rows that are stored: 100,000
constexpr int kSeries = 1000;
constexpr int kItems = 20'000;  // most of them of hosts of no application

/// Tables that grow with time, or with what is watched.
constexpr const char* kBig =
    "hyphenmon_metrics|zabbix_history|zabbix_items|alerts|alert_events|notifications|"
    "notification_recipients|notification_attempts";

/// The big tables that a statement names, by the names that its plan gives them.
std::map<std::string, std::string> BigTables(const std::string& statement) {
  static const std::regex kNamed(fmt::format(R"(\b({})\b(?: (?:AS )?([a-z]\b))?)", kBig));
  std::map<std::string, std::string> tables;
  for (std::sregex_iterator i(statement.begin(), statement.end(), kNamed), end; i != end; ++i)
    tables[(*i)[2].matched ? (*i)[2] : (*i)[1]] = (*i)[1];
  return tables;
}

bool CanBeExplained(const std::string& statement) {
  return statement.starts_with("SELECT") || statement.starts_with("(SELECT") ||
         statement.starts_with("DELETE") || statement.starts_with("UPDATE");
}

class PlansTest : public ::testing::Test {
 protected:
  PlansTest()
      : world_(
            "[[rule]]\nname = \"errors\"\nexpr = 'error_rate > 0.5'\n"
            "[[rule]]\nname = \"odd\"\nexpr = 'odd(error_rate)'\n"
            "[[rule]]\nname = \"load\"\nexpr = 'item(\"load\") > 4 and avg(error_rate, 5m) > 0'\n"
            "[[rule]]\nname = \"odd-load\"\nexpr = 'odd(item(\"load\"))'\n") {
    std::string numbers = "(SELECT 0";
    for (int digit = 0; digit < kDigits; ++digit)
      numbers += fmt::format(" + d{}.n * {:.0f}", digit, std::pow(10, digit));
    numbers += " AS i FROM";
    for (int digit = 0; digit < kDigits; ++digit)
      numbers += fmt::format(
          "{} (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION"
          " SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) d{}",
          digit == 0 ? "" : ",", digit);
    numbers += ") numbers";
    // A round of all series each minute, the last one now.
    const auto at = fmt::format("{} - 60 * (99 - i DIV {})", world_.now, kSeries);
    world_.db.Execute(fmt::format(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application,"
        " recorded_at) SELECT {0}, 100, 0.01, CONCAT('app-', i % {1}), FROM_UNIXTIME({0}) FROM {2}",
        at, kSeries, numbers));
    world_.db.Execute(fmt::format(
        "INSERT INTO zabbix_history (itemid, clock, ns, value) SELECT 1 + i % {}, {}, 0, 1 FROM {}",
        kSeries, at, numbers));
    world_.db.Execute(
        fmt::format("INSERT INTO zabbix_items (itemid, hostid, item_key, name, value_type, "
                    "lastclock, lastvalue)"
                    " SELECT 1 + i, 1 + i, 'load', 'Load', 0, {}, '1' FROM {} WHERE i < {}",
                    world_.now, numbers, kItems));
    world_.db.Execute(
        fmt::format("INSERT INTO zabbix_hosts (hostid, host, name, read_until) SELECT 1 + i, "
                    "CONCAT('host-', i),"
                    " '', {} FROM {} WHERE i < {}",
                    world_.now + 60, numbers, kSeries));
    world_.db.Execute(
        fmt::format("INSERT INTO application_hosts (application, hostid)"
                    " SELECT CONCAT('app-', i), 1 + i FROM {} WHERE i < {}",
                    numbers, kSeries));
    StorePast(numbers);
    for (const auto& table : SplitList(kBig, '|')) world_.db.Query("ANALYZE TABLE " + table);
  }

  /// An alert every ten minutes, with its mails, all of them over.
  void StorePast(const std::string& numbers) {
    const auto at = fmt::format("{} - 600 * (1 + i)", world_.now);
    const auto some = numbers + " WHERE i < 10000";
    world_.db.Execute(
        fmt::format("INSERT INTO alerts (id, rule, application, severity, status, started_at, "
                    "fired_at, ended_at,"
                    " summary, evidence) SELECT 1 + i, 'errors', CONCAT('app-', i % {}), "
                    "'critical', 'resolved',"
                    " {}, {}, {} + 60, '', '{{}}' FROM {}",
                    kSeries, at, at, at, some));
    world_.db.Execute(
        fmt::format("INSERT INTO alert_events (alert_id, kind, event_time)"
                    " SELECT 1 + i, 'fired', {} FROM {}",
                    at, some));
    world_.db.Execute(fmt::format(
        "INSERT INTO notifications (id, alert_id, kind, dedup_key, subject, body_text, body_html,"
        " thread_key, created_at) SELECT 1 + i, 1 + i, 'problem', CONCAT('alert/', i), '', '', '',"
        " CONCAT('alert/', i), FROM_UNIXTIME({}) FROM {}",
        at, some));
    world_.db.Execute(fmt::format(
        "INSERT INTO notification_recipients (notification_id, recipient, status, attempts,"
        " next_attempt_at, sent_at) SELECT 1 + i, 'oncall@example.org', 'sent', 1, NULL,"
        " FROM_UNIXTIME({}) FROM {}",
        at, some));
    world_.db.Execute(fmt::format(
        "INSERT INTO notification_attempts (notification_id, recipient, outcome, attempted_at)"
        " SELECT 1 + i, 'oncall@example.org', 'sent', FROM_UNIXTIME({}) FROM {}",
        at, some));
  }

  void ExpectIndexedReads(const std::set<std::string>& statements) {
    for (const auto& statement : statements) {
      if (!CanBeExplained(statement)) continue;
      const auto tables = BigTables(statement);
      if (tables.empty()) continue;
      for (const auto& step : Plan(statement)) {
        const auto table = tables.find(step.table);
        if (table == tables.end()) continue;
        EXPECT_THAT(step.type, Not(AnyOf("ALL", "index")))
            << "reads all of " << table->second << ": " << statement;
      }
    }
  }

  struct Step {
    std::string table, type;
  };

  std::vector<Step> Plan(const std::string& statement) {
    // Both servers: id, select_type, table, then MySQL has one column more.
    std::vector<Step> steps;
    const bool mysql = world_.db.Server().IsMysql();
    for (const auto& row : world_.db.Query("EXPLAIN FORMAT=TRADITIONAL " + statement))
      steps.push_back({row[2], row[mysql ? 4 : 3]});
    return steps;
  }

  ProcessorWorld world_;
};

TEST_F(PlansTest, PassesReadBigTablesByIndex) {
  world_.Pass();
  world_.InsertOf("app-1", world_.now - 5, 0.9);
  world_.InsertOf("app-2", world_.now - 5, 0.01);
  const StatementLog log(world_.db, Account::kProcessor);
  world_.Pass();
  const auto statements = log.Statements();
  EXPECT_THAT(statements, Contains(HasSubstr("FROM hyphenmon_metrics")));
  EXPECT_THAT(statements, Contains(HasSubstr("zabbix_history")));
  ExpectIndexedReads(statements);
}

TEST_F(PlansTest, CollectionReadsBigTablesByIndex) {
  const Hyphenmon application({"--seed", "7"});
  auto environment = world_.db.Environment(Account::kAggregator);
  environment["HYPHENMON_URL"] = application.Url();
  const StatementLog log(world_.db, Account::kAggregator);
  for (int run = 0; run < 2; ++run) {
    const auto done = test::Run({Program("data-aggregator")}, environment);
    EXPECT_EQ(done.exit_code, 0) << done.err;
  }
  const auto statements = log.Statements();
  EXPECT_THAT(statements, Contains(HasSubstr("hyphenmon_metrics")));
  ExpectIndexedReads(statements);
}

}  // namespace
}  // namespace mon::test
