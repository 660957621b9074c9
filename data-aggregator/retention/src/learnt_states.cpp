#include "learnt_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "mysql/placeholders.h"
#include "mysql/transact.h"

namespace mon::data_aggregator::archive {
namespace {

/// What a detector begins with, and so what one that has to begin anew gets back.
constexpr std::chrono::days kLeastAge{14};
constexpr std::size_t kRowsABatch = 500;

}  // namespace

Result<std::string> LearntStates::Limit() {
  const auto age = std::max<std::chrono::seconds>(options_.keep.history, kLeastAge);
  auto rows = connection_.Query(
      fmt::format("SELECT CAST(COALESCE(MAX(updated_at), NOW(3)) - INTERVAL {} SECOND AS CHAR)"
                  " FROM detector_states",
                  age.count()));
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Text(0) : std::string();
}

Result<std::uint64_t> LearntStates::CountEnded() {
  const auto limit = Limit();
  if (!limit) return std::unexpected(limit.error());
  auto rows =
      connection_.Query("SELECT COUNT(*) FROM detector_states WHERE updated_at < ?", {*limit});
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Uint(0) : 0;
}

Result<std::uint64_t> LearntStates::DeleteEnded(const mysql::Lease& lease) {
  const auto limit = Limit();
  if (!limit) return std::unexpected(limit.error());
  std::uint64_t deleted = 0;
  for (std::string last;;) {
    // Their keys first: a DELETE that looks for them would lock what it passes.
    auto rows = connection_.Query(
        fmt::format("SELECT series FROM detector_states WHERE series > ? AND updated_at < ?"
                    " ORDER BY series LIMIT {}",
                    kRowsABatch),
        {last, *limit});
    if (!rows) return std::unexpected(rows.error());
    std::vector<mysql::Value> params{*limit};
    while (rows->Next()) params.emplace_back(last = rows->Text(0));
    if (params.size() == 1) return deleted;
    // One that has come back meanwhile stays.
    const auto done = mysql::Transact(connection_, lease, [&] {
      return connection_.Execute(
          fmt::format("DELETE FROM detector_states WHERE updated_at < ? AND series IN ({})",
                      mysql::Placeholders(params.size() - 1)),
          params);
    });
    if (!done) return std::unexpected(done.error());
    deleted += *done;
    std::this_thread::sleep_for(options_.pause);
  }
}

}  // namespace mon::data_aggregator::archive
