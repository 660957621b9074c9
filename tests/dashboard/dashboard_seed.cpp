#include "dashboard/dashboard_seed.h"

#include <fmt/format.h>

#include <string>

namespace mon::test {
namespace {

// 0 to 9,999, in SQL that every server understands.
constexpr auto kNumbers = R"((
  SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS i
  FROM (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
    UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS a,
  (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
    UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS b,
  (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
    UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS c,
  (SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5
    UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) AS e
  ORDER BY i) AS numbers)";

void SeedSamples(TestDatabase& database) {
  // 10,000 samples 10 s apart for each of two applications.
  database.Execute(fmt::format(
      "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application) "
      "SELECT {0} - i * 10, 100 + i % 50, IF(i < 60, 0.75, 0.02), 'shop' FROM {1}",
      kStoryEnd, kNumbers));
  database.Execute(
      fmt::format("INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) "
                  "SELECT {0} - i * 10, 200, 0.01 FROM {1}",
                  kStoryEnd, kNumbers));
  // The same second once more, with another value: the later row counts.
  database.Execute(
      fmt::format("INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) "
                  "VALUES ({}, 200, 0.375), ({}, 200, 0.125)",
                  kStoryEnd - 1000, kStoryEnd - 1000));
}

void SeedItems(TestDatabase& database) {
  database.Execute(
      "INSERT INTO zabbix_hosts (hostid, host, name) VALUES "
      "(10105, 'shop-1', 'Shop, first machine'), (10106, 'db-1', 'Database')");
  database.Execute("INSERT INTO application_hosts (application, hostid) VALUES ('shop', 10105)");
  database.Execute(fmt::format(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid, item_key, units, "
      "value_type, state, error) VALUES "
      "('31001', 'CPU utilisation', '12.5', {0}, '10105', 'system.cpu.util', '%', 0, 0, NULL),"
      "('31002', 'Memory available', '1048576', {0}, '10105', 'vm.memory', 'B', 3, 0, NULL),"
      "('31003', 'Traffic in', '800', {0}, '10105', 'net.if.in', 'bps', 3, 0, NULL),"
      "('31004', 'Traffic out', '100', {0}, '10105', 'net.if.out', 'Bps', 3, 0, NULL),"
      "('31005', 'CPU load', '0.5', {0}, '10105', 'system.cpu.load', '', 0, 0, NULL),"
      "('31006', 'The shop''s queue', '7', {0}, '10105', 'queue', NULL, 3, 0, NULL),"
      "('31007', 'Up-time', '100000', {0}, '10105', 'system.uptime', 'uptime', 3, 0, NULL),"
      "('31008', 'Version', '1.2', {0}, '10105', 'version', '', 4, 0, NULL),"
      "('31009', 'Disk', NULL, NULL, '10105', 'disk', '%', 0, 1, 'no such file system'),"
      "('31010', 'CPU utilisation', '50', {0}, '10106', 'system.cpu.util', '%', 0, 0, NULL),"
      "('31011', 'Sold', '3', {0}, '10106', 'sold', '', 0, 2, NULL)",
      kStoryEnd));
}

void SeedHistory(TestDatabase& database) {
  const std::int64_t today = kStoryEnd - kStoryEnd % 86400;
  std::string partitions;
  for (int day = 7; day > 0; --day) {
    partitions += fmt::format("PARTITION p{0} VALUES LESS THAN ({0}),", today - (day - 1) * 86400);
  }
  database.Execute("ALTER TABLE zabbix_history PARTITION BY RANGE (clock) (" + partitions +
                   "PARTITION p_ahead VALUES LESS THAN MAXVALUE)");
  // 10,000 values a minute apart: a week.
  for (const auto* item : {"31001", "31002", "31003", "31004", "31005", "31006", "31010"}) {
    database.Execute(
        fmt::format("INSERT INTO zabbix_history (itemid, clock, ns, value) "
                    "SELECT {}, {} - i * 60, 123456789, 50 + i % 7 FROM {}",
                    item, kStoryEnd, kNumbers));
  }
  database.Execute(
      fmt::format("INSERT INTO zabbix_history (itemid, clock, value_text) VALUES "
                  "(31008, {}, '1.2')",
                  kStoryEnd - 60));
}

void SeedAlerts(TestDatabase& database) {
  database.Execute(fmt::format(
      "INSERT INTO alerts (rule, application, severity, status, started_at, fired_at, ended_at, "
      "summary, value, limit_value, peak, evidence) VALUES "
      "('high-error-rate', 'shop', 'critical', 'resolved', {0} - 2400, {0} - 2400, {0} - 2000, "
      "'Error rate of shop is 0.75', 0.75, 0.5, 0.8, '{{}}'), "
      "('slow', 'shop', 'warning', 'firing', {0} - 600, {0} - 590, NULL, "
      "'Response time of shop is 900', 900, 500, 950, '{{}}'), "
      "('high-error-rate', 'hyphenmon', 'critical', 'resolved', {0} - 1200, {0} - 1200, "
      "{0} - 900, 'Error rate of hyphenmon is 0.75', 0.75, 0.5, 0.8, '{{}}')",
      kStoryEnd));
}

void SeedMails(TestDatabase& database) {
  database.Execute(
      "INSERT INTO notifications (id, alert_id, kind, dedup_key, subject, body_text, body_html, "
      "thread_key) VALUES (1, 1, 'problem', 'a', 'Error rate', 't', 'h', 'k'), "
      "(2, 1, 'recovery', 'b', 'Error rate', 't', 'h', 'k')");
  database.Execute(
      "INSERT INTO notification_recipients (notification_id, recipient, status, attempts, "
      "next_attempt_at, last_error, sent_at) VALUES "
      "(1, 'a@example.org', 'sent', 1, NULL, NULL, NOW(3)), "
      "(1, 'b@example.org', 'dead', 9, NULL, '550 no such user', NULL), "
      "(2, 'a@example.org', 'queued', 1, NOW(3), '451 later', NULL), "
      "(2, 'b@example.org', 'uncertain', 1, NULL, NULL, NULL)");
}

void SeedBookkeeping(TestDatabase& database) {
  database.Execute(fmt::format(
      "INSERT INTO sources (name, kind, up, attempted_at, succeeded_at, duration_ms, samples, "
      "refused, http_code, error, consecutive_failures, skew_seconds, newest_sample) VALUES "
      "('application:shop', 'application', 1, NOW(3), NOW(3), 12, 1, 0, 200, NULL, 0, 0, {0}), "
      "('application:idle', 'application', 0, NOW(3), NULL, 5000, 0, 0, NULL, 'time-out', 7, "
      "NULL, NULL), "
      "('zabbix', 'zabbix', 1, NOW(3), NOW(3) - INTERVAL 90 SECOND, 80, 6, 1, 200, NULL, 0, 2, "
      "{0})",
      kStoryEnd));
  database.Execute(
      "REPLACE INTO leases (name, token, owner_host, owner_boot, owner_pid, owner_started, "
      "connection_id, acquired_at, expires_at) VALUES "
      "('aggregator', 1, 'h', 'b', 1, 1, 1, NOW(3) - INTERVAL 30 SECOND, NULL), "
      "('processor', 1, 'h', 'b', 1, 1, 1, NOW(3) - INTERVAL 30 SECOND, "
      "NOW(3) + INTERVAL 30 SECOND), "
      "('delivery', 1, 'h', 'b', 1, 1, 1, NOW(3) - INTERVAL 1 HOUR, NULL)");
}

}  // namespace

void SeedDashboard(TestDatabase& database) {
  SeedSamples(database);
  SeedItems(database);
  SeedHistory(database);
  SeedAlerts(database);
  SeedMails(database);
  SeedBookkeeping(database);
  database.Query("ANALYZE TABLE hyphenmon_metrics, zabbix_items, zabbix_history, alerts");
}

}  // namespace mon::test
