#include "new_samples.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/log.h"
#include "metric_row.h"
#include "sample_reader.h"

namespace mon::processor {
namespace {

/// Samples by application. Most come in the same order again and again, as the aggregator asks the
/// applications in turn: what followed the last time is looked at first.
class Groups {
 public:
  void Add(std::string_view application, const Sample& sample) {
    Group* group = last_ == nullptr ? nullptr : last_->follower;
    if (group == nullptr || group->application != application) {
      std::string name(application);
      group = &groups_.try_emplace(name, name).first->second;
      if (last_ != nullptr) last_->follower = group;
    }
    group->samples.push_back(sample);
    // Where the next one goes has not been touched for as many rows as there are applications: it
    // is fetched from memory while that row comes off the wire.
    if (group->follower != nullptr) __builtin_prefetch(group->follower->samples.end().base(), 1);
    last_ = group;
  }

  Batch Take() {
    Batch batch;
    for (auto& [application, group] : groups_) {
      PutInOrder(group.samples);
      batch.emplace(application, std::move(group.samples));
    }
    return batch;
  }

 private:
  struct Group {
    explicit Group(const std::string& name) : application(name) {}
    std::string application;
    std::vector<Sample> samples;
    Group* follower = nullptr;
  };

  std::unordered_map<std::string, Group> groups_;
  Group* last_ = nullptr;
};

}  // namespace

Result<NewSamples> ReadNewSamples(mysql::Connection& connection, const Ledgers& ledgers,
                                  std::span<const IdSpan> spans, std::int64_t above,
                                  std::size_t limit, std::int64_t now) {
  NewSamples found;
  Groups groups;
  const auto take = [&](const MetricRow& row, std::string_view application) {
    found.ids.push_back(row.id);
    const Ledger* ledger = ledgers.Of(application);
    if (ledger == nullptr || ledger->Contains(row.id)) return;
    ++found.rows;
    if (const auto sample = Check(row, now)) {
      groups.Add(application, *sample);
    } else {
      log::Warning("row skipped", {{"table", "hyphenmon_metrics"},
                                   {"id", std::to_string(row.id)},
                                   {"reason", sample.error()}});
      ++found.skipped[sample.error()];
    }
  };
  auto read = ReadRows(connection, spans, above, limit, take);
  if (!read) return std::unexpected(read.error());
  found.batch = groups.Take();
  return found;
}

}  // namespace mon::processor
