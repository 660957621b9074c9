#pragma once

#include <memory>

#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "mail_delivery/delivery.h"
#include "mail_transport/mail_transport.h"
#include "receivers/receivers.h"

namespace mon::alerting_system {

/// What delivering needs of one configuration.
struct Mailing {
  MailSettings settings;
  TimeZone zone;
  std::unique_ptr<mail_transport::MailTransport> transport;
  receivers::Receivers receivers;

  [[nodiscard]] mail_delivery::Channels Channels() { return {*transport, receivers}; }

  /// Errors: kConfig for an address, a sender that is missing, a time zone.
  [[nodiscard]] static Result<Mailing> Make(const Config& config);
};

}  // namespace mon::alerting_system
