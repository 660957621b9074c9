#pragma once

#include <stop_token>

#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "mail_delivery/delivery.h"
#include "mail_transport/mail_transport.h"

namespace mon::alerting_system {

/// Delivers until `stop`; starts and goes on when database or mail server are down. Where another
/// delivery holds the lease it stands by.
[[nodiscard]] Result<ExitCode> RunDaemon(const LoadedConfig& loaded,
                                         mail_transport::MailTransport& transport,
                                         const MailSettings& settings, const TimeZone& zone,
                                         const mail_delivery::DeliveryOptions& options,
                                         const std::stop_token& stop);

}  // namespace mon::alerting_system
