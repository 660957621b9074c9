#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>

#include "common/text.h"

namespace mon {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct Character {
  std::size_t bytes = 1;
  char32_t code = 0;
  bool valid = false;
};

/// The character at the front of `text` (not empty), by the table of well-formed sequences of the
/// Unicode standard (3.9, table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
/// A bad sequence is as long as its well-formed beginning, so that the next character survives.
Character Front(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {1, lead, true};
  std::size_t length = 0;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (length == 0) return {1, 0, false};
  char32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (i == 1 && lead == 0xE0) low = 0xA0;
    if (i == 1 && lead == 0xED) high = 0x9F;
    if (i == 1 && lead == 0xF0) low = 0x90;
    if (i == 1 && lead == 0xF4) high = 0x8F;
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, 0, false};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  return {length, code, true};
}

struct Range {
  char32_t first;
  char32_t last;
};

// The blocks that matter for names and messages, not the whole of the Unicode character database.
constexpr std::array<Range, 10> kZeroWidth = {{{0x0300, 0x036F},
                                               {0x0483, 0x0489},
                                               {0x0591, 0x05BD},
                                               {0x0610, 0x061A},
                                               {0x064B, 0x065F},
                                               {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF},
                                               {0x200B, 0x200F},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};

bool In(const auto& ranges, char32_t code) {
  return std::ranges::any_of(ranges, [code](Range r) { return code >= r.first && code <= r.last; });
}

std::size_t Width(char32_t code) {
  if (In(kZeroWidth, code)) return 0;
  return In(kWide, code) ? 2 : 1;
}

bool IsControl(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

}  // namespace

std::string CleanUtf8(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  clean.reserve(std::min(text.size(), max_bytes));
  while (!text.empty()) {
    const Character c = Front(text);
    const std::string_view piece = c.valid ? text.substr(0, c.bytes) : kReplacement;
    if (clean.size() + piece.size() > max_bytes) break;
    clean += piece;
    text.remove_prefix(c.bytes);
  }
  return clean;
}

std::size_t DisplayWidth(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const Character c = Front(utf8);
    width += c.valid ? Width(c.code) : 1;
    utf8.remove_prefix(c.bytes);
  }
  return width;
}

std::string EscapeControls(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const Character c = Front(text);
    if (c.valid && c.code == '\n') {
      escaped += "\\n";
    } else if (c.valid && c.code == '\t') {
      escaped += "\\t";
    } else if (c.valid && IsControl(c.code)) {
      fmt::format_to(std::back_inserter(escaped), "\\u{:04x}", static_cast<unsigned>(c.code));
    } else {
      escaped += text.substr(0, c.bytes);
    }
    text.remove_prefix(c.bytes);
  }
  return escaped;
}

std::string QuoteJson(std::string_view text) {
  const std::string clean = CleanUtf8(text, std::string::npos);
  std::string escaped;
  escaped.reserve(clean.size() + 2);
  for (const char c : clean) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return "\"" + EscapeControls(escaped) + "\"";
}

}  // namespace mon
