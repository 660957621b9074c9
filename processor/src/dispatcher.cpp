#include "dispatcher.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "alerting_system/compose_group.h"
#include "alerting_system/outbox.h"
#include "dispatch/plan.h"
#include "dispatch/priority_store.h"
#include "dispatch/silence_store.h"
#include "dispatch/telling_store.h"
#include "evaluator.h"
#include "incident_chart.h"
#include "mails.h"
#include "mysql/transact.h"
#include "mysql_alerts.h"
#include "mysql_items.h"
#include "outside_view.h"
#include "processor/report.h"
#include "sample_reader.h"
#include "watch_alerts.h"

namespace mon::processor {
namespace {

using alerting_system::ComposedMail;
using alerting_system::ReportKind;
using dispatch::PendingAlert;
using dispatch::PlannedMail;
using dispatch::Say;

/// A mail that is written, and what it tells.
struct Written {
  const PlannedMail* planned;
  ReportKind kind;
  ComposedMail mail;
};

/// FNV-1a, for names of mails about several alerts.
std::uint64_t HashOf(std::span<const std::int64_t> ids) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const auto id : ids) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ (static_cast<std::uint64_t>(id) >> shift & 0xFFU)) * 1'099'511'628'211U;
    }
  }
  return hash;
}

class Dispatcher {
 public:
  Dispatcher(const Setup& setup, mysql::Connection& connection)
      : setup_(setup),
        connection_(connection),
        items_(connection, *setup.config),
        evaluator_(items_, setup.config->processor.window, nullptr, setup.config->contexts),
        alerts_(connection) {}

  /// `unsaved`: what a dry run has found.
  Result<void> Prepare(const std::vector<Alert>& unsaved) {
    auto pending = dispatch::LoadPending(connection_, setup_.policy);
    if (!pending) return std::unexpected(pending.error());
    pending_ = *std::move(pending);
    for (const auto& alert : unsaved) Include(alert);
    plan_ =
        dispatch::MakePlan(pending_.alerts, setup_.policy, pending_.mails_this_hour, pending_.now);
    if (auto loaded = LoadPriorities(); !loaded) return loaded;
    for (const auto& mail : plan_.mails) {
      auto written = Write(mail);
      if (!written) return std::unexpected(written.error());
      written_.push_back(*std::move(written));
    }
    return {};
  }

  [[nodiscard]] bool NothingToDo() const {
    return plan_.mails.empty() && plan_.notes.empty() && plan_.done.empty() &&
           pending_.orphans.empty();
  }

  Result<void> Save() {
    for (const auto& written : written_) {
      const auto ids = IdsOf(*written.planned);
      auto id = alerting_system::Enqueue(connection_, ids.size() == 1 ? ids[0] : 0, written.kind,
                                         written.mail, written.planned->recipients);
      if (!id) return std::unexpected(id.error());
      if (auto told = SaveTold(*written.planned, *id); !told) return told;
    }
    if (auto saved = dispatch::SavePriorities(connection_, priorities_); !saved) return saved;
    if (auto noted = dispatch::SaveNotes(connection_, pending_.alerts, plan_.notes); !noted) {
      return noted;
    }
    std::vector<dispatch::Labels> open;
    for (const auto& alert : pending_.alerts) {
      if (!alert.resolved) open.push_back(alert.labels);
    }
    auto expired = dispatch::ExpireResolved(connection_, pending_.silences, open);
    if (!expired) return expired;
    auto done = pending_.orphans;
    for (const auto i : plan_.done) done.push_back(pending_.alerts[i].id);
    return dispatch::RemoveTellings(connection_, done);
  }

  void Tell(Summary& summary) const {
    for (const auto& written : written_) summary.mails.push_back(written.mail.subject);
  }

 private:
  /// A mail about what begins tells of what is over by now as well.
  Result<void> SaveTold(const PlannedMail& mail, std::uint64_t notification_id) {
    const bool begins = mail.say == Say::kProblem || mail.say == Say::kOwed;
    std::vector<std::int64_t> open, over;
    for (const auto i : mail.alerts) {
      const auto& alert = pending_.alerts[i];
      (begins && alert.resolved ? over : open).push_back(alert.id);
    }
    if (!open.empty()) {
      auto told = dispatch::SaveTold(connection_, notification_id, mail.say, open);
      if (!told) return told;
    }
    if (over.empty()) return {};
    return dispatch::SaveTold(connection_, notification_id, Say::kBoth, over);
  }

  void Include(const Alert& alert) {
    const auto known = std::ranges::find(pending_.alerts, alert.id, &PendingAlert::id);
    if (known != pending_.alerts.end()) {
      known->resolved = alert.ended_at.has_value();
    } else {
      PendingAlert pending;
      pending.id = alert.id;
      pending.rule = alert.rule;
      pending.application = alert.application;
      pending.severity = alert.severity;
      pending.labels = {{"rule", alert.rule},
                        {"application", alert.application},
                        {"severity", std::string(ToString(alert.severity))}};
      for (const auto& host : alert.hosts) pending.labels.emplace("host", host);
      pending.labels.insert(alert.labels.begin(), alert.labels.end());
      pending.resolved = alert.ended_at.has_value();
      pending_.alerts.push_back(std::move(pending));
    }
    unsaved_.insert_or_assign(alert.id, alert);
  }

  /// Of all that a mail tells now.
  Result<void> LoadPriorities() {
    std::vector<std::int64_t> recorded;
    for (const auto& mail : plan_.mails) {
      for (const auto id : IdsOf(mail)) {
        const auto unsaved = unsaved_.find(id);
        if (unsaved == unsaved_.end()) {
          recorded.push_back(id);
        } else {
          priorities_.insert_or_assign(id, PriorityOfUnsaved(unsaved->second));
        }
      }
    }
    if (recorded.empty()) return {};
    auto loaded = dispatch::LoadPriorities(connection_, recorded);
    if (!loaded) return std::unexpected(loaded.error());
    priorities_.merge(*loaded);
    return {};
  }

  /// Without its history.
  [[nodiscard]] dispatch::Priority PriorityOfUnsaved(const Alert& alert) const {
    dispatch::PriorityInput input;
    input.severity = alert.severity;
    if (!alert.deciding.metric.empty() && alert.deciding.op != anomaly_detector::kPredicted) {
      input.value = alert.peak.value_or(alert.deciding.value);
      input.limit = alert.deciding.limit;
    }
    input.duration = std::chrono::seconds(alert.ended_at.value_or(pending_.now) - alert.started_at);
    input.hosts = alert.hosts.size();
    return dispatch::PriorityOf(input);
  }

  [[nodiscard]] std::optional<alerting_system::ReportPriority> PriorityFor(std::int64_t id) const {
    const auto found = priorities_.find(id);
    if (found == priorities_.end()) return std::nullopt;
    const auto& priority = found->second;
    return alerting_system::ReportPriority{priority.score, dispatch::XPriority(priority.score),
                                           priority.Text()};
  }

  [[nodiscard]] int ScoreOf(std::size_t pending) const {
    const auto found = priorities_.find(pending_.alerts[pending].id);
    return found == priorities_.end() ? 0 : found->second.score;
  }

  [[nodiscard]] std::vector<std::int64_t> IdsOf(const PlannedMail& mail) const {
    std::vector<std::int64_t> ids;
    for (const auto i : mail.alerts) ids.push_back(pending_.alerts[i].id);
    return ids;
  }

  [[nodiscard]] ReportKind KindOf(const PlannedMail& mail) const {
    switch (mail.say) {
      case Say::kRecovery:
        return ReportKind::kRecovery;
      case Say::kReminder:
        return ReportKind::kReminder;
      case Say::kEscalation:
        return ReportKind::kEscalation;
      case Say::kProblem:
      case Say::kBoth:
      case Say::kOwed:
        break;
    }
    const bool all_over = std::ranges::all_of(
        mail.alerts, [this](std::size_t i) { return pending_.alerts[i].resolved; });
    return all_over ? ReportKind::kBoth : ReportKind::kProblem;
  }

  Result<Written> Write(const PlannedMail& planned) {
    const auto kind = KindOf(planned);
    std::vector<Alert> shown;
    auto mail = planned.alerts.size() == 1 ? WriteOne(planned, kind, shown)
                                           : WriteGroup(planned, kind, shown);
    if (!mail) return std::unexpected(mail.error());
    if (!planned.thread.empty()) mail->thread_key = planned.thread;
    // No mail address has a colon; who is told by other means gets this instead of the text.
    if (std::ranges::any_of(planned.recipients, [](const auto& r) { return r.contains(':'); })) {
      mail->payload = PayloadFor(planned, kind, mail->thread_key, shown);
    }
    mail->dedup_key = fmt::format("{}/{}", mail->thread_key, ToString(kind));
    const auto ids = IdsOf(planned);
    switch (planned.say) {
      case Say::kReminder:
        mail->dedup_key += fmt::format("/{}", pending_.now);
        break;
      case Say::kEscalation:
        mail->dedup_key += fmt::format("/{}/{:016x}", planned.step, HashOf(ids));
        break;
      case Say::kOwed:
        mail->dedup_key += fmt::format("/{:016x}/{}", HashOf(ids), pending_.now);
        break;
      case Say::kRecovery:
        // Of a thread about several alerts they end in several mails.
        if (planned.thread.starts_with("group/")) {
          mail->dedup_key += fmt::format("/{:016x}", HashOf(ids));
        }
        break;
      case Say::kProblem:
      case Say::kBoth:
        break;
    }
    return Written{&planned, kind, *std::move(mail)};
  }

  [[nodiscard]] std::string PayloadFor(const PlannedMail& planned, ReportKind kind,
                                       const std::string& thread_key,
                                       const std::vector<Alert>& shown) const {
    alerting_system::Payload payload;
    payload.firing = alerting_system::IsOpen(kind);
    payload.group_key = thread_key;
    payload.external_url = setup_.config->mail.grafana_url;
    payload.truncated_alerts = planned.alerts.size() - shown.size();
    for (const auto& alert : shown) {
      const auto& pending = *std::ranges::find(pending_.alerts, alert.id, &PendingAlert::id);
      payload.alerts.push_back(PayloadOf(alert, pending.labels, DashboardOf(alert)));
    }
    return alerting_system::ToJson(payload);
  }

  [[nodiscard]] std::string DashboardOf(const Alert& alert) const {
    return DashboardUrl(setup_.config->mail.grafana_url, alert, pending_.now);
  }

  [[nodiscard]] std::vector<std::string> NotesOf(const PlannedMail& planned) const {
    std::vector<std::string> notes;
    if (planned.say == Say::kReminder) {
      const auto& first = pending_.alerts[planned.alerts.front()];
      notes.push_back(
          first.held_by.empty() || first.held_by == "group"
              ? "It goes on, and nobody has acknowledged it."
              : fmt::format("It goes on. It was held back by {}, which has ended.", first.held_by));
    }
    if (planned.say == Say::kEscalation) {
      const auto& first = pending_.alerts[planned.alerts.front()];
      notes.push_back(fmt::format("Nobody has acknowledged it for {} min.",
                                  (pending_.now - first.first_told.value_or(pending_.now)) / 60));
    }
    if (planned.flapping) {
      notes.push_back(
          fmt::format("It flaps: it came more than {} times within an hour. What came since the "
                      "last mail about "
                      "it is told in this one; the next comes in {} min at the earliest.",
                      setup_.policy.flapping, setup_.policy.digest.count() / 60));
    }
    if (planned.say == Say::kOwed) {
      notes.push_back(
          fmt::format("This mail was delayed: you had {} mails within an hour, which is the most.",
                      setup_.policy.mails_per_hour));
    }
    if (planned.holds_back > 0) {
      notes.push_back(fmt::format("{} other alert{} on the same hosts {} held back meanwhile.",
                                  planned.holds_back, planned.holds_back == 1 ? "" : "s",
                                  planned.holds_back == 1 ? "is" : "are"));
    }
    return notes;
  }

  /// `shown`: takes the alerts that the mail tells one by one.
  Result<ComposedMail> WriteOne(const PlannedMail& planned, ReportKind kind,
                                std::vector<Alert>& shown) {
    const auto id = pending_.alerts[planned.alerts.front()].id;
    auto alert = LoadAlert(id);
    if (!alert) return std::unexpected(alert.error());
    shown.push_back(*alert);
    if (IsWatchRule(alert->rule) && alert->condition.empty()) {
      return WatchMail(*alert, kind, NotesOf(planned), pending_.now, setup_.zone);
    }
    MysqlSampleHistory history(connection_, pending_.now);
    std::vector<alerting_system::SampleRow> samples;
    const auto rule = std::ranges::find(setup_.rules, alert->rule, &anomaly_detector::Rule::Name);
    if (rule != setup_.rules.end()) {
      auto around = SamplesAround(*alert, *rule, history, evaluator_);
      if (!around) return std::unexpected(around.error());
      samples = *std::move(around);
    }
    auto late = alerts_.LateNotes(id);
    if (!late) return std::unexpected(late.error());
    auto report = ReportOf(*alert, kind, setup_.config->processor.window, std::move(samples),
                           *std::move(late));
    report.notes = NotesOf(planned);
    report.priority = PriorityFor(id);
    report.dashboard_url = DashboardOf(*alert);
    auto chart = IncidentChart(*alert, history, items_, pending_.now);
    if (!chart) return std::unexpected(chart.error());
    if (!chart->panels.empty()) {
      report.chart_alt = alerting_system::AltText(*chart, setup_.zone);
    }
    auto mail = alerting_system::Compose(report, setup_.zone);
    if (!chart->panels.empty()) mail.chart = alerting_system::ToJson(*chart);
    return mail;
  }

  Result<Alert> LoadAlert(std::int64_t id) {
    if (const auto unsaved = unsaved_.find(id); unsaved != unsaved_.end()) return unsaved->second;
    return alerts_.Load(id);
  }

  Result<ComposedMail> WriteGroup(const PlannedMail& planned, ReportKind kind,
                                  std::vector<Alert>& shown) {
    auto order = planned.alerts;
    std::ranges::stable_sort(order, [this](std::size_t a, std::size_t b) {
      const auto& first = pending_.alerts[a];
      const auto& second = pending_.alerts[b];
      return std::tuple(first.resolved, second.severity, ScoreOf(b)) <
             std::tuple(second.resolved, first.severity, ScoreOf(a));
    });
    alerting_system::GroupReport report;
    report.kind = kind;
    report.severity = Severity::kInfo;
    report.alerts = order.size();
    report.notes = NotesOf(planned);
    std::set<std::string_view> applications;
    for (const auto i : order) {
      const auto& alert = pending_.alerts[i];
      report.severity = std::max(report.severity, alert.severity);
      if (applications.insert(alert.application).second) {
        report.applications.push_back(alert.application);
      }
    }
    const auto ids = IdsOf(planned);
    report.thread_key = fmt::format("group/{}/{:016x}", ids.front(), HashOf(ids));
    order.resize(std::min(order.size(), alerting_system::kMaxMembers));
    for (const auto i : order) {
      auto alert = LoadAlert(pending_.alerts[i].id);
      if (!alert) return std::unexpected(alert.error());
      const auto priority = PriorityFor(alert->id);
      const auto* cause = ProbableCause(alert->moves);
      report.members.push_back({alert->id, alert->severity, alert->application, alert->summary,
                                alert->started_at, alert->ended_at,
                                priority ? std::optional(priority->score) : std::nullopt,
                                cause == nullptr ? "" : cause->sentence});
      if (!report.priority) report.priority = priority;  // the first is the most urgent
      shown.push_back(*std::move(alert));
    }
    return alerting_system::ComposeGroup(report, setup_.zone);
  }

  const Setup& setup_;
  mysql::Connection& connection_;
  MysqlItems items_;
  Evaluator evaluator_;
  MysqlAlerts alerts_;
  dispatch::Pending pending_;
  dispatch::Plan plan_;
  std::vector<Written> written_;
  std::map<std::int64_t, Alert> unsaved_;
  std::map<std::int64_t, dispatch::Priority> priorities_;  // by id, of all that is told now
};

}  // namespace

Result<void> TellAlerts(const Setup& setup, mysql::Connection& connection,
                        const mysql::Lease& lease, Summary& summary) {
  Dispatcher dispatcher(setup, connection);
  if (auto prepared = dispatcher.Prepare({}); !prepared) return prepared;
  if (dispatcher.NothingToDo()) return {};
  auto saved = mysql::Transact(connection, lease, [&] { return dispatcher.Save(); });
  if (!saved) return saved;
  dispatcher.Tell(summary);
  return {};
}

Result<void> PreviewMails(const Setup& setup, mysql::Connection& connection,
                          const std::vector<Alert>& alerts, Summary& summary) {
  Dispatcher dispatcher(setup, connection);
  if (auto prepared = dispatcher.Prepare(alerts); !prepared) return prepared;
  dispatcher.Tell(summary);
  return {};
}

}  // namespace mon::processor
