#include "new_samples.h"

#include <array>
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
    group->Add(sample);
    last_ = group;
  }

  Batch Take() {
    Batch batch;
    for (auto& [application, group] : groups_) {
      auto samples = group.Take();
      PutInOrder(samples);
      batch.emplace(application, std::move(samples));
    }
    return batch;
  }

 private:
  /// Some samples are kept beside the name until there are enough: to go to the place of each in
  /// memory that is far away costs more than to read its row.
  class Group {
   public:
    explicit Group(const std::string& name) : application(name) {}
    void Add(const Sample& sample) {
      if (count_ == near_.size()) Move();
      near_[count_++] = sample;
    }
    std::vector<Sample> Take() {
      Move();
      return std::move(samples_);
    }

    std::string application;
    Group* follower = nullptr;

   private:
    void Move() {
      samples_.insert(samples_.end(), near_.begin(), near_.begin() + count_);
      count_ = 0;
    }

    std::size_t count_ = 0;
    std::array<Sample, 8> near_;
    std::vector<Sample> samples_;
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
