#include "alerting_system/address.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"
#include "document.h"

namespace mon::alerting_system {
namespace {

constexpr std::size_t kMaxMailbox = 254;  // RFC 5321 4.5.3.1.3, without the brackets

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsDotAtom(std::string_view text, std::string_view specials) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [&](char c) {
    return IsAlphanumeric(c) || c == '.' || specials.find(c) != std::string_view::npos;
  });
}

bool IsMailbox(std::string_view text) {
  const auto at = text.rfind('@');
  const std::string_view local = text.substr(0, at);
  if (text.size() > kMaxMailbox || local.starts_with('-')) return false;
  if (!IsDotAtom(local, "!#$%&'*+-/=?^_`{|}~")) return false;
  return at == std::string_view::npos || IsDotAtom(text.substr(at + 1), "-");
}

bool HasControls(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::unexpected<Error> Bad(std::string_view text, std::string_view expected) {
  return Fail(ErrorCode::kConfig, fmt::format("\"{}\" is no usable mail address; expected {}",
                                              OneLine(text, 300), expected));
}

}  // namespace

std::string_view Address::Domain() const {
  const auto at = mailbox.rfind('@');
  return at == std::string::npos ? std::string_view() : std::string_view(mailbox).substr(at + 1);
}

Result<Address> ParseAddress(std::string_view text) {
  if (HasControls(text)) return Bad(text, "one without line breaks and control characters");
  Address address;
  std::string_view mailbox = Trim(text);
  if (mailbox.ends_with('>')) {
    const auto open = mailbox.rfind('<');
    if (open == std::string_view::npos) return Bad(text, "a form like \"Name <name@example.org>\"");
    std::string_view name = Trim(mailbox.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
      name = name.substr(1, name.size() - 2);
    }
    address.display_name = CleanUtf8(name, 200);
    mailbox = mailbox.substr(open + 1, mailbox.size() - open - 2);
  }
  if (!IsMailbox(mailbox)) return Bad(text, "a form like \"name@example.org\"");
  address.mailbox = mailbox;
  return address;
}

}  // namespace mon::alerting_system
