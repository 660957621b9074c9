#pragma once

#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::alerting_system {

/// A mail address, as in "Monitoring <monitoring@example.org>".
struct Address {
  std::string display_name;  ///< UTF-8, may be empty
  std::string mailbox;       ///< "monitoring@example.org", or a local name such as "root"

  /// What follows the "@"; empty for a local name.
  [[nodiscard]] std::string_view Domain() const;
};

/// Parses and checks one address. Only plain mailboxes (the dot-atom of RFC 5321, at most 254
/// bytes): no quoted local part, no address literal, no SMTPUTF8. So nothing that gets through can
/// end a line or an envelope command.
/// Errors: kConfig, naming the address.
[[nodiscard]] Result<Address> ParseAddress(std::string_view text);

}  // namespace mon::alerting_system
