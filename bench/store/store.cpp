// Stores rows as data-aggregator does: bench_store TABLE ROWS FROM GENERATION [SERIES [MEMBER]]
// [--from-the-end], the database in MYSQL_*; several at once are members 1, 2, … of those that
// share. Prints seconds from the first row handed over to the last commit, and the peak memory.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/measure.h"
#include "bench/rows.h"
#include "data_aggregator/mysql_sample_store.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "mysql/membership.h"

namespace {

using namespace mon;  // NOLINT: a program of one file
using bench::Need;

// What is handed over at once: a group of the poller or of the spool's replay, a page of Zabbix.
constexpr std::size_t kSamplesAtOnce = 10'000;
constexpr std::size_t kValuesAtOnce = 10'000;

std::vector<Item> ItemsOf(const bench::Rows& rows, std::uint64_t hostid) {
  std::vector<Item> items(rows.series);
  for (std::size_t i = 0; i < rows.series; ++i) {
    items[i].itemid = bench::ItemId(rows.first + i);
    items[i].hostid = hostid;
    items[i].name = items[i].key = fmt::format("item[{}]", i);
  }
  return items;
}

template <typename Row, typename Store>
double Feed(const std::vector<Row>& rows, std::size_t at_once, bool from_the_end, Store store) {
  const double begun = bench::Now();
  std::size_t written = 0;
  for (std::size_t done = 0; done < rows.size(); done += at_once) {
    const std::size_t count = std::min(at_once, rows.size() - done);
    const std::size_t at = from_the_end ? rows.size() - done - count : done;
    const auto result = Need(store(std::span(rows).subspan(at, count)));
    written += result.inserted + result.replaced;
  }
  const double seconds = bench::Now() - begun;
  if (written < rows.size()) throw std::runtime_error(fmt::format("{} rows written", written));
  return seconds;
}

double Run(const std::string& table, std::size_t count, const bench::Rows& rows, int member,
           bool from_the_end) {
  const Config config = bench::Configuration();
  mysql::Connection connection = Need(mysql::Connection::Open(config.mysql, {.bulk = true}));
  const mysql::Lease lease = Need(mysql::Lease::Acquire(
      connection, mysql::MemberName("aggregator", member), std::chrono::seconds(600)));
  data_aggregator::MysqlSampleStore store(connection, lease);
  double seconds = 0;
  if (table == "hyphenmon_metrics") {
    std::vector<ApplicationSample> samples;
    for (std::size_t i = 0; i < count; ++i) samples.push_back(rows.Sample(i));
    seconds = Feed(samples, kSamplesAtOnce, from_the_end,
                   [&](auto some) { return store.StoreSamples(some); });
  } else {
    const std::vector<std::uint64_t> host = {static_cast<std::uint64_t>(member)};
    Need(store.StoreItems(ItemsOf(rows, host[0]), host));
    std::vector<ItemValue> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(rows.Value(i));
    seconds = Feed(values, kValuesAtOnce, from_the_end,
                   [&](auto some) { return store.StoreHistory(some); });
  }
  Need(lease.Release(connection));
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  const bool from_the_end = argc > 5 && argv[argc - 1] == std::string_view("--from-the-end");
  argc -= from_the_end ? 1 : 0;
  if (argc < 5 || argc > 7) {
    fmt::print(
        stderr,
        "usage: bench_store TABLE ROWS FROM GENERATION [SERIES [MEMBER]] [--from-the-end]\n");
    return 64;
  }
  return bench::Report("bench_store", [&] {
    bench::Rows rows{.from = std::stol(argv[3]), .generation = std::stoul(argv[4])};
    if (argc > 5) rows.series = std::stoul(argv[5]);
    const int member = argc > 6 ? std::stoi(argv[6]) : 1;
    rows.first =
        static_cast<std::size_t>(member - 1) * rows.series;  // members have series of their own
    return Run(argv[1], std::stoul(argv[2]), rows, member, from_the_end);
  });
}
