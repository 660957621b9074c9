#include "rule_tests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/text.h"
#include "detectors.h"
#include "evaluator.h"
#include "processor/incident_run.h"

namespace mon::processor {
namespace {

using anomaly_detector::Phase;
using std::chrono::seconds;

/// An alert at a checkpoint.
struct SeenAlert {
  std::string rule;
  std::string application;
  std::string state;
  std::string severity;
  std::string summary;  ///< empty while it is pending
  std::vector<std::string> hosts;
};

/// What the series of a test showed.
struct Seen {
  std::vector<std::vector<SeenAlert>> at_checkpoints;
  std::vector<std::shared_ptr<Alert>> incidents;  ///< of the rules in their order
};

std::optional<SeenAlert> SeenIn(const IncidentRun& run, const RuleConfig& rule,
                                const std::string& application) {
  const auto phase = run.State().phase;
  if (phase == Phase::kInactive) return std::nullopt;
  SeenAlert seen{rule.name, application, "pending", std::string(ToString(rule.severity)), "", {}};
  if (phase == Phase::kFiring && run.Open()) {
    seen.state = "firing";
    seen.summary = run.Open()->summary;
    seen.hosts = run.Open()->hosts;
  }
  return seen;
}

/// Judges one series by one rule, and looks at it at each checkpoint.
Result<void> Judge(const RuleTest& test, const anomaly_detector::Rule& rule,
                   const SeriesOfApplication& series, Evaluator& evaluator, Seen& seen) {
  auto evaluations = evaluator.Evaluate(rule, series.application, series.samples);
  if (!evaluations) return std::unexpected(evaluations.error());
  IncidentRun run(rule.Config(), series.application, TimingOf(rule.Config(), test.interval), {},
                  nullptr);
  std::size_t next = 0;
  for (std::size_t checkpoint = 0; checkpoint <= test.checkpoints.size(); ++checkpoint) {
    const bool is_end = checkpoint == test.checkpoints.size();
    for (; next < series.samples.size(); ++next) {
      const auto& sample = series.samples[next];
      if (!is_end && sample.timestamp > kTestStart + test.checkpoints[checkpoint].at.count()) break;
      run.Feed(sample, evaluations->At(next));
    }
    if (is_end) break;
    if (auto alert = SeenIn(run, rule.Config(), series.application)) {
      seen.at_checkpoints[checkpoint].push_back(*std::move(alert));
    }
  }
  seen.incidents.insert(seen.incidents.end(), run.Begun().begin(), run.Begun().end());
  return {};
}

/// `mask` says what is compared; `state` and so on are those of either side.
std::string Words(const WantedAlert& mask, const std::string& state, const std::string& severity,
                  const std::string& summary, const std::vector<std::string>& hosts) {
  auto words = state;
  if (mask.severity) words += " " + severity;
  if (mask.summary) words += " " + QuoteJson(summary);
  if (mask.hosts) {
    words += " on " + (hosts.empty() ? "no host" : fmt::format("{}", fmt::join(hosts, ", ")));
  }
  return words;
}

std::string Words(const WantedAlert& wanted) {
  return Words(wanted, wanted.state, wanted.severity.value_or(""), wanted.summary.value_or(""),
               wanted.hosts.value_or(std::vector<std::string>{}));
}

std::string Words(const WantedAlert& mask, const SeenAlert& seen) {
  return Words(mask, seen.state, seen.severity, seen.summary, seen.hosts);
}

void Compare(const Checkpoint& checkpoint, std::vector<SeenAlert> seen,
             std::vector<Difference>& differences) {
  for (const auto& wanted : checkpoint.alerts) {
    const auto same = [&](const SeenAlert& alert) {
      return alert.rule == wanted.rule && alert.application == wanted.application;
    };
    const auto found = std::ranges::find_if(seen, same);
    const auto expected = Words(wanted);
    const auto got = found == seen.end() ? "" : Words(wanted, *found);
    if (expected != got) {
      differences.push_back({checkpoint.at, wanted.rule, wanted.application, expected, got});
    }
    if (found != seen.end()) seen.erase(found);
  }
  for (const auto& alert : seen) {
    WantedAlert mask;  // all there is to tell
    mask.severity = mask.summary = "";
    if (!alert.hosts.empty()) mask.hosts = alert.hosts;
    differences.push_back({checkpoint.at, alert.rule, alert.application, "", Words(mask, alert)});
  }
}

std::string TimeWords(const WantedIncident& mask, std::optional<seconds> started,
                      std::optional<seconds> fired, std::optional<seconds> ended) {
  std::string words;
  if (mask.started && started) words += fmt::format("started {}, ", FormatDuration(*started));
  if (mask.fired && fired) words += fmt::format("fired {}, ", FormatDuration(*fired));
  return words + (ended ? "ended " + FormatDuration(*ended) : "open");
}

std::string Words(const WantedIncident& mask, const Alert& alert) {
  const auto after = [](std::int64_t time) { return seconds(time - kTestStart); };
  return TimeWords(mask, after(alert.started_at), after(alert.fired_at),
                   alert.ended_at ? std::optional(after(*alert.ended_at)) : std::nullopt);
}

/// Incidents of one rule and application are compared one by one, in the order of time.
void Compare(std::span<const WantedIncident> wanted, std::vector<std::shared_ptr<Alert>> seen,
             std::vector<Difference>& differences) {
  for (const auto& one : wanted) {
    const auto found = std::ranges::find_if(seen, [&](const auto& alert) {
      return alert->rule == one.rule && alert->application == one.application;
    });
    const auto expected = TimeWords(one, one.started, one.fired, one.ended);
    const auto got = found == seen.end() ? "" : Words(one, **found);
    if (expected != got) {
      differences.push_back({std::nullopt, one.rule, one.application, expected, got});
    }
    if (found != seen.end()) seen.erase(found);
  }
  WantedIncident all;
  all.started = all.fired = seconds(0);
  for (const auto& alert : seen) {
    differences.push_back({std::nullopt, alert->rule, alert->application, "", Words(all, *alert)});
  }
}

}  // namespace

Result<RuleTestResult> RunRuleTest(const RuleTest& test, const RuleTestSetup& setup) {
  MemoryItems items(test.items);
  Detectors detectors(setup.detector);
  if (auto begun = detectors.Begin(nullptr, Detectors::kAllOfThePast); !begun) {
    return std::unexpected(begun.error());
  }
  Evaluator evaluator(items, setup.window, &detectors, setup.contexts);
  Seen seen;
  seen.at_checkpoints.resize(test.checkpoints.size());
  for (const auto& rule : setup.rules) {
    for (const auto& series : test.series) {
      if (auto judged = Judge(test, rule, series, evaluator, seen); !judged) {
        return std::unexpected(judged.error());
      }
    }
  }
  RuleTestResult result{test.name, test.line, {}};
  for (std::size_t i = 0; i < test.checkpoints.size(); ++i) {
    Compare(test.checkpoints[i], std::move(seen.at_checkpoints[i]), result.differences);
  }
  if (test.incidents) Compare(*test.incidents, std::move(seen.incidents), result.differences);
  return result;
}

}  // namespace mon::processor
