#include "common/csv.h"

#include <algorithm>
#include <cstring>

namespace mon {

CsvReader::CsvReader(std::span<char> text) : at_(text.data()), end_(text.data() + text.size()) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::string_view(text.data(), text.size()).starts_with(kByteOrderMark)) {
    at_ += kByteOrderMark.size();
  }
}

/// Takes one LF or CRLF, if it stands here.
bool CsvReader::SkipLineBreak() {
  char* after = at_;
  if (after < end_ && *after == '\r') ++after;
  if (after == end_ || *after != '\n') return false;
  at_ = after + 1;
  ++next_line_;
  return true;
}

Result<bool> CsvReader::Next(std::vector<std::string_view>& fields) {
  fields.clear();
  while (SkipLineBreak()) {
  }
  line_ = next_line_;
  if (at_ == end_) return false;
  while (true) {
    Result<std::string_view> field = at_ < end_ && *at_ == '"' ? QuotedField() : Field();
    if (!field) return std::unexpected(std::move(field).error());
    fields.push_back(*field);
    if (at_ == end_ || SkipLineBreak()) return true;
    if (*at_ != ',') return Fail(ErrorCode::kInvalidData, "text behind a closing quote");
    ++at_;
  }
}

Result<std::string_view> CsvReader::Field() {
  char* const begin = at_;
  while (at_ < end_ && *at_ != ',' && *at_ != '\n') ++at_;
  // The CR of a CRLF belongs to the line's end; any other one to the field.
  if (at_ < end_ && *at_ == '\n' && at_ > begin && at_[-1] == '\r') --at_;
  return std::string_view(begin, static_cast<std::size_t>(at_ - begin));
}

Result<std::string_view> CsvReader::QuotedField() {
  char* const begin = ++at_;
  char* write = begin;
  while (true) {
    auto* const quote =
        static_cast<char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
    if (quote == nullptr) {
      at_ = end_;
      return Fail(ErrorCode::kInvalidData, "a quote that is not closed");
    }
    next_line_ += static_cast<std::size_t>(std::count(at_, quote, '\n'));
    write = std::copy(at_, quote, write);
    at_ = quote + 1;
    if (at_ == end_ || *at_ != '"') break;
    *write++ = '"';
    ++at_;
  }
  return std::string_view(begin, static_cast<std::size_t>(write - begin));
}

void AppendCsvField(std::string& out, std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace mon
