#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon {

struct HostPort {
  std::string host;  ///< name or address, IPv6 without brackets; empty: all addresses
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

/// "name:port", "192.0.2.1:port", "[::1]:port", ":port"; without a port, `default_port`.
/// Errors: kConfig with what was expected, for an IPv6 address without brackets, too.
[[nodiscard]] Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t default_port);

/// The inverse: IPv6 in brackets.
[[nodiscard]] std::string FormatHostPort(const HostPort& address);

}  // namespace mon
