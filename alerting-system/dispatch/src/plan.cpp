#include "dispatch/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace mon::dispatch {
namespace {

using Alerts = std::span<const PendingAlert>;
using Until = std::optional<std::int64_t>;

constexpr std::string_view kFlapping = "flapping";
constexpr std::string_view kGroup = "group";
/// The ends of more alerts than this that one mail told of are gathered for an interval.
constexpr std::size_t kStorm = 10;

bool IsTold(const PendingAlert& alert) { return alert.told_at.has_value(); }
bool IsOpenAndTold(const PendingAlert& alert) { return !alert.resolved && IsTold(alert); }

/// What a person, Zabbix or another alert holds back, as opposed to what has to wait its turn.
bool IsMute(std::string_view held_by) {
  return !held_by.empty() && held_by != kFlapping && held_by != kGroup;
}

/// "application=shop," and so on for each of `names`.
std::string ValuesOf(const Labels& labels, const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += name + '=';
    const auto [first, last] = labels.equal_range(name);
    for (auto label = first; label != last; ++label) text += label->second + '\0';
    text += ',';
  }
  return text;
}

/// Which open alerts hold which others back.
class Inhibitions {
 public:
  Inhibitions(Alerts alerts, const Policy& policy) : by_(alerts.size()) {
    for (const auto& inhibition : policy.inhibitions) Apply(alerts, inhibition);
  }

  /// Index of the alert that holds `alert` back.
  [[nodiscard]] std::optional<std::size_t> By(std::size_t alert) const { return by_[alert]; }

 private:
  void Apply(Alerts alerts, const Inhibition& inhibition) {
    // By the values of the labels that have to be equal: thousands of each may be open.
    std::map<std::pair<std::string, std::string>, std::size_t> sources;
    std::vector<char> is_source(alerts.size());
    for (std::size_t i = 0; i < alerts.size(); ++i) {
      is_source[i] = static_cast<char>(Matches(inhibition.source, alerts[i].labels));
      if (is_source[i] == 0 || alerts[i].resolved) continue;
      for (const auto& name : inhibition.equal) {
        const auto [first, last] = alerts[i].labels.equal_range(name);
        for (auto label = first; label != last; ++label) sources.try_emplace(*label, i);
      }
    }
    for (std::size_t i = 0; i < alerts.size() && !sources.empty(); ++i) {
      // What could hold others back itself is never held back: else two would silence each other.
      if (by_[i] || is_source[i] != 0 || !Matches(inhibition.target, alerts[i].labels)) continue;
      for (const auto& name : inhibition.equal) {
        const auto [first, last] = alerts[i].labels.equal_range(name);
        for (auto label = first; label != last && !by_[i]; ++label) {
          if (const auto found = sources.find(*label); found != sources.end()) {
            by_[i] = found->second;
          }
        }
      }
    }
  }

  std::vector<std::optional<std::size_t>> by_;
};

/// A group of alerts, or a thread of mails.
struct Gathering {
  bool lives = false;  ///< something of it was told and goes on
  std::size_t alerts = 0;
  std::int64_t told_at = 0;
  Severity worst = Severity::kInfo;  ///< of what was told and goes on
  Until first_untold;                ///< when the first of those that are not told became known
};

class Planner {
 public:
  Planner(Alerts alerts, const Policy& policy, const std::map<std::string, int>& mails,
          std::int64_t now)
      : alerts_(alerts), policy_(policy), mails_(mails), now_(now), inhibitions_(alerts, policy) {}

  Plan Make() {
    for (std::size_t i = 0; i < alerts_.size(); ++i) Survey(i);
    for (std::size_t i = 0; i < alerts_.size(); ++i) Decide(i);
    for (auto& [key, mail] : bundles_) plan_.mails.push_back(std::move(mail));
    CountHeldBack();
    LimitMails();
    for (std::size_t i = 0; i < alerts_.size(); ++i) Conclude(i);
    return std::move(plan_);
  }

 private:
  /// What is decided of one alert.
  struct Decision {
    Routing routing;
    std::string group;
    std::string held_by;
    Until held_until;
    int step = 0;
    std::vector<std::string> owed;
    bool forgotten = false;  ///< came and went while it was muted
    bool told_now = false;
  };

  const Route& RouteOfAlert(std::size_t i) const {
    return policy_.routes[decisions_[i].routing.route];
  }

  void Survey(std::size_t i) {
    const auto& alert = alerts_[i];
    auto& decision = decisions_.emplace_back();
    decision.routing = RouteOf(policy_, alert.labels, now_);
    decision.step = alert.step;
    decision.owed = alert.owed;
    // Where no groups are configured each alert is one of its own, and waits for no other.
    const auto& group_by = RouteOfAlert(i).group_by;
    decision.group =
        group_by ? fmt::format("{}/{}", decision.routing.route, ValuesOf(alert.labels, *group_by))
                 : fmt::format("alert {}", alert.id);
    auto& group = groups_[decision.group];
    if (IsOpenAndTold(alert)) {
      group.lives = true;
      group.told_at = std::max(group.told_at, *alert.told_at);
      group.worst = std::max(group.worst, alert.severity);
    } else if (!IsTold(alert)) {
      group.first_untold =
          std::min(group.first_untold.value_or(alert.created_at), alert.created_at);
    }
    if (!alert.thread.empty()) {
      auto& thread = threads_[alert.thread];
      thread.lives = thread.lives || !alert.resolved;
      ++thread.alerts;
      thread.told_at = std::max(thread.told_at, alert.thread_told_at);
    }
    if (alert.held_by == kFlapping && alert.held_until) {
      auto& until = digests_[{alert.rule, alert.application}];
      until = until ? std::min(until, alert.held_until) : alert.held_until;
    }
  }

  void Decide(std::size_t i) {
    const auto& alert = alerts_[i];
    if (auto mute = MuteOf(i); !mute.empty()) {
      decisions_[i].held_by = std::move(mute);
      decisions_[i].forgotten = alert.resolved && !IsTold(alert) && alert.owed.empty();
      return;
    }
    if (alert.resolved) {
      IsTold(alert) ? DecideRecovery(i) : DecideBoth(i);
    } else {
      IsTold(alert) ? DecideGoingOn(i) : DecideProblem(i);
    }
    DecideOwed(i);
  }

  std::string MuteOf(std::size_t i) const {
    if (!alerts_[i].mute.empty()) return alerts_[i].mute;
    const auto by = inhibitions_.By(i);
    return by && !alerts_[i].resolved ? fmt::format("alert {}", alerts_[*by].id) : std::string();
  }

  /// Untold, and over.
  void DecideBoth(std::size_t i) {
    if (IsMute(alerts_[i].held_by)) {
      decisions_[i].forgotten = alerts_[i].owed.empty();
    } else if (!HasToWait(i)) {
      Tell(i, Say::kBoth);
    }
  }

  void DecideProblem(std::size_t i) {
    const bool unmuted = IsMute(alerts_[i].held_by);
    if (unmuted || !HasToWait(i)) Tell(i, Say::kProblem);
  }

  void DecideRecovery(std::size_t i) {
    const auto& alert = alerts_[i];
    if (alert.recovery_told) return;
    const auto& thread = threads_[alert.thread];
    const auto due = thread.told_at + RouteOfAlert(i).interval.count();
    const bool is_storm = thread.lives && thread.alerts > kStorm;
    if (is_storm && now_ < due && !IsMute(alert.held_by)) return Hold(i, kGroup, due);
    Add(fmt::format("r/{}", alert.thread), i, Say::kRecovery, alert.told, alert.thread);
  }

  void DecideGoingOn(std::size_t i) {
    const auto& alert = alerts_[i];
    const auto& route = RouteOfAlert(i);
    if (!alert.acknowledged) Escalate(i);
    const bool again = !alert.acknowledged && route.repeat.count() > 0 &&
                       now_ >= *alert.told_at + route.repeat.count();
    // Whoever was told before it was muted learns how it stands now.
    if (again || (IsMute(alert.held_by) && !alert.acknowledged)) {
      Add(fmt::format("m/{}", alert.thread), i, Say::kReminder, alert.told, alert.thread);
    }
  }

  void Escalate(std::size_t i) {
    const auto& alert = alerts_[i];
    for (const auto& escalation : RouteOfAlert(i).escalations | std::views::drop(alert.step)) {
      if (now_ < alert.first_told.value_or(now_) + escalation.after.count()) return;
      const int step = ++decisions_[i].step;
      std::vector<std::string> fresh;
      for (const auto& recipient : escalation.recipients) {
        if (std::ranges::find(alert.told, recipient) == alert.told.end())
          fresh.push_back(recipient);
      }
      if (fresh.empty()) continue;
      auto& mail = Add(fmt::format("e/{}/{}/{}", alert.thread, decisions_[i].routing.route, step),
                       i, Say::kEscalation, fresh, alert.thread);
      mail.step = step;
    }
  }

  /// Who has had too many mails, and has room again.
  void DecideOwed(std::size_t i) {
    for (const auto& recipient : alerts_[i].owed) {
      if (!HasRoom(recipient)) continue;
      std::erase(decisions_[i].owed, recipient);
      Add("o/" + recipient, i, Say::kOwed, {recipient}, alerts_[i].thread);
    }
  }

  bool HasRoom(const std::string& recipient) const {
    if (policy_.mails_per_hour == 0) return true;
    const auto found = mails_.find(recipient);
    return found == mails_.end() || found->second < policy_.mails_per_hour;
  }

  /// True where an alert that nobody was told of waits on.
  bool HasToWait(std::size_t i) {
    const auto& alert = alerts_[i];
    if (policy_.flapping > 0 && alert.recent > policy_.flapping) {
      auto& digest = digests_[{alert.rule, alert.application}];
      if (!digest) digest = now_ + policy_.digest.count();
      const bool held = alert.held_by == kFlapping && alert.held_until;
      const std::int64_t until = held ? *alert.held_until : *digest;
      if (now_ < until) {
        Hold(i, kFlapping, until);
        return true;
      }
      return false;
    }
    const auto& route = RouteOfAlert(i);
    const auto& group = groups_[decisions_[i].group];
    std::int64_t due = group.first_untold.value_or(alert.created_at) + route.wait.count();
    if (group.lives) {
      if (alert.severity > group.worst) return false;
      due = group.told_at + route.interval.count();
    }
    if (now_ >= due) return false;
    Hold(i, kGroup, due);
    return true;
  }

  void Hold(std::size_t i, std::string_view by, std::int64_t until) {
    decisions_[i].held_by = by;
    decisions_[i].held_until = until;
  }

  /// Adds a beginning to the mail that it shares with others.
  void Tell(std::size_t i, Say say) {
    auto recipients = decisions_[i].routing.recipients;
    std::erase_if(recipients, [&](const std::string& recipient) {
      return std::ranges::find(alerts_[i].owed, recipient) != alerts_[i].owed.end();
    });
    if (recipients.empty()) return;
    const bool grouped = RouteOfAlert(i).group_by.has_value();
    const auto share = grouped ? decisions_[i].group : std::to_string(decisions_[i].routing.route);
    auto& mail =
        Add(fmt::format("p/{}/{}", share, fmt::join(recipients, ",")), i, say, recipients, "");
    if (say == Say::kProblem) mail.say = say;  // something in it goes on
    mail.flapping = mail.flapping || alerts_[i].held_by == kFlapping;
  }

  PlannedMail& Add(const std::string& bundle, std::size_t i, Say say,
                   const std::vector<std::string>& recipients, const std::string& thread) {
    const auto [at, fresh] = bundles_.try_emplace(bundle);
    auto& mail = at->second;
    if (fresh) {
      mail.say = say;
      mail.recipients = recipients;
      mail.thread = thread;
    }
    // Those of one thread may have gone to different people.
    if (!fresh && mail.recipients != recipients) {
      return Add(fmt::format("{}/{}", bundle, fmt::join(recipients, ",")), i, say, recipients,
                 thread);
    }
    if (mail.alerts.empty() || mail.alerts.back() != i) mail.alerts.push_back(i);
    return mail;
  }

  void CountHeldBack() {
    std::map<std::size_t, std::size_t> counts;
    for (std::size_t i = 0; i < alerts_.size(); ++i) {
      if (const auto by = inhibitions_.By(i); by && !alerts_[i].resolved) ++counts[*by];
    }
    for (auto& mail : plan_.mails) {
      for (const auto i : mail.alerts) {
        if (const auto found = counts.find(i); found != counts.end())
          mail.holds_back += found->second;
      }
    }
  }

  /// Beginnings wait for those who have had their share; ends never do, for they are no more than
  /// beginnings are.
  void LimitMails() {
    auto counts = mails_;
    for (auto& mail : plan_.mails) {
      const bool may_wait =
          policy_.mails_per_hour > 0 && mail.say != Say::kRecovery && mail.say != Say::kOwed;
      std::erase_if(mail.recipients, [&](const std::string& recipient) {
        if (++counts[recipient] <= policy_.mails_per_hour || !may_wait) return false;
        for (const auto i : mail.alerts) {
          auto& owed = decisions_[i].owed;
          const bool known = std::ranges::find(owed, recipient) != owed.end();
          if (mail.say != Say::kReminder && !known) owed.push_back(recipient);
        }
        return true;
      });
    }
    std::erase_if(plan_.mails, [](const PlannedMail& mail) { return mail.recipients.empty(); });
    for (const auto& mail : plan_.mails) {
      for (const auto i : mail.alerts) decisions_[i].told_now = true;
    }
  }

  void Conclude(std::size_t i) {
    const auto& alert = alerts_[i];
    auto& decision = decisions_[i];
    const bool ended =
        alert.recovery_told || decision.told_now || (IsTold(alert) && alert.told.empty());
    const bool waits = !decision.owed.empty() || !decision.held_by.empty();
    if (alert.resolved && (decision.forgotten || (ended && !waits))) {
      plan_.done.push_back(i);
    } else if (decision.held_by != alert.held_by || decision.held_until != alert.held_until ||
               decision.step != alert.step || decision.owed != alert.owed) {
      plan_.notes.push_back({i, std::move(decision.held_by), decision.held_until, decision.step,
                             std::move(decision.owed)});
    }
  }

  Alerts alerts_;
  const Policy& policy_;
  const std::map<std::string, int>& mails_;
  std::int64_t now_;
  Inhibitions inhibitions_;
  std::vector<Decision> decisions_;
  std::map<std::string, Gathering> groups_;
  std::map<std::string, Gathering> threads_;
  std::map<std::pair<std::string, std::string>, Until> digests_;
  std::map<std::string, PlannedMail> bundles_;
  Plan plan_;
};

}  // namespace

Plan MakePlan(std::span<const PendingAlert> alerts, const Policy& policy,
              const std::map<std::string, int>& mails_this_hour, std::int64_t now) {
  return Planner(alerts, policy, mails_this_hour, now).Make();
}

}  // namespace mon::dispatch
