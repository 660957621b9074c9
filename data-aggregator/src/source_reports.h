#pragma once

#include <string>

#include "data_aggregator/application_poller.h"
#include "data_aggregator/sample_store.h"
#include "data_aggregator/zabbix_collector.h"

namespace mon::data_aggregator {

[[nodiscard]] SourceReport ReportOf(const ApplicationReading& reading, TimePoint now);

/// Unknown hosts are an error of a source that is up.
[[nodiscard]] SourceReport ReportOf(const ZabbixReading& reading, TimePoint now,
                                    std::chrono::milliseconds duration);

[[nodiscard]] ExitCode ExitCodeOf(const ApplicationReading& reading);
[[nodiscard]] ExitCode ExitCodeOf(const ZabbixReading& reading);

}  // namespace mon::data_aggregator
