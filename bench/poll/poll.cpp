// Polls all applications of the configuration as the daemon does: bench_poll ROUNDS [store]. Prints
// the seconds of the last round; with `store` until its samples are committed in the database of
// MYSQL_*.

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "common/clock.h"
#include "data_aggregator/application_poller.h"
#include "data_aggregator/mysql_sample_store.h"
#include "http/http_client.h"
#include "mysql/connection.h"
#include "mysql/lease.h"

namespace {

using namespace mon;  // NOLINT: a program of one file
using bench::Need;

struct Database {
  explicit Database(const Config& config)
      : connection(Need(mysql::Connection::Open(config.mysql))) {}
  mysql::Connection connection;
  mysql::Lease lease =
      Need(mysql::Lease::Acquire(connection, "aggregator", std::chrono::seconds(600)));
  data_aggregator::MysqlSampleStore store{connection, lease};
};

void WaitForNextSecond() {
  const auto now = std::chrono::system_clock::now();
  std::this_thread::sleep_until(std::chrono::ceil<std::chrono::seconds>(now));
}

double Poll(const Config& config, int rounds, Database* database) {
  const auto client = http::MakeCurlClient({});
  data_aggregator::ApplicationPoller poller(config.applications, *client, std::chrono::seconds(10));
  double seconds = 0;
  for (; rounds > 0; --rounds) {
    std::size_t good = 0;
    std::size_t stored = 0;
    WaitForNextSecond();  // else the samples are those of the round before
    const double begun = bench::Now();
    poller.Poll(SystemClock().Now(), std::chrono::seconds(60), {}, [&](auto readings) {
      std::vector<ApplicationSample> samples;
      for (const auto& reading : readings) samples.push_back(Need(reading.sample));
      good += samples.size();
      if (database == nullptr) return;
      const auto result = Need(database->store.StoreSamples(samples));
      stored += result.inserted + result.replaced;
    });
    seconds = bench::Now() - begun;
    if (good != config.applications.size()) throw std::runtime_error("not all answered");
    if (database != nullptr && stored != good) throw std::runtime_error("not all were new");
  }
  return seconds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_poll ROUNDS [store]\n");
    return 64;
  }
  return bench::Report("bench_poll", [&] {
    const Config config = bench::Configuration();
    const auto database = argc > 2 ? std::make_unique<Database>(config) : nullptr;
    return Poll(config, std::stoi(argv[1]), database.get());
  });
}
