#include "dispatch/telling_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "alert_labels.h"
#include "application_hosts.h"
#include "common/text.h"
#include "dispatch/silence.h"
#include "dispatch/silence_store.h"
#include "mysql/placeholders.h"
#include "mysql/times.h"

namespace mon::dispatch {
namespace {

using mysql::Connection;
using mysql::EpochSecondsOf;
using mysql::Value;

/// Ids in one statement.
constexpr std::size_t kChunk = 1000;

Severity SeverityFrom(std::string_view text) {
  for (const auto severity : {Severity::kInfo, Severity::kWarning}) {
    if (text == ToString(severity)) return severity;
  }
  return Severity::kCritical;
}

std::optional<std::int64_t> Time(const mysql::Rows& rows, unsigned column) {
  if (rows.IsNull(column)) return std::nullopt;
  return rows.Int(column);
}

class Loader {
 public:
  Loader(Connection& connection, const Policy& policy) : connection_(connection), policy_(policy) {}

  Result<Pending> Load() {
    if (auto loaded = LoadAlerts(); !loaded) return std::unexpected(loaded.error());
    if (pending_.alerts.empty()) return std::move(pending_);
    for (const auto step : {&Loader::LoadHosts, &Loader::LoadSilences, &Loader::LoadMails,
                            &Loader::LoadRecent, &Loader::CountMails}) {
      if (auto loaded = (this->*step)(); !loaded) return std::unexpected(loaded.error());
    }
    return std::move(pending_);
  }

 private:
  Result<void> LoadAlerts() {
    auto rows = connection_.Query(fmt::format(
        "SELECT UNIX_TIMESTAMP(), t.alert_id, a.rule, a.application, a.severity, a.status, a.hosts,"
        " a.labels, {}, {}, {}, t.recovery_told_at IS NOT NULL, t.held_by, {}, t.step, t.owed,"
        " a.acknowledged_at IS NOT NULL"
        " FROM alert_tellings t LEFT JOIN alerts a ON a.id = t.alert_id ORDER BY t.alert_id",
        EpochSecondsOf("a.created_at"), EpochSecondsOf("t.first_told_at"),
        EpochSecondsOf("t.told_at"), EpochSecondsOf("t.held_until")));
    if (!rows) return Context("reading what is to be told", rows.error());
    while (rows->Next()) {
      pending_.now = rows->Int(0);
      if (rows->IsNull(2)) {
        pending_.orphans.push_back(rows->Int(1));
        continue;
      }
      PendingAlert alert;
      alert.id = rows->Int(1);
      alert.rule = rows->Text(2);
      alert.application = rows->Text(3);
      alert.severity = SeverityFrom(rows->Text(4));
      alert.resolved = rows->Text(5) == "resolved";
      alert.labels =
          LabelsOf(alert.rule, alert.application, rows->Text(4), rows->Text(6), rows->Text(7));
      alert.created_at = rows->Int(8);
      alert.first_told = Time(*rows, 9);
      alert.told_at = Time(*rows, 10);
      alert.recovery_told = rows->Int(11) != 0;
      alert.held_by = rows->Text(12);
      alert.held_until = Time(*rows, 13);
      alert.step = static_cast<int>(rows->Int(14));
      if (!rows->IsNull(15)) alert.owed = SplitList(rows->Text(15));
      alert.acknowledged = rows->Int(16) != 0;
      by_id_.emplace(alert.id, pending_.alerts.size());
      pending_.alerts.push_back(std::move(alert));
    }
    return {};
  }

  /// An alert is in maintenance where all of its hosts are.
  Result<void> LoadHosts() {
    auto hosts = LoadApplicationHosts(
        connection_,
        "SELECT a.application FROM alert_tellings t JOIN alerts a ON a.id = t.alert_id");
    if (!hosts) return std::unexpected(hosts.error());
    for (auto& alert : pending_.alerts) {
      AddHosts(*hosts, alert.application, alert.labels);
      const auto [first, last] = alert.labels.equal_range("host");
      const bool all = first != last && std::all_of(first, last, [&](const auto& host) {
                         return hosts->maintained.contains(host.second);
                       });
      if (all) alert.mute = "maintenance of " + first->second;
    }
    return {};
  }

  Result<void> LoadSilences() {
    auto silences = LoadCurrentSilences(connection_);
    if (!silences) return std::unexpected(silences.error());
    pending_.silences = *std::move(silences);
    // One that lasts until its alerts are over holds nothing back that is.
    auto lasting = pending_.silences;
    std::erase_if(lasting, [](const Silence& silence) { return silence.until_resolved; });
    for (auto& alert : pending_.alerts) {
      const auto& those = alert.resolved ? lasting : pending_.silences;
      const auto* silence = Holding(those, alert.labels, pending_.now);
      if (silence != nullptr) alert.mute = fmt::format("silence {}", silence->id);
    }
    return {};
  }

  struct Mail {
    std::string thread;
    std::int64_t thread_told_at = 0;
    std::vector<std::string> recipients;
  };

  Result<void> LoadMails() {
    const bool any_told = std::ranges::any_of(
        pending_.alerts, [](const PendingAlert& alert) { return alert.told_at.has_value(); });
    if (!any_told) return {};
    auto mails = LoadMailsThemselves();
    if (!mails) return std::unexpected(mails.error());
    auto rows = connection_.Query(
        "SELECT na.alert_id, na.notification_id FROM alert_tellings t"
        " JOIN notification_alerts na ON na.alert_id = t.alert_id"
        " WHERE na.kind <> 'recovery' ORDER BY na.notification_id");
    if (!rows) return Context("reading what was told", rows.error());
    while (rows->Next()) {
      const auto alert_at = by_id_.find(rows->Int(0));
      const auto mail_at = mails->find(rows->Int(1));
      if (alert_at == by_id_.end() || mail_at == mails->end()) continue;
      auto& alert = pending_.alerts[alert_at->second];
      const auto& mail = mail_at->second;
      if (alert.thread.empty()) alert.thread = mail.thread;
      alert.thread_told_at = std::max(alert.thread_told_at, mail.thread_told_at);
      for (const auto& recipient : mail.recipients) {
        if (std::ranges::find(alert.told, recipient) == alert.told.end()) {
          alert.told.push_back(recipient);
        }
      }
    }
    for (auto& alert : pending_.alerts) std::ranges::sort(alert.told);
    return {};
  }

  Result<std::unordered_map<std::int64_t, Mail>> LoadMailsThemselves() {
    auto rows = connection_.Query(fmt::format(
        "SELECT n.id, n.thread_key, (SELECT MAX({}) FROM notifications x"
        "  WHERE x.thread_key = n.thread_key), r.recipient"
        " FROM (SELECT DISTINCT na.notification_id FROM alert_tellings t"
        "  JOIN notification_alerts na ON na.alert_id = t.alert_id WHERE na.kind <> 'recovery') m"
        " JOIN notifications n ON n.id = m.notification_id"
        " JOIN notification_recipients r ON r.notification_id = n.id",
        EpochSecondsOf("x.created_at")));
    if (!rows) return Context("reading what was told", rows.error());
    std::unordered_map<std::int64_t, Mail> mails;
    while (rows->Next()) {
      auto& mail = mails[rows->Int(0)];
      mail.thread = rows->Text(1);
      mail.thread_told_at = rows->Int(2);
      mail.recipients.push_back(rows->Text(3));
    }
    return mails;
  }

  [[nodiscard]] bool AnyUntold() const {
    return std::ranges::any_of(pending_.alerts, [](const PendingAlert& alert) {
      return !alert.told_at || !alert.owed.empty();
    });
  }

  Result<void> LoadRecent() {
    if (policy_.flapping == 0 || !AnyUntold()) return {};
    auto rows = connection_.Query(
        "SELECT a.id, COUNT(*) FROM alert_tellings t JOIN alerts a ON a.id = t.alert_id"
        " JOIN alerts b ON b.rule = a.rule AND b.application = a.application"
        "  AND b.started_at > a.started_at - 3600 AND b.started_at <= a.started_at"
        " WHERE t.told_at IS NULL GROUP BY a.id");
    if (!rows) return Context("counting alerts", rows.error());
    while (rows->Next()) {
      const auto at = by_id_.find(rows->Int(0));
      if (at != by_id_.end()) pending_.alerts[at->second].recent = static_cast<int>(rows->Int(1));
    }
    return {};
  }

  Result<void> CountMails() {
    if (policy_.mails_per_hour == 0 || !AnyUntold()) return {};
    auto rows = connection_.Query(
        "SELECT r.recipient, COUNT(*) FROM notifications n"
        " JOIN notification_recipients r ON r.notification_id = n.id"
        " WHERE n.created_at > CURRENT_TIMESTAMP(3) - INTERVAL 1 HOUR GROUP BY r.recipient");
    if (!rows) return Context("counting mails", rows.error());
    while (rows->Next()) {
      pending_.mails_this_hour.emplace(rows->Text(0), static_cast<int>(rows->Int(1)));
    }
    return {};
  }

  Connection& connection_;
  const Policy& policy_;
  Pending pending_;
  std::unordered_map<std::int64_t, std::size_t> by_id_;
};

/// `statement` with `{}` for the marks, for a thousand ids at a time. `first`: its parameters
/// before the ids.
Result<void> ForEachChunk(Connection& connection, std::string_view statement,
                          std::vector<Value> first, std::span<const std::int64_t> ids) {
  while (!ids.empty()) {
    const auto chunk = ids.first(std::min(ids.size(), kChunk));
    auto params = first;
    params.insert(params.end(), chunk.begin(), chunk.end());
    auto done = connection.Execute(
        fmt::format(fmt::runtime(statement), mysql::Placeholders(chunk.size())), params);
    if (!done) return Context("writing what was told", done.error());
    ids = ids.subspan(chunk.size());
  }
  return {};
}

bool IsMute(std::string_view held_by) {
  return held_by.starts_with("silence ") || held_by.starts_with("maintenance ");
}

/// The state that people see, and its history.
Result<void> SaveState(Connection& connection, const PendingAlert& alert, const Note& note) {
  const bool was = IsMute(alert.held_by);
  const bool is = IsMute(note.held_by);
  if (alert.resolved || was == is) return {};
  auto changed = connection.Execute(
      is ? "UPDATE alerts SET status = 'silenced' WHERE id = ? AND status = 'firing'"
         : "UPDATE alerts SET status = 'firing' WHERE id = ? AND status = 'silenced'",
      {alert.id});
  if (!changed) return Context("writing an alert", changed.error());
  auto event = connection.Execute(
      "INSERT INTO alert_events (alert_id, kind, event_time, detail)"
      " VALUES (?, ?, UNIX_TIMESTAMP(), ?)",
      {alert.id, std::string(is ? "silenced" : "unsilenced"), is ? note.held_by : alert.held_by});
  if (!event) return Context("writing alert events", event.error());
  return {};
}

std::string_view KindOf(Say say) {
  switch (say) {
    case Say::kRecovery:
      return "recovery";
    case Say::kBoth:
      return "both";
    case Say::kReminder:
      return "reminder";
    case Say::kEscalation:
      return "escalation";
    case Say::kProblem:
    case Say::kOwed:
      break;
  }
  return "problem";
}

/// What is linked already stays.
Result<void> Link(Connection& connection, std::uint64_t notification_id, Say say,
                  std::span<const std::int64_t> alerts) {
  std::vector<Value> values;
  for (const auto id : alerts) {
    values.insert(values.end(),
                  {Value(notification_id), Value(id), Value(std::string(KindOf(say)))});
  }
  auto inserted = connection.InsertRows(
      "INSERT IGNORE INTO notification_alerts (notification_id, alert_id, kind)", 3, values);
  if (!inserted) return Context("writing what was told", inserted.error());
  return {};
}

}  // namespace

Result<Pending> LoadPending(Connection& connection, const Policy& policy) {
  return Loader(connection, policy).Load();
}

Result<void> AddTellings(Connection& connection, std::span<const std::int64_t> alerts) {
  const std::vector<Value> values(alerts.begin(), alerts.end());
  // One that began anew, as that of a source that is silent again, is told anew.
  auto added = connection.InsertRows(
      "INSERT INTO alert_tellings (alert_id)", 1, values,
      "ON DUPLICATE KEY UPDATE first_told_at = NULL, told_at = NULL, recovery_told_at = NULL");
  if (!added) return Context("writing what is to be told", added.error());
  return {};
}

Result<void> RecordTelling(Connection& connection, std::int64_t alert_id,
                           std::uint64_t notification_id, bool is_recovery, std::int64_t told_at) {
  auto linked = Link(connection, notification_id, is_recovery ? Say::kRecovery : Say::kProblem,
                     std::span(&alert_id, 1));
  if (!linked) return linked;
  auto marked = connection.Execute(
      is_recovery ? "UPDATE alert_tellings SET recovery_told_at = FROM_UNIXTIME(?)"
                    " WHERE alert_id = ?"
                  : "UPDATE alert_tellings SET first_told_at = COALESCE(first_told_at,"
                    " FROM_UNIXTIME(?)), told_at = COALESCE(told_at, first_told_at)"
                    " WHERE alert_id = ?",
      {told_at, alert_id});
  if (!marked) return Context("writing what was told", marked.error());
  return {};
}

Result<void> SaveNotes(Connection& connection, std::span<const PendingAlert> alerts,
                       std::span<const Note> notes) {
  for (const auto& note : notes) {
    const auto& alert = alerts[note.alert];
    auto saved = connection.Execute(
        "UPDATE alert_tellings SET held_by = ?, held_until = FROM_UNIXTIME(?), step = ?, owed = ?"
        " WHERE alert_id = ?",
        {note.held_by.empty() ? Value() : Value(note.held_by),
         note.held_until ? Value(*note.held_until) : Value(), std::int64_t{note.step},
         note.owed.empty() ? Value() : Value(fmt::format("{}", fmt::join(note.owed, ","))),
         alert.id});
    if (!saved) return Context("writing what is to be told", saved.error());
    if (auto state = SaveState(connection, alert, note); !state) return state;
  }
  return {};
}

Result<void> SaveTold(Connection& connection, std::uint64_t notification_id, Say say,
                      std::span<const std::int64_t> alerts) {
  if (auto linked = Link(connection, notification_id, say, alerts); !linked) return linked;
  if (say == Say::kRecovery) {
    return ForEachChunk(connection,
                        "UPDATE alert_tellings SET recovery_told_at = CURRENT_TIMESTAMP(3)"
                        " WHERE alert_id IN ({})",
                        {}, alerts);
  }
  return ForEachChunk(connection,
                      "UPDATE alert_tellings SET told_at = CURRENT_TIMESTAMP(3),"
                      " first_told_at = COALESCE(first_told_at, CURRENT_TIMESTAMP(3)),"
                      " repeats = repeats + ? WHERE alert_id IN ({})",
                      {std::int64_t{say == Say::kReminder}}, alerts);
}

Result<void> RemoveTellings(Connection& connection, std::span<const std::int64_t> alerts) {
  return ForEachChunk(connection, "DELETE FROM alert_tellings WHERE alert_id IN ({})", {}, alerts);
}

}  // namespace mon::dispatch
