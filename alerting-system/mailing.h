#pragma once

#include <memory>

#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "mail_transport/mail_transport.h"

namespace mon::alerting_system {

/// What delivering needs of one configuration.
struct Mailing {
  MailSettings settings;
  TimeZone zone;
  std::unique_ptr<mail_transport::MailTransport> transport;

  /// Errors: kConfig for an address, a sender that is missing, a time zone.
  [[nodiscard]] static Result<Mailing> Make(const Config& config);
};

}  // namespace mon::alerting_system
