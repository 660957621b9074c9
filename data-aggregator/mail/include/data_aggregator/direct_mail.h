#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "alerting_system/compose.h"
#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "mail_transport/mail_transport.h"

namespace mon::data_aggregator {

/// A mail that does not go through the outbox. What it says of itself (Message-ID, thread, date) is
/// made from this alone, so that a repeat is the same mail, also where the outbox repeats it.
struct DirectMail {
  alerting_system::ComposedMail mail;
  Severity severity = Severity::kCritical;
  std::int64_t date = 0;  ///< epoch seconds
};

/// Sends such mails at once, to the mail server or Maildir of a configuration. Use from one thread
/// at a time.
class DirectSender {
 public:
  /// Errors: kConfig (see ResolveMailSettings).
  [[nodiscard]] static Result<DirectSender> Make(const Config& config);

  [[nodiscard]] const std::vector<std::string>& Recipients() const { return settings_.recipients; }

  /// Errors: those of MailTransport::Send; then nothing was sent, and others fare no better.
  [[nodiscard]] Result<mail_transport::Receipt> Send(const DirectMail& mail,
                                                     const std::string& recipient,
                                                     const std::stop_token& stop);

 private:
  DirectSender(const Config& config, alerting_system::MailSettings settings,
               alerting_system::TimeZone zone);

  alerting_system::MailSettings settings_;
  alerting_system::TimeZone zone_;
  std::unique_ptr<mail_transport::MailTransport> transport_;
};

/// Sends a mail of severity critical to all recipients of the configuration. Well when one of them
/// has it, or may have it. Errors: that of the last recipient.
[[nodiscard]] Result<void> SendNotice(const Config& config,
                                      const alerting_system::ComposedMail& mail,
                                      const std::stop_token& stop);

}  // namespace mon::data_aggregator
