#include "dispatch/audit.h"

#include <fmt/format.h>

#include "common/text.h"
#include "mysql/times.h"

namespace mon::dispatch {

using mysql::Value;

Result<void> Audit(mysql::Connection& connection, const Actor& actor, const std::string& action,
                   const std::string& subject, const std::string& detail) {
  const auto or_null = [](const std::string& text, std::size_t most) {
    return text.empty() ? Value() : Value(CleanUtf8(text, most));
  };
  auto written = connection.Execute(
      "INSERT INTO audit_log (who, action, subject, reason, detail) VALUES (?, ?, ?, ?, ?)",
      {CleanUtf8(actor.who, 190), action, subject, or_null(actor.reason, 1024),
       or_null(detail, 4096)});
  if (!written) return Context("writing the audit log", written.error());
  return {};
}

Result<std::vector<AuditRow>> LoadAudit(mysql::Connection& connection, std::int64_t since,
                                        const std::string& subject) {
  auto rows = connection.Query(
      fmt::format("SELECT {}, who, action, subject, reason, detail FROM audit_log"
                  " WHERE happened_at >= FROM_UNIXTIME(?) AND ? IN ('', subject) ORDER BY id",
                  mysql::EpochSecondsOf("happened_at")),
      {since, subject});
  if (!rows) return Context("reading the audit log", rows.error());
  std::vector<AuditRow> audit;
  while (rows->Next()) {
    audit.push_back(
        {rows->Int(0), rows->Text(1), rows->Text(2), rows->Text(3), rows->Text(4), rows->Text(5)});
  }
  return audit;
}

}  // namespace mon::dispatch
