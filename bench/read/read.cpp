// Reads a table to its end as the processor does, in pages: bench_read TABLE SERIES, the database
// in MYSQL_*.

#include <fmt/format.h>

#include <ctime>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/rows.h"
#include "mysql/connection.h"
#include "mysql_items.h"
#include "new_samples.h"

namespace {

using namespace mon;  // NOLINT: a program of one file
using bench::Need;

// As a pass does it.
constexpr std::size_t kRowsAPage = 500'000;
constexpr std::int64_t kSecondsAPage = 3600;

double ReadMetrics(mysql::Connection& connection, std::size_t& count) {
  const std::vector<processor::IdSpan> all = {{0, processor::Ledger::kHighestId}};
  const processor::Ledgers none({}, processor::AllParts());
  const std::int64_t now = std::time(nullptr);
  const double begun = bench::Now();
  for (std::int64_t above = -1;;) {
    const auto fresh =
        Need(processor::ReadNewSamples(connection, none, all, above, kRowsAPage, now));
    count += fresh.ids.size();
    if (fresh.ids.size() < kRowsAPage) return bench::Now() - begun;
    above = fresh.ids.back();
  }
}

double ReadHistory(mysql::Connection& connection, const Config& config, std::size_t series,
                   std::size_t& count) {
  std::vector<processor::RelatedItem> items(series);
  std::vector<const processor::RelatedItem*> wanted;
  for (std::size_t i = 0; i < series; ++i) {
    items[i].itemid = bench::ItemId(i);
    wanted.push_back(&items[i]);
  }
  // All items have the same times; to look at all rows of all of them would count as CPU time.
  auto bounds = Need(connection.Query(
      "SELECT MIN(clock), MAX(clock) FROM zabbix_history WHERE itemid = ?", {bench::ItemId(0)}));
  bounds.Next();
  const std::int64_t first = bounds.Int(0);
  const std::int64_t last = bounds.Int(1);
  processor::MysqlItems source(connection, config);
  const double begun = bench::Now();
  for (std::int64_t from = first; from <= last; from += kSecondsAPage) {
    const auto to = std::min(last, from + kSecondsAPage - 1);
    for (const auto& values : Need(source.Series(wanted, from, to))) count += values.Size();
  }
  return bench::Now() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_read TABLE SERIES\n");
    return 64;
  }
  std::size_t count = 0;
  return bench::Report("bench_read", [&] {
    const Config config = bench::Configuration();
    mysql::Connection connection = Need(mysql::Connection::Open(config.mysql, {.bulk = true}));
    const double seconds = std::string(argv[1]) == "hyphenmon_metrics"
                               ? ReadMetrics(connection, count)
                               : ReadHistory(connection, config, std::stoul(argv[2]), count);
    if (count == 0) throw std::runtime_error("no rows");
    return seconds;
  });
}
