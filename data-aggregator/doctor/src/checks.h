#pragma once

#include <memory>
#include <vector>

#include "check_runner.h"
#include "common/clock.h"
#include "common/config.h"
#include "http/http_client.h"

namespace mon::data_aggregator::doctor {

/// The checks of each group, ready to run. What they take by reference must outlive every thread
/// that runs them; an HTTP client is used by its check alone.

[[nodiscard]] std::vector<Check> ConfigurationChecks(const LoadedConfig& loaded);
[[nodiscard]] std::vector<Check> ApplicationChecks(const Config& config, const Clock& clock,
                                                   std::shared_ptr<http::Client> http);
[[nodiscard]] std::vector<Check> ZabbixChecks(const Config& config, const Clock& clock,
                                              std::shared_ptr<http::Client> http);
/// Each server by itself, as the runtime account; then what is in the database, on the server that
/// a run would take; then the rights of the admin account.
[[nodiscard]] std::vector<Check> MysqlChecks(const Config& config, const Clock& clock);
[[nodiscard]] std::vector<Check> MailChecks(const Config& config);
[[nodiscard]] std::vector<Check> StateDirectoryChecks(const Config& config, const Clock& clock);

}  // namespace mon::data_aggregator::doctor
