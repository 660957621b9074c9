#include "alerting_system/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "alerting_system/address.h"
#include "common/host_name.h"

namespace mon::alerting_system {
namespace {

/// Not every host has a name that may stand in an address.
std::string OwnAddress() {
  const std::string address = fmt::format("monitoring@{}", HostName());
  return ParseAddress(address) ? address : "monitoring@localhost";
}

Result<std::string> Sender(const SmtpConfig& smtp) {
  if (smtp.from.empty() && smtp.host.empty()) return OwnAddress();
  if (smtp.from.empty()) {
    return Fail(ErrorCode::kConfig,
                "smtp.from (SMTP_EMAIL_ADDRESS) is missing: it is needed beside smtp.host");
  }
  if (const auto address = ParseAddress(smtp.from); !address) {
    return Context("smtp.from (SMTP_EMAIL_ADDRESS)", address.error());
  }
  return smtp.from;
}

Result<std::vector<std::string>> Recipients(const SmtpConfig& smtp) {
  std::vector<std::string> mailboxes;
  for (const std::string& text : smtp.to) {
    auto address = ParseAddress(text);
    if (!address) return Context("smtp.to (RECIPIENT_EMAIL_ADDRESS)", address.error());
    if (std::ranges::find(mailboxes, address->mailbox) == mailboxes.end()) {
      mailboxes.push_back(std::move(address->mailbox));
    }
  }
  if (!mailboxes.empty()) return mailboxes;
  if (smtp.host.empty()) return std::vector<std::string>{"root"};
  return Fail(ErrorCode::kConfig,
              "smtp.to (RECIPIENT_EMAIL_ADDRESS) is empty: nobody would get the mails");
}

/// A login without encryption is the user's choice; on another host he is told what it means.
std::string ClearTextWarning(const SmtpConfig& smtp) {
  const bool here = smtp.host == "localhost" || smtp.host == "::1" || smtp.host.starts_with("127.");
  if (smtp.security != SmtpSecurity::kNone || smtp.password.empty() || here) return "";
  return fmt::format(
      "the password for {} goes over the network unencrypted (smtp.security is \"none\")",
      smtp.host);
}

}  // namespace

Result<MailSettings> ResolveMailSettings(const Config& config) {
  MailSettings settings;
  auto from = Sender(config.smtp);
  if (!from) return std::unexpected(from.error());
  settings.from = *std::move(from);
  auto recipients = Recipients(config.smtp);
  if (!recipients) return std::unexpected(recipients.error());
  settings.recipients = *std::move(recipients);
  if (!config.smtp.host.empty()) {
    settings.warning = ClearTextWarning(config.smtp);
    return settings;
  }
  settings.maildir =
      config.smtp.maildir.empty() ? config.state_dir / "maildir" : config.smtp.maildir;
  if (config.smtp.maildir.empty()) {
    settings.warning = fmt::format(
        "no mail server is configured (smtp.host or SMTP_SERVER_HOST): mails are written to {}",
        settings.maildir.string());
  }
  return settings;
}

}  // namespace mon::alerting_system
