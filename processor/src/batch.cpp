#include "batch.h"

#include <algorithm>
#include <limits>

namespace mon::processor {
namespace {

/// Up to where all sources of `rules` have been read for `application`.
Result<std::int64_t> ReadUntil(std::span<const anomaly_detector::Rule> rules,
                               const std::string& application, Evaluator& evaluator) {
  auto until = std::numeric_limits<std::int64_t>::max();
  for (const auto& rule : rules) {
    auto read = evaluator.ReadUntil(rule, application);
    if (!read) return std::unexpected(read.error());
    if (*read) until = std::min(until, **read);
  }
  return until;
}

}  // namespace

Batch MakeBatch(std::span<const Sample> samples) {
  std::map<std::string, std::map<std::int64_t, Sample>> sorted;
  for (const auto& sample : samples) {
    auto [at, fresh] = sorted[sample.application].try_emplace(sample.timestamp, sample);
    if (!fresh && at->second.id < sample.id) at->second = sample;
  }
  Batch batch;
  for (auto& [application, by_time] : sorted) {
    auto& list = batch[application];
    for (auto& [time, sample] : by_time) list.push_back(std::move(sample));
  }
  return batch;
}

Result<Readiness> SplitReady(std::span<const PendingSample> samples,
                             std::span<const anomaly_detector::Rule> rules, Evaluator& evaluator,
                             TimePoint now) {
  Readiness out;
  std::map<std::string, std::int64_t> read_until;
  std::vector<Sample> ready;
  for (const auto& pending : samples) {
    const auto& application = pending.sample.application;
    auto known = read_until.find(application);
    if (known == read_until.end()) {
      auto until = ReadUntil(rules, application, evaluator);
      if (!until) return std::unexpected(until.error());
      known = read_until.emplace(application, *until).first;
    }
    const auto window_end = pending.sample.timestamp + evaluator.Window().count();
    const bool complete = EpochSeconds(now) > window_end && known->second > window_end;
    if (complete || now - pending.waits_since >= kLongestWait) {
      ready.push_back(pending.sample);
      out.ready_ids.push_back(pending.sample.id);
    } else {
      out.waiting.push_back(pending);
    }
  }
  out.ready = MakeBatch(ready);
  return out;
}

}  // namespace mon::processor
