#include "rows_writer.h"

#include <span>

namespace mon::data_aggregator {
namespace {

Result<std::uint64_t> WriteOneByOne(mysql::Connection& connection, const RowSet& rows,
                                    StoreResult& result) {
  std::uint64_t affected = 0;
  for (std::size_t i = 0; i < rows.Count(); ++i) {
    const auto row = std::span(rows.values).subspan(i * rows.columns, rows.columns);
    const auto done = connection.InsertRows(rows.head, rows.columns, row, rows.tail);
    if (done) {
      affected += *done;
    } else if (done.error().code == ErrorCode::kInvalidData) {
      ++result.refused[done.error().message];
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
  auto done = connection.InsertRows(rows.head, rows.columns, rows.values, rows.tail);
  if (done || done.error().code != ErrorCode::kInvalidData) return done;
  if (auto back = connection.Execute("ROLLBACK TO SAVEPOINT before_rows"); !back) return back;
  return WriteOneByOne(connection, rows, result);
}

}  // namespace mon::data_aggregator
