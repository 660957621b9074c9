#pragma once

#include <stop_token>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"

namespace mon::data_aggregator {

/// Looks at all that the platform needs (configuration, applications, Zabbix, MySQL, mail, state
/// directory, clocks) and prints a line for each, with how to mend what is wrong; with `json` as a
/// document for programs. All of it is asked at the same time, each within a limit: what is out of
/// reach holds up nothing else. Changes nothing that anybody keeps, sends no mail, prints no
/// secret.
///
/// kFound where something failed; warnings alone are kOk. Where a call does not come back within
/// its limit, the process is ended from here, after the report.
[[nodiscard]] Result<ExitCode> RunDoctor(const LoadedConfig& loaded, const Clock& clock, bool json,
                                         std::stop_token stop);

}  // namespace mon::data_aggregator
