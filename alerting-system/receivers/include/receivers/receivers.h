#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "alerting_system/outbox.h"
#include "common/config.h"
#include "common/error.h"
#include "mail_transport/mail_transport.h"

namespace mon::receivers {

/// True for "webhook:NAME", "slack:NAME", "teams:NAME" and "command:NAME"; false for a mail
/// address, which has no colon.
[[nodiscard]] bool IsReceiver(std::string_view recipient);

/// The webhooks and commands of the configuration.
///
/// A webhook gets a POST with the header Idempotency-Key, which is the same in each attempt; 2xx
/// means that it was taken, 408, 429 and 5xx that it is to be tried again, in Retry-After at the
/// earliest, and anything else that it never will be. What was handed over and not answered is
/// uncertain. A command gets the payload on its standard input and few variables; exit code 0 means
/// taken, 75 try again, anything else refused; one that runs longer than its timeout is killed with
/// its process group, and is tried again.
///
/// No text that comes back holds a URL, a token or a header. Use from one thread at a time;
/// construct it before the program starts threads (libcurl).
class Receivers {
 public:
  explicit Receivers(const Config& config);
  ~Receivers();
  Receivers(Receivers&&) noexcept;
  Receivers& operator=(Receivers&&) noexcept;

  /// Hands `mail` over to its recipient. As MailTransport::Send: an Error means that nothing could
  /// be handed over at all. Refused where the configuration has no such receiver any more.
  [[nodiscard]] Result<mail_transport::Receipt> Send(const alerting_system::QueuedMail& mail,
                                                     std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The body that goes to the recipient of `mail`, who is a receiver: the payload with the
/// receiver's name, or a message in Slack's or Teams' format.
/// Where the mail has no payload, one is made of its subject and text.
[[nodiscard]] std::string BodyFor(const alerting_system::QueuedMail& mail);

}  // namespace mon::receivers
