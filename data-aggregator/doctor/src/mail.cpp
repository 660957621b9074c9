#include <fmt/format.h>

#include <utility>

#include "alerting_system/settings.h"
#include "checks.h"
#include "directory.h"
#include "mail_transport/mail_transport.h"

namespace mon::data_aggregator::doctor {
namespace {

using alerting_system::MailSettings;

constexpr std::chrono::milliseconds kConnectLimit{5'000};
constexpr std::chrono::milliseconds kTotalLimit{15'000};

std::string_view Encryption(SmtpSecurity security) {
  switch (security) {
    case SmtpSecurity::kStarttls:
      return "STARTTLS";
    case SmtpSecurity::kTls:
      return "TLS";
    case SmtpSecurity::kNone:
      break;
  }
  return "no encryption";
}

std::string Remedy(const Error& error) {
  switch (error.code) {
    case ErrorCode::kRejected:
      return error.message.contains("certificate")
                 ? "put the authority's certificate into tls_ca of [smtp] or into CA_FILE; where "
                   "the "
                   "name is wrong, use a name in smtp.host that the certificate has"
                 : "check smtp.user and its password (SMTP_EMAIL_ADDRESS, SMTP_EMAIL_PASSWORD); "
                   "some "
                   "providers want a password made for this program";
    case ErrorCode::kConfig:
      return "correct the TLS files of [smtp]";
    default:
      if (error.message.contains("STARTTLS"))
        return "set smtp.security to \"tls\" and the port to 465 where the server has that, or let "
               "its administrator switch STARTTLS on";
      return "are smtp.host and smtp.port right, does the mail server run, and does a firewall let "
             "this machine through?";
  }
}

Outcome ExamineServer(const Config& config, const std::stop_token& stop) {
  Outcome outcome;
  auto options = mail_transport::SmtpOptionsOf(config);
  options.connect_timeout = kConnectLimit;
  options.total_timeout = kTotalLimit;
  const std::string server = mail_transport::ServerName(options);
  const auto probed = mail_transport::ProbeSmtp(options, stop);
  if (!probed)
    outcome.Fail(server, probed.error().message, Remedy(probed.error()));
  else
    outcome.Ok(server, fmt::format("answers, {}, {}", Encryption(options.security),
                                   options.password.empty() ? std::string("no login")
                                                            : "lets " + options.user + " in"));
  return outcome;
}

Outcome Examine(const Config& config, const std::stop_token& stop) {
  Outcome outcome;
  const auto settings = alerting_system::ResolveMailSettings(config);
  if (!settings) {
    Told told = SplitAdvice(settings.error().message);
    outcome.Fail("addresses", std::move(told.problem), "set it in [smtp] of the configuration");
  } else if (!settings->warning.empty()) {
    outcome.Warn("settings", settings->warning,
                 config.smtp.host.empty()
                     ? "set host, from and to in [smtp], or maildir where that "
                       "is what you want"
                     : "set smtp.security to \"starttls\" or \"tls\"");
  }
  if (!config.smtp.host.empty()) {
    std::ranges::move(ExamineServer(config, stop).findings, std::back_inserter(outcome.findings));
  } else if (settings) {
    const auto tried = TryDirectory(settings->maildir);
    if (tried)
      outcome.Ok("maildir", fmt::format("{} {}", settings->maildir.string(),
                                        tried->exists ? "can be written and synced"
                                                      : "will be made with the first mail"));
    else
      outcome.Fail("maildir", tried.error().message,
                   DirectoryRemedy(settings->maildir, "maildir of [smtp]"));
  }
  return outcome;
}

}  // namespace

std::vector<Check> MailChecks(const Config& config) {
  return {{Group::kMail, config.smtp.host.empty() ? "maildir" : config.smtp.host,
           [&config](const std::stop_token& stop) { return Examine(config, stop); }}};
}

}  // namespace mon::data_aggregator::doctor
