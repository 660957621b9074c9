#pragma once

#include <functional>
#include <stop_token>

#include "common/config.h"
#include "common/error.h"
#include "mail_delivery/delivery.h"

namespace mon::alerting_system {

/// Delivers until `stop` (see daemon::Run); `reload` loads the configuration again. Starts and goes
/// on when database or mail server are down. Where another delivery holds the lease it stands by.
[[nodiscard]] Result<ExitCode> RunDaemon(const LoadedConfig& loaded,
                                         const mail_delivery::DeliveryOptions& options,
                                         const std::function<Result<LoadedConfig>()>& reload,
                                         const std::stop_token& stop);

}  // namespace mon::alerting_system
