// The limit of storing: the server reads the same rows from a file, LOAD DATA INFILE.
// limit_load TABLE ROWS FROM GENERATION DIRECTORY, the database in MYSQL_*. Writing the file
// counts.

#include <fmt/format.h>
#include <fmt/os.h>

#include <filesystem>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/rows.h"
#include "database.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

double LoadSamples(MYSQL& connection, const std::string& file, const bench::Rows& rows,
                   std::size_t count) {
  std::vector<ApplicationSample> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(rows.Sample(i));
  const double begun = bench::Now();
  {
    auto out = fmt::output_file(file);
    for (const auto& sample : samples)
      out.print("{}\t{}\t{}\t{}\n", sample.application, sample.timestamp, sample.response_time_ms,
                sample.error_rate);
  }
  bench::Execute(connection, fmt::format("LOAD DATA INFILE '{}' INTO TABLE hyphenmon_metrics"
                                         " (application, timestamp, response_time_ms, error_rate)",
                                         file));
  return bench::Now() - begun;
}

double LoadValues(MYSQL& connection, const std::string& file, const bench::Rows& rows,
                  std::size_t count) {
  std::vector<ItemValue> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(rows.Value(i));
  const double begun = bench::Now();
  {
    auto out = fmt::output_file(file);
    for (const auto& value : values)
      out.print("{}\t{}\t{}\t{}\n", value.itemid, value.clock, value.ns, value.text);
  }
  bench::Execute(connection, fmt::format("LOAD DATA INFILE '{}' INTO TABLE zabbix_history"
                                         " (itemid, clock, ns, value)",
                                         file));
  return bench::Now() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    fmt::print(stderr, "usage: limit_load TABLE ROWS FROM GENERATION DIRECTORY\n");
    return 64;
  }
  return bench::Report("limit_load", [&] {
    const bench::RawConnection connection = bench::Connect();
    const std::string file = fmt::format("{}/rows.tsv", argv[5]);
    const bench::Rows rows{.from = std::stol(argv[3]), .generation = std::stoul(argv[4])};
    const bool samples = std::string(argv[1]) == "hyphenmon_metrics";
    const double seconds =
        (samples ? LoadSamples : LoadValues)(*connection, file, rows, std::stoul(argv[2]));
    std::filesystem::remove(file);
    return seconds;
  });
}
