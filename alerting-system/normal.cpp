#include "normal.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "actor.h"
#include "anomaly_detector/rule.h"
#include "change.h"
#include "dispatch/alert_store.h"
#include "dispatch/audit.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"
#include "processor/alert_table.h"

namespace mon::alerting_system {
namespace {

using anomaly_detector::Oddity;

Result<Oddity> OddityOf(mysql::Connection& connection, std::int64_t id) {
  auto alert = processor::LoadAlert(connection, id);
  if (!alert) return std::unexpected(alert.error());
  if (!*alert) return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", id));
  auto& oddity = (*alert)->deciding.oddity;
  if (!oddity || oddity->series.empty()) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("alert {} is of rule {}, and no detector has raised it: its condition "
                            "is {}",
                            id, (*alert)->rule, (*alert)->condition));
  }
  return *std::move(oddity);
}

/// By id of the alert.
Result<std::map<std::int64_t, Oddity>> Accept(mysql::Connection& connection,
                                              const NormalRequest& request,
                                              const dispatch::Actor& actor) {
  std::map<std::int64_t, Oddity> accepted;
  for (const auto id : std::set(request.ids.begin(), request.ids.end())) {
    auto oddity = OddityOf(connection, id);
    if (!oddity) return std::unexpected(oddity.error());
    auto written = connection.Execute(
        "INSERT INTO detector_feedback (series, strength) VALUES (?, ?)"
        " ON DUPLICATE KEY UPDATE strength = GREATEST(strength, VALUES(strength)),"
        " created_at = NOW(3)",
        {oddity->series, oddity->strength});
    if (!written) return Context("writing what was normal", written.error());
    auto audited = dispatch::Audit(connection, actor, "normal", fmt::format("alert {}", id),
                                   fmt::format("{}: {}", oddity->series, oddity->sentence));
    if (!audited) return std::unexpected(audited.error());
    accepted.emplace(id, *std::move(oddity));
  }
  return accepted;
}

}  // namespace

Result<ExitCode> Normal(const Config& config, const NormalRequest& request) {
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto actor = ActorOf(request.by, request.comment);
  const auto done =
      Change(*connection, request.dry_run, [&] { return Accept(*connection, request, actor); });
  if (!done) return std::unexpected(done.error());
  for (const auto& [id, oddity] : *done) {
    fmt::print(
        "alert {}: normal; the detector of {} is told by the next pass, and bears as much "
        "for some months\n",
        id, oddity.series);
  }
  if (request.dry_run) fmt::print("{}", kNothingChanged);
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
