#include "common/host_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "common/text.h"

namespace mon {

namespace {

std::unexpected<Error> Refuse(std::string_view text, std::string_view expected) {
  return Fail(ErrorCode::kConfig,
              fmt::format("{}: expected {}", QuoteJson(CleanUtf8(text, 128)), expected));
}

bool IsHostCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > ' ' && byte != 0x7f && std::string_view("/@[]\"'\\,").find(c) == std::string::npos;
}

}  // namespace

Result<HostPort> ParseHostPort(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return Refuse(text, "a ] behind the IPv6 address");
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (rest.starts_with(':')) port = rest.substr(1);
    if ((!port && !rest.empty()) || host.find(':') == std::string_view::npos) {
      return Refuse(text, "[IPv6]:PORT");
    }
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    if (port->find(':') != std::string_view::npos) {
      return Refuse(text, "brackets around an IPv6 address, as [::1]:3306");
    }
  }
  if (!std::ranges::all_of(host, IsHostCharacter) || (host.empty() && !port)) {
    return Refuse(text, "HOST:PORT");
  }
  if (!port) return HostPort{std::string(host), default_port};
  const std::optional<std::uint64_t> number = ParseUint(*port);
  if (!number || *number > std::numeric_limits<std::uint16_t>::max()) {
    return Refuse(text, "a port up to 65535");
  }
  return HostPort{std::string(host), static_cast<std::uint16_t>(*number)};
}

std::string FormatHostPort(const HostPort& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(v6 ? "[{}]:{}" : "{}:{}"), address.host, address.port);
}

}  // namespace mon
