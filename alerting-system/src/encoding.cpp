#include "encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mon::alerting_system {
namespace {

constexpr std::size_t kMaxQuotedLine = 76;
constexpr std::size_t kMaxHeaderLine = 76;
constexpr std::size_t kEncodedWordBytes = 36;  // 48 characters of base64, 60 with what is around

/// The length of the UTF-8 character that begins at `at`.
std::size_t CharacterLength(std::string_view utf8, std::size_t at) {
  std::size_t length = 1;
  while (at + length < utf8.size() &&
         (static_cast<unsigned char>(utf8[at + length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return length;
}

std::string Hex(char c) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'=', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
}

bool IsPrintable(char c) { return c >= 0x20 && c < 0x7F; }

/// One input line; blanks at its end are encoded, because mail servers strip them.
void AppendQuotedLine(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size();) {
    const std::size_t length = CharacterLength(line, i);
    const bool last = i + length == line.size();
    std::string piece;
    for (const char c : line.substr(i, length)) {
      const bool literal = (IsPrintable(c) || c == '\t') && c != '=';
      const bool stripped = last && (c == ' ' || c == '\t');
      piece += literal && !stripped ? std::string(1, c) : Hex(c);
    }
    if (column + piece.size() > kMaxQuotedLine - 1) {  // one is for the "=" of the soft break
      out += "=\r\n";
      column = 0;
    }
    out += piece;
    column += piece.size();
    i += length;
  }
  out += "\r\n";
}

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = (bits << 8U) | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= group.size() ? kAlphabet[(bits >> (18U - 6U * k)) & 0x3FU] : '=';
    }
  }
  return out;
}

std::string EncodedWords(std::string_view utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size();) {
    std::size_t end = i;
    while (end < utf8.size()) {
      const std::size_t length = CharacterLength(utf8, end);
      if (end > i && end + length - i > kEncodedWordBytes) break;
      end += length;
    }
    out +=
        (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + Base64(utf8.substr(i, end - i)) + "?=";
    i = end;
  }
  return out;
}

/// ASCII text can stay as it is, unless it looks like an encoded word, has a word too long to fold,
/// or blanks that folding would lose.
bool CanStayPlain(std::string_view text) {
  if (!std::ranges::all_of(text, IsPrintable) || text.find("=?") != std::string_view::npos ||
      text.starts_with(' ') || text.ends_with(' ') || text.find("  ") != std::string_view::npos) {
    return false;
  }
  std::size_t word = 0;
  for (const char c : text) {
    word = c == ' ' ? 0 : word + 1;
    if (word > kMaxHeaderLine - 1) return false;
  }
  return true;
}

}  // namespace

std::string QuotedPrintable(std::string_view utf8) {
  std::string out;
  while (!utf8.empty()) {
    const auto end = utf8.find('\n');
    std::string_view line = utf8.substr(0, end);
    if (end != std::string_view::npos && line.ends_with('\r')) line.remove_suffix(1);
    AppendQuotedLine(out, line);
    utf8.remove_prefix(end == std::string_view::npos ? utf8.size() : end + 1);
  }
  return out;
}

std::string Base64Lines(std::string_view bytes) {
  constexpr std::size_t kBytesALine = 57;  // 76 characters
  std::string out;
  for (; bytes.size() > kBytesALine; bytes.remove_prefix(kBytesALine)) {
    out += Base64(bytes.substr(0, kBytesALine)) + "\r\n";
  }
  return out + Base64(bytes);
}

std::string HeaderText(std::string_view utf8, std::size_t name_length) {
  if (!CanStayPlain(utf8)) return EncodedWords(utf8);
  std::string out;
  std::size_t column = name_length + 2;
  while (!utf8.empty()) {
    const std::size_t end = std::min(utf8.find(' '), utf8.size());
    if (!out.empty()) {
      const bool fits = column + 1 + end <= kMaxHeaderLine;
      out += fits ? " " : "\r\n ";
      column = fits ? column + 1 : 1;
    }
    out += utf8.substr(0, end);
    column += end;
    utf8.remove_prefix(std::min(end + 1, utf8.size()));
  }
  return out;
}

std::string DisplayName(std::string_view utf8) {
  if (!std::ranges::all_of(utf8, IsPrintable) || utf8.size() > 60) return EncodedWords(utf8);
  std::string out = "\"";
  for (const char c : utf8) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace mon::alerting_system
