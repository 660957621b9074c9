#include "pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "causes.h"
#include "common/log.h"
#include "common/text.h"
#include "evidence.h"
#include "ledger_store.h"
#include "mails.h"
#include "mysql/membership.h"
#include "mysql/transact.h"
#include "page_reader.h"
#include "processor/alert_table.h"

namespace mon::processor {
namespace {

using alerting_system::ReportKind;
using anomaly_detector::Rule;

/// The first page is soon done, and a backlog is cheaper in large ones: each page reads and writes
/// the states of its applications.
constexpr std::size_t kFirstPage = 5'000;
constexpr std::size_t kPageGrowth = 10;
constexpr std::size_t kLargestPage = 750'000;
/// As many judgements are made in some seconds: well within the lease.
constexpr std::size_t kMostJudgements = 7'500'000;

std::size_t LargestPage(std::size_t rules) {
  return std::clamp(kMostJudgements / std::max<std::size_t>(rules, 1), kFirstPage, kLargestPage);
}
/// What is joined with so many samples is read at once, about as many values for each item.
constexpr std::size_t kSamplesAtOnce = 200'000;
constexpr std::chrono::seconds kTimeAtOnce{3600};
constexpr std::size_t kMostPending = 100'000;
constexpr int kAttempts = 3;
/// Detectors of items and hosts are in the memory of each member that judges by them: for so long
/// each may still learn what people have said of them, longer than any interval.
constexpr std::chrono::hours kKeptForOthers{3};
/// Alerts of a pass for which it is asked what moved.
constexpr std::size_t kMostLooks = 50;

std::vector<std::string> Applications(const Batch& a, const Batch& b) {
  std::set<std::string> names;
  for (const auto& [name, samples] : a) names.insert(name);
  for (const auto& [name, samples] : b) names.insert(name);
  return {names.begin(), names.end()};
}

}  // namespace

/// What one page reads and decides before it writes.
struct Pass::Page {
  Page(Pass& pass, NewSamples read, bool is_last)
      : fresh(std::move(read)),
        last(is_last),
        history(pass.connection_, EpochSeconds(pass.now_)),
        evaluator(pass.evaluator_) {
    evaluator.UseHistory(&history, &pass.memory_.recent);
  }
  ~Page() { evaluator.UseHistory(nullptr); }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  NewSamples fresh;
  bool last;        // of this pass
  Readiness items;  // what rules with items judge
  MysqlSampleHistory history;
  Evaluator& evaluator;  // reads from it while the page is at hand
  std::size_t late = 0;
  std::vector<std::string> fired, resolved;
  std::vector<std::shared_ptr<Alert>> unsaved;  // of a dry run
};

Pass::Pass(const Setup& setup, mysql::Connection& connection, const mysql::Lease* lease,
           Memory& memory, const Parts& parts, std::function<void()> progress)
    : setup_(setup),
      connection_(connection),
      lease_(lease),
      parts_(parts),
      progress_(std::move(progress)),
      memory_(memory),
      detector_store_(connection),
      items_(connection, *setup.config),
      items_beside_(connection, *setup.config),
      evaluator_(items_, setup.config->processor.window, &memory.detectors, setup.config->contexts),
      alerts_(connection, parts),
      book_(alerts_) {
  for (const auto& rule : setup.rules) {
    (rule.UsesItems() ? item_rules_ : plain_rules_).push_back(rule);
  }
}

Result<Summary> Pass::Run(const std::stop_token& stop) {
  if (lease_ == nullptr) {
    // It only reads, and all of it as of one moment.
    auto moment = connection_.Execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    if (!moment) return std::unexpected(moment.error());
    if (auto begun = connection_.Begin(); !begun) return std::unexpected(begun.error());
  }
  const auto run = [&]() -> Result<void> {
    if (auto started = Start(stop); !started)
      return stop.stop_requested() ? Result<void>() : started;
    PageReader reader(connection_, ledgers_, EpochSeconds(now_));
    std::size_t limit = kFirstPage;
    while (!stop.stop_requested()) {
      auto fresh = reader.Next(limit);
      if (!fresh) return std::unexpected(fresh.error());
      const bool last = fresh->ids.size() < limit;
      limit = std::min(limit * kPageGrowth, LargestPage(setup_.rules.size()));
      // A dry run sees all as of one moment, on its one connection.
      if (!last && lease_ != nullptr) reader.ReadAhead(limit);
      Page page(*this, *std::move(fresh), last);
      if (auto done = DoPage(page); !done) return done;
      if (progress_) progress_();
      if (last) break;
    }
    return {};
  };
  auto done = run();
  if (lease_ == nullptr) connection_.Rollback();
  if (!done) return std::unexpected(done.error());
  summary_.waiting = pending_.samples.size();
  return summary_;
}

Result<Summary> RunPass(const Setup& setup, mysql::Connection& connection,
                        const mysql::Lease* lease, Memory& memory, const Parts& parts,
                        const std::stop_token& stop, const std::function<void()>& progress) {
  for (int attempt = 1;; ++attempt) {
    Pass pass(setup, connection, lease, memory, parts, progress);
    auto summary = pass.Run(stop);
    // What a dry run has seen is there again in the next one.
    if (!summary || lease == nullptr) memory.Clear();
    if (summary || !pass.FailedByConflict() || attempt == kAttempts) return summary;
  }
}

Result<void> Pass::Start(const std::stop_token& stop) {
  if (auto begun = BeginLedgers(stop); !begun) return begun;
  const bool detects =
      std::ranges::any_of(setup_.rules, [](const auto& rule) { return rule.UsesDetectors(); });
  if (detects) {
    if (auto begun = memory_.detectors.Begin(&detector_store_); !begun) return begun;
  }
  auto pending = LoadPending(connection_, parts_, EpochSeconds(now_), kMostPending);
  if (!pending) return std::unexpected(pending.error());
  pending_ = std::move(*pending);
  for (const auto& waiting : pending_.samples) {
    const std::int64_t time = waiting.sample.timestamp;
    const auto [newest, first] = newest_waiting_.try_emplace(waiting.application, time);
    newest->second = std::max(newest->second, time);
  }
  if (item_rules_.empty()) {
    // Left from rules that are gone; a rule of weeks later is not to fire on them.
    for (const auto& left : pending_.samples) pending_.gone.push_back(left.sample.id);
    pending_.samples.clear();
  }
  return {};
}

Result<void> Pass::BeginLedgers(const std::stop_token& stop) {
  auto stored = LoadLedgers(connection_, parts_);
  if (!stored) return std::unexpected(stored.error());
  now_ = stored->now;
  stored_ledgers_ = std::move(stored->by_part);
  ledgers_ = Ledgers(stored_ledgers_, parts_);
  const bool anew = stored->highest_row && *stored->highest_row < ledgers_.Highest();
  if (!anew && !ledgers_.empty()) return {};
  const auto& config = setup_.config->processor;
  auto first = FirstLedger(connection_, now_, {config.first_read, config.gap_age},
                           [&] { return GoesOn(stop); });
  if (!first) return std::unexpected(first.error());
  if (!anew) return BeginFirst(*first);
  log::Warning("ids of hyphenmon_metrics have begun anew; reading as a first pass",
               {{"highest_id", std::to_string(*stored->highest_row)},
                {"read_until_id", std::to_string(ledgers_.Highest())}});
  memory_.Clear();
  ledgers_.BeginAnew(*stored->highest_row, *first);
  return {};
}

/// Where much is read before the first page is written.
Result<void> Pass::GoesOn(const std::stop_token& stop) {
  constexpr std::chrono::seconds kOften{5};
  if (stop.stop_requested()) return Fail(ErrorCode::kBusy, "told to stop");
  const auto now = std::chrono::steady_clock::now();
  if (lease_ == nullptr || now - kept_lease_ < kOften) return {};
  kept_lease_ = now;
  if (progress_) progress_();
  return lease_->Renew(connection_);
}

/// No pass has been on this database yet. All members begin with what the first of them has found.
Result<void> Pass::BeginFirst(const Ledger& first) {
  const Ledgers::ByPart whole{{Ledgers::kWhole, first}};
  ledgers_ = Ledgers(whole, parts_);
  if (parts_.all()) return {};
  if (mysql::SlotOf(*lease_) != 1)
    return Fail(ErrorCode::kBusy, "the first member has not begun yet");
  stored_ledgers_ = whole;
  return mysql::Transact(connection_, *lease_, [&] {
    return SaveLedgers(connection_, Ledgers(whole, AllParts()).ChangeFrom({}));
  });
}

Result<void> Pass::DoPage(Page& page) {
  ledgers_.Add(Runs(page.fresh.ids), now_);
  if (page.last) {
    // Not before every gap has been read once more: the last pass may have been days ago.
    ledgers_.CloseGaps(now_, setup_.config->processor.gap_age);
    ledgers_.Unite();
  }
  if (auto judged = Judge(page); !judged) return judged;
  const bool ledger_changed = !ledgers_.ChangeFrom(stored_ledgers_).empty();
  if (!ledger_changed && page.items.done.empty() && pending_.gone.empty()) return {};
  if (auto completed = Complete(page); !completed) return completed;
  if (auto committed = Commit(page); !committed) return committed;
  Count(page);
  return {};
}

Result<void> Pass::Judge(Page& page) {
  if (!item_rules_.empty()) {
    std::set<std::string> names;
    for (const auto& pending : pending_.samples) names.insert(pending.application);
    for (const auto& [application, samples] : page.fresh.batch) names.insert(application);
    if (!names.empty()) {
      const std::vector<std::string> expected(names.begin(), names.end());
      if (auto read = items_.Expect(expected); !read) return read;
    }
    auto split = SplitReady(pending_.samples, page.fresh.batch, item_rules_, evaluator_, now_);
    if (!split) return std::unexpected(split.error());
    page.items = std::move(*split);
  }

  const auto applications = Applications(page.fresh.batch, page.items.ready);
  if (auto loaded = book_.Load(applications); !loaded) return loaded;
  if (auto prepared = PrepareDetectors(applications); !prepared) return prepared;
  book_.EndAbandoned([this](const std::string& rule) { return FindRule(rule) != nullptr; });
  processor::Judge judge(evaluator_, page.history, book_, setup_.config->aggregator.interval);
  const auto fresh = PortionsOf(page.fresh.batch);
  const auto ready = PortionsOf(page.items.ready);
  if (!ready.empty()) {
    if (auto begun = BeginItems(ready.front()); !begun) return begun;
  }
  for (const Portion& portion : fresh) {
    auto judged = JudgePortion(judge, plain_rules_, portion, page.history);
    if (!judged) return judged;
  }
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (auto read = TakeItems(ready[i]); !read) return read;
    if (i + 1 < ready.size()) {
      if (auto begun = BeginItems(ready[i + 1]); !begun) return begun;
    }
    auto judged = JudgePortion(judge, item_rules_, ready[i], page.history);
    if (!judged) return judged;
  }
  book_.EndTold(applications);
  page.late = judge.LateSamples();
  return {};
}

std::vector<Portion> Pass::PortionsOf(const Batch& batch) const {
  const auto before = static_cast<std::size_t>(
      std::chrono::milliseconds(setup_.LongestMetricSpan()) / setup_.config->aggregator.interval);
  return InPortions(batch, kTimeAtOnce, before, kSamplesAtOnce);
}

Result<void> Pass::JudgePortion(processor::Judge& judge, const std::vector<Rule>& rules,
                                const Portion& portion, SampleHistory& history) {
  const auto seen = [this](const std::string& application) { return NewestSeen(application); };
  if (auto taken = memory_.recent.Take(portion, history, seen); !taken) return taken;
  for (const auto& [application, samples] : portion) {
    if (auto judged = judge.Samples(rules, *application, samples); !judged) return judged;
  }
  return {};
}

/// What rules with items ask for on all of a portion that is judged later.
Result<void> Pass::BeginItems(const Portion& portion) {
  std::size_t samples = 0;
  for (const SamplesOf& one : portion) samples += one.samples.size();
  // Few are not worth a connection, and a dry run sees all as of one moment, on its only one.
  if (samples < kFirstPage || lease_ == nullptr) return {};
  auto wanted = evaluator_.WantedAhead(item_rules_, portion);
  if (!wanted) return std::unexpected(wanted.error());
  if (!wanted->items.empty()) items_beside_.Begin(*std::move(wanted));
  return {};
}

Result<void> Pass::TakeItems(const Portion& portion) {
  if (!items_beside_.HasBegun()) return evaluator_.ReadAhead(item_rules_, portion);
  auto items = items_beside_.Take();
  if (!items) return std::unexpected(items.error());
  evaluator_.UseItems(*std::move(items));
  return {};
}

/// Of those that earlier pages have judged, or that wait for it.
std::optional<std::int64_t> Pass::NewestSeen(const std::string& application) {
  std::optional<std::int64_t> newest;
  if (const auto found = newest_waiting_.find(application); found != newest_waiting_.end())
    newest = found->second;
  for (const auto& rule : setup_.rules)
    newest = std::max(newest, book_.StateOf(rule.Name(), application).state.newest);
  return newest;
}

Result<void> Pass::PrepareDetectors(std::span<const std::string> applications) {
  for (const auto& rule : setup_.rules) {
    for (const auto& operand : rule.NeededOperands().shared) {
      const bool odd = operand.function == anomaly_detector::Function::kOdd;
      if (!odd || operand.source == anomaly_detector::Source::kItem) continue;
      auto loaded = memory_.detectors.Prefetch(operand.source, applications);
      if (!loaded) return loaded;
    }
  }
  return {};
}

/// Joins what the mails will show. Evidence of an ended incident is joined again: values after its
/// beginning have come since. But some may have been deleted or overwritten, too.
Result<void> Pass::Complete(Page& page) {
  for (const auto& alert : book_.Alerts()) {
    if (!MailOf(*alert)) continue;
    auto joined = CollectEvidence(items_, alert->application, alert->fired_at,
                                  setup_.config->processor.window, setup_.contexts);
    if (!joined) return std::unexpected(joined.error());
    if (TellsAsMuch(*joined, alert->joined)) alert->joined = std::move(*joined);
    if (auto looked = LookForMoves(*alert, page.history); !looked) return looked;
    if (auto noted = NoteLateValues(*alert); !noted) return noted;
  }
  return {};
}

/// In a storm not of each: an hour of all items is read for it, and a mail shows no more of them.
Result<void> Pass::LookForMoves(Alert& alert, SampleHistory& history) {
  if (looked_for_moves_ == kMostLooks) return {};
  ++looked_for_moves_;
  auto moves = FindCauses(setup_, alert, {items_, history, book_});
  if (!moves) return std::unexpected(moves.error());
  // At its end more is known; but what was told stays where that is gone.
  if (!moves->items.empty() || alert.moves.items.empty()) alert.moves = *std::move(moves);
  return {};
}

/// The decision stands that was made on what was there. Where values that came after it would have
/// made it another one, the recovery mail says so.
Result<void> Pass::NoteLateValues(Alert& alert) {
  const auto* rule = FindRule(alert.rule);
  if (alert.id == 0 || rule == nullptr || !rule->UsesItems() || rule->UsesDetectors()) return {};
  if (rule->Config().expr != alert.condition) return {};
  auto again = evaluator_.Evaluate(*rule, alert.application, {&alert.fired_sample, 1});
  if (!again) return std::unexpected(again.error());
  const auto evaluation = again->At(0);
  const auto& seen = evaluation.deciding;
  const auto time = FormatUtc(alert.fired_at) + " UTC";
  if (evaluation.truth == anomaly_detector::Truth::kFalse) {
    alert.NoteLate(
        alert.fired_at,
        "With Zabbix values that arrived late, the condition was not true at " + time + ".");
  } else if (evaluation.truth == anomaly_detector::Truth::kTrue &&
             seen.metric == alert.deciding.metric && seen.host == alert.deciding.host &&
             ReadableValue(seen) != ReadableValue(alert.deciding)) {
    alert.NoteLate(alert.fired_at,
                   fmt::format("A Zabbix value that arrived late is nearer to {}: {} {}.", time,
                               seen.metric, anomaly_detector::ValueText(seen.metric, seen.value)));
  }
  return {};
}

Result<void> Pass::Commit(Page& page) {
  if (lease_ == nullptr) {
    if (auto told = SaveAlerts(page); !told) return told;
    book_.Settle();
    for (const auto& alert : page.unsaved) {
      std::erase_if(summary_.unsaved, [&](const Alert& known) { return known.id == alert->id; });
      summary_.unsaved.push_back(*alert);
    }
  } else if (auto written = Write(page); !written) {
    failed_by_conflict_ = connection_.LastErrorWasConflict();
    connection_.Rollback();
    return written;
  }
  if (lease_ != nullptr) book_.Recorded();
  memory_.detectors.Saved();
  if (ledgers_.All().contains(Ledgers::kWhole)) stored_ledgers_.clear();
  for (const auto& [part, ledger] : ledgers_.All()) stored_ledgers_[part] = ledger;
  pending_.samples = std::move(page.items.waiting);
  pending_.gone.clear();
  return {};
}

Result<void> Pass::Write(Page& page) {
  if (auto begun = connection_.Begin(); !begun) return begun;
  if (auto saved = SaveAlerts(page); !saved) return saved;
  if (auto saved = alerts_.Save(book_.States()); !saved) return saved;
  auto& detectors = memory_.detectors;
  const auto kept = parts_.all() ? std::chrono::seconds(0) : kKeptForOthers;
  if (auto saved = detector_store_.Save(detectors.Due(), detectors.Accepted(), kept); !saved) {
    return saved;
  }
  if (auto saved = SaveLedgers(connection_, ledgers_.ChangeFrom(stored_ledgers_)); !saved) {
    return saved;
  }
  const auto fresh = std::span(page.items.waiting).subspan(page.items.waiting_still);
  if (auto added = AddPending(connection_, fresh); !added) return added;
  auto& finished = page.items.done;
  finished.insert(finished.end(), pending_.gone.begin(), pending_.gone.end());
  if (auto removed = RemovePending(connection_, finished); !removed) return removed;
  auto held =
      page.last ? lease_->CheckInTransaction(connection_) : lease_->CheckOnTheWay(connection_);
  if (!held) return held;
  return connection_.Commit();
}

Result<void> Pass::SaveAlerts(Page& page) {
  std::vector<std::shared_ptr<Alert>> changed;
  std::vector<Alert*> those;
  std::vector<std::optional<ReportKind>> kinds;
  for (const auto& alert : book_.Alerts()) {
    if (!alert->changed) continue;
    changed.push_back(alert);
    those.push_back(alert.get());
    kinds.push_back(MailOf(*alert));
  }
  auto saved =
      lease_ == nullptr ? alerts_.MayBeSaved(those) : processor::SaveAlerts(connection_, those);
  if (!saved) return std::unexpected(saved.error());
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const auto& alert = changed[i];
    const auto& kind = kinds[i];
    if (!(*saved)[i] || !kind) continue;
    if (*kind != ReportKind::kRecovery) {
      page.fired.push_back(alert->application + ": " + alert->summary);
    }
    if (alert->resolved_now) page.resolved.push_back(alert->application + ": " + alert->summary);
    if (lease_ == nullptr) page.unsaved.push_back(alert);
  }
  return {};
}

const anomaly_detector::Rule* Pass::FindRule(const std::string& name) const {
  const auto found = std::ranges::find(setup_.rules, name, &anomaly_detector::Rule::Name);
  return found == setup_.rules.end() ? nullptr : &*found;
}

void Pass::Count(const Page& page) {
  summary_.rows += page.fresh.rows;
  for (const auto& [reason, rows] : page.fresh.skipped) summary_.skipped[reason] += rows;
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  summary_.late += page.late;
  append(summary_.fired, page.fired);
  append(summary_.resolved, page.resolved);
}

}  // namespace mon::processor
