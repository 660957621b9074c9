#include "row_pages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mon::data_aggregator::archive {
namespace {

constexpr std::size_t kRowsAPage = 2'000;
/// Of those that others wait for.
constexpr std::size_t kRowsLocked = 500;

}  // namespace

RowPages::RowPages(mysql::Connection& connection, const Source& source, const RowFormat& format,
                   Day day, bool lock)
    : connection_(connection), source_(source), format_(format), day_(day), lock_(lock) {}

/// Behind the last row, spelt out: (a, b) > (?, ?) would make the server read from the beginning.
std::string RowPages::Beyond(std::vector<mysql::Value>& params) const {
  std::string equal;
  std::string beyond;
  const auto& key = source_.table.key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    beyond += fmt::format("{}({}{} > ?)", i == 0 ? "" : " OR ", equal, key[i]);
    params.insert(params.end(), last_.begin(), last_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    equal += key[i] + " = ? AND ";
  }
  return beyond;
}

Result<std::vector<std::string>> RowPages::Next() {
  const Table& table = source_.table;
  const std::size_t limit = lock_ ? kRowsLocked : kRowsAPage;
  std::vector<mysql::Value> params;
  std::string where = OnDay(table, day_);
  if (!source_.condition.empty()) where += " AND " + source_.condition;
  if (!last_.empty()) where += fmt::format(" AND ({})", Beyond(params));
  std::vector<std::string> lines;
  lines.reserve(limit);
  auto read =
      connection_.Read(fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}{}",
                                   format_.ColumnList(), source_.from, where,
                                   fmt::join(table.key, ", "), limit, lock_ ? " FOR UPDATE" : ""),
                       params, [&](const mysql::Row& row) { lines.push_back(format_.Line(row)); });
  if (!read) return std::unexpected(read.error());
  if (!lines.empty()) last_ = format_.ValuesOf(lines.back(), table.key);
  return lines;
}

}  // namespace mon::data_aggregator::archive
