#include "dispatch/priority_store.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/text.h"

namespace mon::dispatch {
namespace {

using mysql::Connection;
using mysql::Value;

/// Alerts in one statement.
constexpr std::size_t kChunk = 500;

Severity SeverityFrom(std::string_view text) {
  for (const auto severity : {Severity::kInfo, Severity::kWarning}) {
    if (text == ToString(severity)) return severity;
  }
  return Severity::kCritical;
}

PriorityInput InputAt(const mysql::Rows& rows) {
  PriorityInput input;
  input.severity = SeverityFrom(rows.Text(1));
  if (!rows.IsNull(2)) input.value = rows.Double(2);
  if (!rows.IsNull(3)) input.limit = rows.Double(3);
  input.duration = std::chrono::seconds(std::max<std::int64_t>(rows.Int(4), 0));
  input.hosts = SplitList(rows.Text(5)).size();
  input.incidents = rows.Uint(6);
  input.acknowledged = rows.Uint(7);
  input.silenced = rows.Uint(8);
  return input;
}

/// Calls `work` for some hundred of `alerts` at a time.
template <typename Work>
Result<void> ForEachChunk(std::span<const std::int64_t> alerts, Work work) {
  while (!alerts.empty()) {
    const auto chunk = alerts.first(std::min(alerts.size(), kChunk));
    if (auto done = work(chunk); !done) return done;
    alerts = alerts.subspan(chunk.size());
  }
  return {};
}

}  // namespace

Result<std::map<std::int64_t, Priority>> LoadPriorities(Connection& connection,
                                                        std::span<const std::int64_t> alerts) {
  std::map<std::int64_t, Priority> priorities;
  auto loaded = ForEachChunk(alerts, [&](std::span<const std::int64_t> chunk) -> Result<void> {
    // The history by the key (rule, application, started_at).
    auto rows = connection.Query(fmt::format(
        "SELECT a.id, a.severity, COALESCE(a.peak, a.value), a.limit_value,"
        " COALESCE(a.ended_at, UNIX_TIMESTAMP()) - a.started_at, a.hosts,"
        " h.incidents, h.acknowledged, h.silenced"
        " FROM (SELECT b.id, COUNT(*) AS incidents,"
        "  SUM(o.acknowledged_at IS NOT NULL AND o.id <> b.id) AS acknowledged,"
        "  SUM(o.id <> b.id AND EXISTS (SELECT 1 FROM alert_events e"
        "   WHERE e.alert_id = o.id AND e.kind = 'silenced')) AS silenced"
        "  FROM alerts b JOIN alerts o ON o.rule = b.rule AND o.application = b.application"
        "   AND o.started_at > b.started_at - 2592000 AND o.started_at <= b.started_at"
        "  WHERE b.id IN ({}) GROUP BY b.id) h JOIN alerts a ON a.id = h.id",
        fmt::join(chunk, ",")));
    if (!rows) return Context("reading the history of alerts", rows.error());
    while (rows->Next()) priorities.emplace(rows->Int(0), PriorityOf(InputAt(*rows)));
    return {};
  });
  if (!loaded) return std::unexpected(loaded.error());
  return priorities;
}

Result<void> SavePriorities(Connection& connection,
                            const std::map<std::int64_t, Priority>& priorities) {
  std::vector<std::int64_t> alerts;
  for (const auto& [id, priority] : priorities) alerts.push_back(id);
  return ForEachChunk(alerts, [&](std::span<const std::int64_t> chunk) -> Result<void> {
    std::string scores, texts;
    std::vector<Value> params;
    for (const auto id : chunk) {
      const auto& priority = priorities.at(id);
      scores += fmt::format(" WHEN {} THEN {}", id, priority.score);
      texts += fmt::format(" WHEN {} THEN ?", id);
      params.emplace_back(CleanUtf8(priority.Text(), 1000));
    }
    auto saved = connection.Execute(
        fmt::format("UPDATE alerts SET priority = CASE id{} END, priority_parts = CASE id{} END"
                    " WHERE id IN ({})",
                    scores, texts, fmt::join(chunk, ",")),
        params);
    if (!saved) return Context("writing alerts", saved.error());
    return {};
  });
}

}  // namespace mon::dispatch
