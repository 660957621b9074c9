#include "rows_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <span>
#include <variant>

#include "quarantine.h"

namespace mon::data_aggregator {
namespace {

std::string Head(const RowSet& rows) {
  return fmt::format("INSERT INTO {} ({})", rows.table, fmt::join(rows.columns, ", "));
}

std::string KeyOf(const RowSet& rows, std::span<const mysql::Value> row) {
  std::string key;
  for (const std::size_t position : rows.key) {
    if (!key.empty()) key += '/';
    if (const auto* text = std::get_if<std::string>(&row[position])) key += *text;
    if (const auto* number = std::get_if<std::int64_t>(&row[position]))
      key += fmt::to_string(*number);
    if (const auto* number = std::get_if<std::uint64_t>(&row[position]))
      key += fmt::to_string(*number);
  }
  return key;
}

Result<std::uint64_t> WriteOneByOne(mysql::Connection& connection, const RowSet& rows,
                                    StoreResult& result) {
  std::uint64_t affected = 0;
  for (std::size_t i = 0; i < rows.Count(); ++i) {
    const auto row = std::span(rows.values).subspan(i * rows.columns.size(), rows.columns.size());
    const auto done = connection.InsertRows(Head(rows), rows.columns.size(), row, rows.tail);
    if (done) {
      affected += *done;
    } else if (done.error().code == ErrorCode::kInvalidData) {
      ++result.refused[done.error().message];
      auto kept = Quarantine(connection, {rows.table, KeyOf(rows, row), done.error().message,
                                          RowText(rows.columns, row)});
      if (!kept) return std::unexpected(kept.error());
    } else {
      return done;
    }
  }
  return affected;
}

}  // namespace

Result<std::uint64_t> WriteRows(mysql::Connection& connection, const RowSet& rows,
                                StoreResult& result) {
  if (rows.values.empty()) return 0;
  if (rows.Count() == 1) return WriteOneByOne(connection, rows, result);
  if (auto marked = connection.Execute("SAVEPOINT before_rows"); !marked) return marked;
  auto done =
      connection.InsertRows(Head(rows), rows.columns.size(), rows.values, rows.tail, rows.ids);
  if (done || done.error().code != ErrorCode::kInvalidData) return done;
  if (auto back = connection.Execute("ROLLBACK TO SAVEPOINT before_rows"); !back) return back;
  return WriteOneByOne(connection, rows, result);
}

}  // namespace mon::data_aggregator
