#include "backtest.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "detectors.h"
#include "evaluator.h"
#include "metric_row.h"
#include "mysql_items.h"
#include "processor/incident_run.h"
#include "sample_reader.h"

namespace mon::processor {
namespace {

using anomaly_detector::Phase;
using anomaly_detector::Rule;
using anomaly_detector::RuleState;
using mysql::Value;

/// Enough to know the usual spacing, and what was under way.
constexpr std::size_t kSamplesBefore = RuleState::kSpacings + 12;

/// The rules of alerts about sources; see watch_alerts.h.
constexpr std::array<std::string_view, 3> kWatchRules{"no-data", "stale-data", "bad-data"};

/// One rule on one application.
struct Track {
  const Rule* rule;
  IncidentRun run;
  Timeline timeline;
};

using Key = std::pair<std::string, std::string>;  // rule, application

/// Of one rule and application.
bool IsSame(const Recorded& recorded, const Alert& alert) {
  Alert other;
  other.started_at = recorded.started_at;
  other.ended_at = recorded.ended_at;
  return other.Overlaps(alert);
}

class Backtester {
 public:
  Backtester(mysql::Connection& connection, const Config& config, const std::vector<Rule>& rules,
             const BacktestOptions& options, const std::stop_token& stop)
      : connection_(connection),
        config_(config),
        rules_(rules),
        options_(options),
        stop_(stop),
        history_(connection, options.now),
        items_(connection, config),
        detectors_(detector::Setting{config.detector.alerts_per_month}),
        evaluator_(items_, config.processor.window, &detectors_, config.contexts) {}

  Result<BacktestResult> Run() {
    auto applications = Applications();
    if (!applications) return std::unexpected(applications.error());
    if (options_.count_rows) {
      if (auto counted = CountRows(); !counted) return std::unexpected(counted.error());
    }
    for (const auto& application : *applications) {
      if (auto judged = JudgeApplication(application); !judged) {
        return std::unexpected(judged.error());
      }
    }
    std::ranges::stable_sort(judged_, {}, [](const auto& alert) { return alert->fired_at; });
    std::ranges::copy_if(judged_, std::back_inserter(result_.incidents),
                         [this](const auto& alert) { return IsInRange(alert->fired_at); });
    CountMails();
    if (auto compared = CompareWithRecorded(); !compared) {
      return std::unexpected(compared.error());
    }
    return std::move(result_);
  }

 private:
  /// All that have rows, whenever: a few steps in the index.
  Result<std::vector<std::string>> Applications() {
    auto rows = connection_.Query("SELECT DISTINCT application FROM hyphenmon_metrics");
    if (!rows) return Context("reading applications", rows.error());
    std::set<std::string> names;
    while (rows->Next()) names.insert(rows->IsNull(0) ? kDefaultApplication : rows->Text(0));
    return std::vector<std::string>(names.begin(), names.end());
  }

  Result<void> CountRows() {
    auto rows =
        connection_.Query("SELECT COUNT(*) FROM hyphenmon_metrics WHERE timestamp BETWEEN ? AND ?",
                          {options_.from, options_.to});
    if (!rows) return Context("counting stored samples", rows.error());
    if (rows->Next()) total_ = rows->Uint(0);
    return {};
  }

  /// Early enough for each rule to know what is under way at `from`.
  Result<std::int64_t> StartOf(const std::string& application) {
    auto before = history_.ReadBefore(application, options_.from, kSamplesBefore);
    if (!before) return std::unexpected(before.error());
    auto start = before->empty() ? options_.from : before->front().timestamp;
    for (const auto& rule : rules_) {
      const auto& config = rule.Config();
      const auto needed = config.for_ + config.keep_firing_for.value_or(std::chrono::seconds(0));
      start = std::min(start, options_.from - needed.count());
    }
    return start;
  }

  Result<void> JudgeApplication(const std::string& application) {
    const auto start = StartOf(application);
    if (!start) return std::unexpected(start.error());
    std::vector<Track> tracks;
    for (const auto& rule : rules_) {
      const auto timing = TimingOf(rule.Config(), config_.aggregator.interval);
      tracks.push_back({&rule, IncidentRun(rule.Config(), application, timing, {}, nullptr),
                        Timeline(options_.from, options_.to)});
    }
    const auto samples_before = result_.samples;
    evaluator_.UseHistory(&history_);
    // They go with the time, and that begins anew with each application.
    detectors_.Clear();
    if (auto begun = detectors_.Begin(nullptr, Detectors::kAllOfThePast); !begun) return begun;
    for (auto next = std::optional(*start); next;) {
      if (stop_.stop_requested()) return Fail(ErrorCode::kTimeout, "stopped before the end");
      auto page = history_.Read(application, *next, options_.to);
      if (!page) return std::unexpected(page.error());
      next = page->more_from;
      for (auto& track : tracks) {
        if (auto judged = JudgePage(track, application, page->samples); !judged) return judged;
      }
      detectors_.Forget();
      result_.samples += static_cast<std::size_t>(std::ranges::count_if(
          page->samples, [this](const Sample& sample) { return IsInRange(sample.timestamp); }));
      if (options_.progress) options_.progress(result_.samples, total_);
    }
    if (result_.samples > samples_before) Finish(application, tracks);
    return {};
  }

  Result<void> JudgePage(Track& track, const std::string& application,
                         std::span<const Sample> samples) {
    auto evaluations = evaluator_.Evaluate(*track.rule, application, samples);
    if (!evaluations) return std::unexpected(evaluations.error());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      track.run.Feed(samples[i], evaluations->At(i));
      const bool pending = track.run.State().phase == Phase::kPending;
      track.timeline.Add(samples[i].timestamp,
                         pending ? Timeline::Mark::kPending : Timeline::Mark::kQuiet);
    }
    return {};
  }

  void Finish(const std::string& application, std::vector<Track>& tracks) {
    for (auto& track : tracks) {
      for (const auto& alert : track.run.Begun()) {
        track.timeline.AddFiring(alert->fired_at, alert->ended_at.value_or(options_.to + 1));
        judged_.push_back(alert);
      }
      result_.timeline.push_back({track.rule->Name(), application, std::move(track.timeline)});
    }
  }

  void CountMails() {
    for (const auto& alert : result_.incidents) {
      for (const auto& recipient : options_.recipients(*alert)) {
        auto& count = result_.mails[recipient];
        ++count.problem;
        if (alert->ended_at) ++count.recovery;
      }
    }
  }

  /// Those that have an instant in common with the range.
  Result<std::vector<Recorded>> ReadRecorded() {
    auto rows = connection_.Query(
        "SELECT rule, application, started_at, fired_at, ended_at, summary FROM alerts"
        " WHERE fired_at <= ? AND (ended_at IS NULL OR ended_at >= ?) ORDER BY fired_at, id",
        {options_.to, options_.from});
    if (!rows) return Context("reading recorded alerts", rows.error());
    std::vector<Recorded> recorded;
    while (rows->Next()) {
      Recorded one{rows->Text(0), rows->Text(1), rows->Int(2), rows->Int(3), {}, rows->Text(5)};
      if (!rows->IsNull(4)) one.ended_at = rows->Int(4);
      const bool is_ours = std::ranges::find(rules_, one.rule, &Rule::Name) != rules_.end();
      const bool is_watch = std::ranges::find(kWatchRules, one.rule) != kWatchRules.end();
      if (is_ours || !is_watch) recorded.push_back(std::move(one));
    }
    return recorded;
  }

  /// What lies across an edge of the range has its like perhaps just outside of it.
  Result<void> CompareWithRecorded() {
    auto all = ReadRecorded();
    if (!all) return std::unexpected(all.error());
    std::map<Key, std::vector<std::shared_ptr<Alert>>> judged;
    for (const auto& alert : judged_) judged[{alert->rule, alert->application}].push_back(alert);
    std::map<Key, std::vector<Recorded>> recorded;
    for (const auto& one : *all) {
      recorded[{one.rule, one.application}].push_back(one);
      if (!IsInRange(one.fired_at)) continue;
      ++result_.recorded;
      const bool found = std::ranges::any_of(judged[{one.rule, one.application}],
                                             [&](const auto& a) { return IsSame(one, *a); });
      if (!found) result_.not_found.push_back(one);
    }
    for (const auto& alert : result_.incidents) {
      const bool known = std::ranges::any_of(recorded[{alert->rule, alert->application}],
                                             [&](const auto& r) { return IsSame(r, *alert); });
      if (!known) result_.not_recorded.push_back(alert);
    }
    return {};
  }

  [[nodiscard]] bool IsInRange(std::int64_t timestamp) const {
    return timestamp >= options_.from && timestamp <= options_.to;
  }

  mysql::Connection& connection_;
  const Config& config_;
  const std::vector<Rule>& rules_;
  const BacktestOptions& options_;
  const std::stop_token& stop_;
  MysqlSampleHistory history_;
  MysqlItems items_;
  Detectors detectors_;
  Evaluator evaluator_;
  std::size_t total_ = 0;
  std::vector<std::shared_ptr<Alert>> judged_;  // those before the range, too
  BacktestResult result_;
};

}  // namespace

Result<BacktestResult> Backtest(mysql::Connection& connection, const Config& config,
                                const std::vector<Rule>& rules, const BacktestOptions& options,
                                const std::stop_token& stop) {
  return Backtester(connection, config, rules, options, stop).Run();
}

}  // namespace mon::processor
