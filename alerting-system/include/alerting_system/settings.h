#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::alerting_system {

/// Who mails whom, and where to, after the defaults are filled in.
struct MailSettings {
  std::string from;                     ///< "monitoring@example.org", may carry a display name
  std::vector<std::string> recipients;  ///< never empty, each once, plain mailboxes
  std::filesystem::path maildir;        ///< where mails are written; empty: to smtp.host
  std::string warning;                  ///< worth a log line in every pass; empty: none
};

/// Fills in what the configuration leaves open: with neither smtp.host nor smtp.maildir mails go to
/// `maildir` in the state directory, from monitoring@HOSTNAME to root.
/// Errors: kConfig for a missing sender or recipient beside smtp.host, and for bad addresses.
[[nodiscard]] Result<MailSettings> ResolveMailSettings(const Config& config);

}  // namespace mon::alerting_system
