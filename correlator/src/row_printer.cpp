#include "row_printer.h"

#include <array>
#include <charconv>

#include "common/csv.h"
#include "common/text.h"

namespace mon::correlator {
namespace {

template <typename Integer>
void AppendNumber(std::string& out, Integer number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// True for the text of a number as RFC 8259 has it: `-0.5e3`, but not `+1`, `.5`, `01` or `nan`.
bool IsJsonNumber(std::string_view text) {
  std::size_t i = 0;
  const auto at = [&](char c) { return i < text.size() && text[i] == c; };
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - begin;
  };
  if (at('-')) ++i;
  const bool zero = at('0');
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at('.')) {
    ++i;
    if (digits() == 0) return false;
  }
  if (at('e') || at('E')) {
    ++i;
    if (at('+') || at('-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : CleanUtf8(text, std::string::npos)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += '"';
}

/// Within a window of int64 seconds the difference of two int64 fits.
std::int64_t Offset(std::int64_t timestamp, std::int64_t clock) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(clock) -
                                   static_cast<std::uint64_t>(timestamp));
}

}  // namespace

void RowPrinter::Header() {
  if (format_ == Format::kCsv) text_ += "timestamp,itemid,clock,value,offset_seconds\n";
}

Result<void> RowPrinter::Pair(std::int64_t timestamp, const ItemRow& row) {
  const bool json = format_ == Format::kNdjson;
  text_ += json ? "{\"timestamp\":" : "";
  AppendNumber(text_, timestamp);
  text_ += json ? ",\"itemid\":" : ",";
  AppendNumber(text_, row.itemid);
  text_ += json ? ",\"clock\":" : ",";
  AppendNumber(text_, row.clock);
  text_ += json ? ",\"value\":" : ",";
  if (!json) {
    AppendCsvField(text_, row.value);
  } else if (IsJsonNumber(row.value)) {
    text_ += row.value;
  } else {
    AppendJsonString(text_, row.value);
  }
  text_ += json ? ",\"offset_seconds\":" : ",";
  AppendNumber(text_, Offset(timestamp, row.clock));
  text_ += json ? "}" : "";
  return EndLine();
}

Result<void> RowPrinter::Unmatched(std::int64_t timestamp) {
  const bool json = format_ == Format::kNdjson;
  text_ += json ? "{\"timestamp\":" : "";
  AppendNumber(text_, timestamp);
  text_ += json ? R"(,"itemid":null,"clock":null,"value":null,"offset_seconds":null})" : ",,,,";
  return EndLine();
}

Result<void> RowPrinter::EndLine() {
  constexpr std::size_t kPiece = 64 * 1024;
  text_ += '\n';
  return text_.size() < kPiece ? Result<void>() : Finish();
}

Result<void> RowPrinter::Finish() {
  Result<void> written = text_.empty() ? Result<void>() : write_(text_);
  text_.clear();
  return written;
}

}  // namespace mon::correlator
