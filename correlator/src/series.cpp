#include "series.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

#include "common/csv.h"
#include "common/text.h"

namespace mon::correlator {
namespace {

using Fields = std::vector<std::string_view>;

std::string Found(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  return fmt::format("found '{}{}'", CleanUtf8(text.substr(0, kLongest), 3 * kLongest),
                     text.size() > kLongest ? "…" : "");
}

std::unexpected<Error> Expected(std::string_view what, std::string_view text) {
  return Fail(ErrorCode::kInvalidData, fmt::format("expected {}, {}", what, Found(text)));
}

/// Calls `row(fields)` for each line below the header; the first error gets file and line.
template <typename Row>
Result<void> ReadRows(std::string& text, std::string_view name, std::string_view header, Row row) {
  CsvReader reader(text);
  Fields fields;
  const auto at_line = [&](Error error) {
    return Context(fmt::format("{} line {}", name, reader.Line()), std::move(error));
  };
  Result<bool> more = reader.Next(fields);
  if (!more) return at_line(std::move(more).error());
  const std::string first_line = fmt::format("{}", fmt::join(fields, ","));
  if (first_line != header) {
    return at_line(Expected(fmt::format("the header {}", header), first_line).error());
  }
  const auto columns = static_cast<std::size_t>(std::ranges::count(header, ',')) + 1;
  while ((more = reader.Next(fields)) && *more) {
    if (fields.size() != columns) {
      return at_line({ErrorCode::kInvalidData, fmt::format("expected {} fields ({}), found {}",
                                                           columns, header, fields.size())});
    }
    if (Result<void> good = row(fields); !good) return at_line(std::move(good).error());
  }
  if (!more) return at_line(std::move(more).error());
  return {};
}

/// True for a finite number from 0 to `most`.
bool IsNumberUpTo(std::string_view text, double most) {
  const std::optional<double> number = ParseDouble(text);
  return number && *number >= 0 && *number <= most;
}

}  // namespace

Result<std::vector<std::int64_t>> ReadApplication(std::string& text, std::string_view name) {
  std::vector<std::int64_t> times;
  const auto row = [&](const Fields& fields) -> Result<void> {
    const std::optional<std::int64_t> time = ParseInt(fields[0]);
    if (!time) return Expected("a timestamp in whole epoch seconds", fields[0]);
    if (!IsNumberUpTo(fields[1], std::numeric_limits<double>::max())) {
      return Expected("a response_time_ms of 0 or more", fields[1]);
    }
    if (!IsNumberUpTo(fields[2], 1)) return Expected("an error_rate from 0 to 1", fields[2]);
    times.push_back(*time);
    return {};
  };
  Result<void> read = ReadRows(text, name, "timestamp,response_time_ms,error_rate", row);
  if (!read) return std::unexpected(std::move(read).error());
  return times;
}

Result<std::vector<ItemRow>> ReadInfrastructure(std::string& text, std::string_view name) {
  std::vector<ItemRow> rows;
  const auto row = [&](const Fields& fields) -> Result<void> {
    const std::optional<std::uint64_t> itemid = ParseUint(fields[0]);
    if (!itemid) return Expected("an itemid, a whole number of 0 or more", fields[0]);
    const std::optional<std::int64_t> clock = ParseInt(fields[1]);
    if (!clock) return Expected("a clock in whole epoch seconds", fields[1]);
    rows.push_back({.itemid = *itemid, .clock = *clock, .value = fields[2]});
    return {};
  };
  Result<void> read = ReadRows(text, name, "itemid,clock,value", row);
  if (!read) return std::unexpected(std::move(read).error());
  const auto key = [](const ItemRow& r) { return std::tuple(r.itemid, r.clock); };
  // Where the value lies in the text orders duplicates as the file has them.
  const auto place = [](const ItemRow& r) { return std::tuple(r.itemid, r.clock, r.value.data()); };
  if (!std::ranges::is_sorted(rows, {}, place)) std::ranges::sort(rows, {}, place);
  const auto same_as_next = std::ranges::adjacent_find(rows, {}, key);
  if (same_as_next == rows.end()) return rows;
  auto kept = same_as_next;
  for (auto it = same_as_next; it != rows.end(); ++it) {
    const bool last_of_its_key = std::next(it) == rows.end() || key(*it) != key(*std::next(it));
    if (last_of_its_key) *kept++ = *it;
  }
  rows.erase(kept, rows.end());
  return rows;
}

}  // namespace mon::correlator
