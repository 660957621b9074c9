#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"

namespace mon::dispatch {

/// Who changes something by a command, and why.
struct Actor {
  std::string who;
  std::string reason;  ///< may be empty
};

/// A row of table audit_log, in the transaction of the change. `action`: "acknowledge", "silence",
/// …; `subject`: "alert 12", "silence 7". Errors are those of mysql::Connection.
[[nodiscard]] Result<void> Audit(mysql::Connection& connection, const Actor& actor,
                                 const std::string& action, const std::string& subject,
                                 const std::string& detail);

struct AuditRow {
  std::int64_t happened_at = 0;  ///< epoch seconds
  std::string who, action, subject, reason, detail;
};

/// Since `since` (epoch seconds), of `subject` alone where that is not empty; oldest first.
[[nodiscard]] Result<std::vector<AuditRow>> LoadAudit(mysql::Connection& connection,
                                                      std::int64_t since,
                                                      const std::string& subject = {});

}  // namespace mon::dispatch
