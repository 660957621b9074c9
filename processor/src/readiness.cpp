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
bool IsComplete(std::int64_t timestamp, const SourceProgress& sources, std::int64_t now) {
  const std::int64_t window = sources.window.count();
  const bool silent = sources.newest_value && *sources.newest_value < timestamp - window;
  if (sources.overwritten && !silent && !sources.read_until) return true;
  if ((silent || sources.missing) && now - timestamp < kLongestWait.count()) return false;
  const auto window_end = timestamp + window;
  return now > window_end && sources.read_until.value_or(now) > window_end;
}

/// Knows how far the sources of each application are, which are asked once.
class Sources {
 public:
  Sources(std::span<const anomaly_detector::Rule> rules, Evaluator& evaluator)
      : rules_(rules), evaluator_(&evaluator) {}

  Result<SourceProgress> Of(const std::string& application) {
    const auto known = progress_.find(application);
    if (known != progress_.end()) return known->second;
    auto progress = ProgressOf(rules_, application, *evaluator_);
    if (!progress) return progress;
    progress->window = std::max(progress->window, evaluator_->Window());
    return progress_.emplace(application, *progress).first->second;
  }

 private:
  std::span<const anomaly_detector::Rule> rules_;
  Evaluator* evaluator_;
  std::map<std::string, SourceProgress> progress_;
};

}  // namespace

Result<Readiness> SplitReady(std::span<const PendingSample> pending, const Batch& fresh,
                             std::span<const anomaly_detector::Rule> rules, Evaluator& evaluator,
                             TimePoint now) {
  Readiness out;
  Sources sources(rules, evaluator);
  for (const auto& one : pending) {
    const auto progress = sources.Of(one.application);
    if (!progress) return std::unexpected(progress.error());
    if (IsComplete(one.sample.timestamp, *progress, EpochSeconds(now)) ||
        now - one.waits_since >= kLongestWait) {
      out.ready[one.application].push_back(one.sample);
      out.done.push_back(one.sample.id);
    } else {
      out.waiting.push_back(one);
    }
  }
  out.waiting_still = out.waiting.size();
  for (const auto& [application, samples] : fresh) {
    const auto progress = sources.Of(application);
    if (!progress) return std::unexpected(progress.error());
    auto& ready = out.ready[application];
    ready.reserve(ready.size() + samples.size());
    for (const Sample& sample : samples) {
      if (IsComplete(sample.timestamp, *progress, EpochSeconds(now))) {
        ready.push_back(sample);
      } else {
        out.waiting.push_back({application, sample, now});
      }
    }
  }
  std::erase_if(out.ready, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [application, samples] : out.ready) PutInOrder(samples);
  return out;
}

}  // namespace mon::processor
