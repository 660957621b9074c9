#include "readiness.h"

#include <algorithm>
#include <map>
#include <string>

namespace mon::processor {
namespace {

/// How far all sources of `rules` are for `application`.
Result<SourceProgress> ProgressOf(std::span<const anomaly_detector::Rule> rules,
                                  const std::string& application, Evaluator& evaluator) {
  SourceProgress all;
  for (const auto& rule : rules) {
    auto progress = evaluator.Progress(rule, application);
    if (!progress) return std::unexpected(progress.error());
    all.Include(*progress);
  }
  return all;
}

/// True where waiting brings no further value, or would lose the one that is there.
bool IsComplete(std::int64_t timestamp, std::int64_t window, const SourceProgress& sources,
                std::int64_t now) {
  const bool silent = sources.newest_value && *sources.newest_value < timestamp - window;
  if (sources.overwritten && !silent && !sources.read_until) return true;
  if ((silent || sources.missing) && now - timestamp < kLongestWait.count()) return false;
  const auto window_end = timestamp + window;
  return now > window_end && sources.read_until.value_or(now) > window_end;
}

}  // namespace

Result<Readiness> SplitReady(std::span<const PendingSample> samples,
                             std::span<const anomaly_detector::Rule> rules, Evaluator& evaluator,
                             TimePoint now) {
  Readiness out;
  std::map<std::string, SourceProgress> progress;
  std::vector<Sample> ready;
  for (const auto& pending : samples) {
    const auto& application = pending.sample.application;
    auto known = progress.find(application);
    if (known == progress.end()) {
      auto read = ProgressOf(rules, application, evaluator);
      if (!read) return std::unexpected(read.error());
      known = progress.emplace(application, *read).first;
    }
    const auto window = std::max(evaluator.Window(), known->second.window);
    const bool complete =
        IsComplete(pending.sample.timestamp, window.count(), known->second, EpochSeconds(now));
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
