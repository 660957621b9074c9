#pragma once

#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "processor/alert.h"
#include "setup.h"
#include "summary.h"

namespace mon::processor {

/// Tells people of the alerts that a pass has recorded, and of those that go on: plans the mails
/// (dispatch/plan.h), writes them, and queues them in one transaction with what was told. A pass
/// that dies before that leaves it to the next one. The subjects are added to `summary`. Errors:
/// those of the database; kBusy where the lease was lost.
[[nodiscard]] Result<void> TellAlerts(const Setup& setup, mysql::Connection& connection,
                                      const mysql::Lease& lease, Summary& summary);

/// What TellAlerts would queue, had a pass recorded `alerts`: a dry run. Only reads.
[[nodiscard]] Result<void> PreviewMails(const Setup& setup, mysql::Connection& connection,
                                        const std::vector<Alert>& alerts, Summary& summary);

}  // namespace mon::processor
