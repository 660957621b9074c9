#include "new_samples.h"

#include <unordered_map>
#include <utility>

#include "common/log.h"
#include "metric_row.h"
#include "sample_reader.h"

namespace mon::processor {

Result<NewSamples> ReadNewSamples(mysql::Connection& connection, const Ledger& ledger,
                                  std::span<const IdSpan> spans, std::int64_t above,
                                  std::size_t limit, std::int64_t now) {
  NewSamples found;
  std::unordered_map<std::string, std::vector<Sample>> samples;
  const auto take = [&](const MetricRow& row) {
    ++found.rows;
    found.highest = row.id;
    if (ledger.Contains(row.id)) return;
    found.ids.push_back(row.id);
    if (const auto sample = Check(row, now)) {
      samples[OwnerOf(row)].push_back(*sample);
    } else {
      log::Warning("row skipped", {{"table", "hyphenmon_metrics"},
                                   {"id", std::to_string(row.id)},
                                   {"reason", sample.error()}});
      ++found.skipped[sample.error()];
    }
  };
  auto read = ReadRows(connection, spans, above, limit, take);
  if (!read) return std::unexpected(read.error());
  for (auto& [application, list] : samples) {
    PutInOrder(list);
    found.batch.emplace(application, std::move(list));
  }
  return found;
}

}  // namespace mon::processor
