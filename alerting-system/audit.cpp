#include "audit.h"

#include <fmt/format.h>

#include "alerting_system/time_zone.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/audit.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"

namespace mon::alerting_system {
namespace {

using Rows = std::vector<dispatch::AuditRow>;

std::string JsonOf(const Rows& audit) {
  std::vector<Json> lines;
  for (const auto& row : audit) {
    lines.push_back({{"at", row.happened_at},
                     {"who", row.who},
                     {"action", row.action},
                     {"subject", row.subject},
                     {"reason", OrNull(row.reason)},
                     {"detail", OrNull(row.detail)}});
  }
  return DumpLines(lines);
}

std::string TableOf(const Rows& audit, const TimeZone& zone) {
  Table table({{"WHEN"}, {"WHO"}, {"DID"}, {"TO"}, {"WHY"}, {"WHAT"}});
  for (const auto& row : audit) {
    table.AddRow(
        {zone.Format(row.happened_at), row.who, row.action, row.subject, row.reason, row.detail});
  }
  return table.Text(StdoutIsTerminal());
}

}  // namespace

Result<ExitCode> ShowAudit(const Config& config, const AuditRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto now = ServerNow(*connection);
  if (!now) return std::unexpected(now.error());
  auto audit = dispatch::LoadAudit(*connection,
                                   *now - *ParseDuration(request.since) / std::chrono::seconds(1));
  if (!audit) return std::unexpected(audit.error());
  if (request.json) {
    fmt::print("{}", JsonOf(*audit));
  } else if (audit->empty()) {
    fmt::print("nothing was changed by a command\n");
  } else {
    fmt::print("{}", TableOf(*audit, *zone));
  }
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
