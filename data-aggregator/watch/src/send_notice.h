#pragma once

#include <stop_token>

#include "alerting_system/compose.h"
#include "common/config.h"
#include "common/error.h"

namespace mon::data_aggregator {

/// Sends a mail at once to all recipients of the configuration. Well when one of them has it.
/// Errors: that of the last recipient.
[[nodiscard]] Result<void> SendNotice(const Config& config,
                                      const alerting_system::ComposedMail& mail,
                                      const std::string& severity, const std::stop_token& stop);

}  // namespace mon::data_aggregator
