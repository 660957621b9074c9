#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "alerting_system/settings.h"
#include "common/config.h"
#include "common/error.h"

namespace mon::mail_transport {

/// One message for one recipient.
struct OutgoingMail {
  std::string from;             ///< envelope sender, a plain mailbox
  std::string to;               ///< envelope recipient, a plain mailbox
  std::string message_id;       ///< names the file in a Maildir
  std::int64_t created_at = 0;  ///< epoch seconds, likewise
  std::string bytes;  ///< the whole message, CRLF, as alerting_system::BuildMessage makes it
};

enum class Status {
  kSent,       ///< accepted
  kDeferred,   ///< 4xx, or the connection broke before the message was complete: try again later
  kRefused,    ///< 5xx for this sender, recipient or message: trying again is no use
  kUncertain,  ///< broke after the message was complete and before the server's answer
};

/// What became of one message, as far as it was about this message.
struct Receipt {
  Status status = Status::kSent;
  std::string reply;             ///< what the server said, or how the connection ended
  bool connection_lost = false;  ///< the server stopped answering; the next mail may fare no better
  std::optional<std::chrono::seconds> retry_after{};  ///< not before, the server said; of deferred
};

/// Where mails go.
struct MailTransport {
  virtual ~MailTransport() = default;

  /// Hands one message over. An Error means that no message could be handed over at all, whoever it
  /// is for: kUnavailable and kTimeout (no connection, no STARTTLS where it is demanded, the server
  /// cannot serve now), kRejected (login refused, wrong certificate), kConfig (unreadable CA file),
  /// kIo (Maildir: disk full, no permission). No message holds the password. When `stop` is asked
  /// for, an exchange that has not begun ends at once, one under way within seconds.
  [[nodiscard]] virtual Result<Receipt> Send(const OutgoingMail& mail, std::stop_token stop) = 0;

  /// "mail.example:587", "maildir /var/mail/monitoring": for messages.
  [[nodiscard]] virtual std::string Name() const = 0;
};

struct SmtpOptions {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::kStarttls;
  std::string user;
  Secret password;                                    ///< empty: no login
  std::filesystem::path ca_file;                      ///< trusted besides the system's authorities
  std::filesystem::path tls_ca;                       ///< instead of both
  std::chrono::milliseconds connect_timeout{10'000};  ///< until the TCP (or TLS) connection stands
  std::chrono::milliseconds total_timeout{30'000};    ///< of one message, connecting included
};

/// SMTP by libcurl (RFC 5321, 3207, 4954). With kStarttls the session is encrypted before anything
/// is said, or ended; certificate chain and host name are always checked. One transaction a
/// message; the connection is kept for the next one. curl_global_init must have been called. Use
/// from one thread at a time.
[[nodiscard]] std::unique_ptr<MailTransport> MakeSmtpTransport(SmtpOptions options);

/// "mail.example:587", as the transport's own name.
[[nodiscard]] std::string ServerName(const SmtpOptions& options);

/// What the configuration says of its mail server.
[[nodiscard]] SmtpOptions SmtpOptionsOf(const Config& config);

/// Goes as far as any message would, and sends none: connects, encrypts, checks the certificate,
/// logs in, says NOOP and QUIT. Errors: those of MailTransport::Send.
[[nodiscard]] Result<void> ProbeSmtp(const SmtpOptions& options, std::stop_token stop);

/// A Maildir (tmp, new, cur; made where missing, mode 0700). A file is complete and synced before
/// it appears in `new`; its name comes from the Message-ID, so that a repeat replaces it.
[[nodiscard]] std::unique_ptr<MailTransport> MakeMaildirTransport(std::filesystem::path directory);

/// The transport that the configuration asks for.
[[nodiscard]] std::unique_ptr<MailTransport> MakeTransport(
    const Config& config, const alerting_system::MailSettings& settings);

}  // namespace mon::mail_transport
