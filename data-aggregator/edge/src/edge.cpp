#include "data_aggregator/edge.h"

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "common/log.h"
#include "edge_judge.h"
#include "edge_mails.h"
#include "edge_state.h"
#include "hand_over.h"
#include "mysql/transact.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// A run from cron of a minute later is to tell, also where it began a little early.
constexpr std::int64_t kPatience = 50;  // s

// A mail under way when the database is back.
constexpr milliseconds kLastMailLimit{5'000};

// After a mass outage there are thousands of incidents to record, and applications are to be read.
constexpr milliseconds kHandOverLimit{10'000};
constexpr std::size_t kAtOnce = 200;  // one transaction

}  // namespace

class Edge::Impl {
 public:
  Impl(const Config& config, const std::filesystem::path& directory)
      : file_(directory / "edge.json"),
        state_(LoadEdgeState(file_)),
        judge_(config, state_),
        mails_(config) {}

  void End() {
    mails_.Stop(state_.incidents);
    Save();
  }

  void Judge(std::span<const ApplicationSample> samples, bool stored) {
    for (const ApplicationSample& sample : samples) {
      if (judge_.Judge(sample, stored)) changed_ = true;
    }
  }

  void Tell(bool away, TimePoint now) {
    Collect(milliseconds(0));
    if (!away) state_.away_since.reset();
    // A clock that was set back must not make it wait for longer.
    if (away && (!state_.away_since || *state_.away_since > EpochSeconds(now))) {
      state_.away_since = EpochSeconds(now);
      changed_ = true;
    }
    // The processor tells it, and better, where the database is back or all is over before anybody
    // was told.
    judge_.Forget([&](const EdgeIncident& incident) {
      return !incident.Told() && (!away || incident.alert->ended_at);
    });
    bool claimed = false;
    if (away && EpochSeconds(now) - *state_.away_since >= kPatience) {
      const bool written = mails_.Write(state_.incidents, EpochSeconds(now), *state_.away_since);
      claimed = mails_.Claim(state_.incidents);
      changed_ = changed_ || written || claimed;
    }
    if (std::exchange(changed_, false)) Save();
    if (claimed) mails_.Send();
  }

  void Collect(milliseconds limit) {
    if (mails_.Collect(state_.incidents, limit)) changed_ = true;
  }

  [[nodiscard]] bool HasTold() const {
    return std::ranges::any_of(state_.incidents, &EdgeIncident::Told);
  }

  Result<void> HandOver(mysql::Connection& connection, const mysql::Lease& lease) {
    if (state_.incidents.empty()) return {};
    Collect(kLastMailLimit);
    mails_.Stop(state_.incidents);
    if (!HasTold()) return {};
    auto recorded = Record(connection, lease);
    if (!recorded && recorded.error().code == ErrorCode::kRejected) {
      log::Error(
          "what was told while the database was away is told once more: the account lacks rights, "
          "see sql/accounts.sql",
          {{"error", recorded.error().message}});
      judge_.Forget(&EdgeIncident::Told);
      recorded = {};
    }
    Save();
    return recorded;
  }

 private:
  /// Those that are recorded are forgotten, whatever becomes of the others.
  Result<void> Record(mysql::Connection& connection, const mysql::Lease& lease) {
    const auto until = steady_clock::now() + kHandOverLimit;
    std::set<std::shared_ptr<processor::Alert>> recorded;
    Result<void> last;
    for (std::span<const EdgeIncident> left = state_.incidents; !left.empty();) {
      if (steady_clock::now() >= until) {
        last = Fail(ErrorCode::kTimeout,
                    "what was told while the database was away is not recorded yet");
        break;
      }
      const auto portion = left.first(std::min(left.size(), kAtOnce));
      left = left.subspan(portion.size());
      last = mysql::Transact(connection, lease,
                             [&] { return data_aggregator::HandOver(connection, portion); });
      if (!last) break;
      for (const EdgeIncident& incident : portion)
        if (incident.Told()) recorded.insert(incident.alert);
    }
    judge_.Forget([&](const EdgeIncident& incident) { return recorded.contains(incident.alert); });
    if (!recorded.empty())
      log::Info("incidents told while the database was away are recorded",
                {{"count", std::to_string(recorded.size())}});
    return last;
  }

  void Save() {
    const auto saved = SaveEdgeState(file_, state_);
    const std::string error = saved ? "" : saved.error().message;
    if (std::exchange(last_error_, error) != error && !error.empty())
      log::Warning("where the rules stand is not saved", {{"error", error}});
  }

  std::filesystem::path file_;
  EdgeState state_;
  EdgeJudge judge_;
  EdgeMails mails_;
  bool changed_ = false;    ///< since the last Save, in what a crash should not cost
  std::string last_error_;  ///< the last one logged
};

Edge::Edge(const Config& config, const std::filesystem::path& directory)
    : impl_(std::make_unique<Impl>(config, directory)) {}

Edge::~Edge() { impl_->End(); }

void Edge::Judge(std::span<const ApplicationSample> samples, bool stored) {
  impl_->Judge(samples, stored);
}

void Edge::Tell(bool away, TimePoint now) { impl_->Tell(away, now); }

void Edge::Finish(milliseconds limit) { impl_->Collect(limit); }

bool Edge::HasTold() const { return impl_->HasTold(); }

Result<void> Edge::HandOver(mysql::Connection& connection, const mysql::Lease& lease) {
  return impl_->HandOver(connection, lease);
}

}  // namespace mon::data_aggregator
