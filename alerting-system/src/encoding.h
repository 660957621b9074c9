#pragma once

#include <string>
#include <string_view>

namespace mon::alerting_system {

/// Quoted-printable (RFC 2045 6.7): lines of at most 76 characters that end with CRLF. Line ends of
/// the input may be \n or \r\n; a character is never split between two lines.
[[nodiscard]] std::string QuotedPrintable(std::string_view utf8);

/// Base64 (RFC 2045 6.8): lines of 76 characters that end with CRLF, but for the last one.
[[nodiscard]] std::string Base64Lines(std::string_view bytes);

/// The text of an unstructured header whose name is `name_length` long: folded at blanks where it
/// is ASCII, else as encoded words (RFC 2047) of whole characters. `utf8` must be valid, without
/// control characters.
[[nodiscard]] std::string HeaderText(std::string_view utf8, std::size_t name_length);

/// A display name as RFC 5322 wants it before "<address>": quoted string or encoded words.
[[nodiscard]] std::string DisplayName(std::string_view utf8);

}  // namespace mon::alerting_system
