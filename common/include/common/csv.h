#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon {

/// Reads comma-separated values (RFC 4180) from memory, record by record, without copying.
///
/// Lines end with LF or CRLF. Quoted fields may hold commas, line breaks and doubled quotes. Blank
/// lines and a UTF-8 byte order mark at the start are skipped. Fields are views into the text
/// given, which must outlive them; doubled quotes are undone in place, so the text changes.
///
///     CsvReader reader(text);
///     while (reader.Next(fields).value_or(false)) Use(reader.Line(), fields);
class CsvReader {
 public:
  explicit CsvReader(std::span<char> text);

  /// Puts the fields of the next record into `fields`; false at the end.
  /// Errors: kInvalidData for a quote that is not closed and for text behind a closing quote. The
  /// message does not name the line: see Line().
  [[nodiscard]] Result<bool> Next(std::vector<std::string_view>& fields);

  /// The line, from 1, on which the record read last begins.
  [[nodiscard]] std::size_t Line() const { return line_; }

 private:
  [[nodiscard]] Result<std::string_view> Field();
  [[nodiscard]] Result<std::string_view> QuotedField();
  bool SkipLineBreak();

  char* at_;
  char* end_;
  std::size_t line_ = 0;       ///< where the current record begins
  std::size_t next_line_ = 1;  ///< the line of `at_`
};

/// Appends `field`, in quotes where it needs them.
void AppendCsvField(std::string& out, std::string_view field);

}  // namespace mon
