#include "edge_mails.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "alerting_system/compose.h"
#include "common/clock.h"
#include "common/host_name.h"
#include "common/log.h"
#include "common/text.h"
#include "processor/report.h"

namespace mon::data_aggregator {
namespace {

using alerting_system::ReportKind;
using mail_transport::Receipt;
using std::chrono::steady_clock;
using Status = Delivery::Status;

constexpr std::chrono::minutes kRetryPause{1};

alerting_system::SampleRow RowOf(const processor::Sample& sample) {
  return {sample.timestamp, sample.response_time_ms, ShortestText(sample.error_rate), true};
}

/// What is known of a recipient after an attempt. One that may have the mail already stays so.
Delivery DeliveryOf(const Receipt& receipt, const Delivery& before) {
  if (receipt.status == mail_transport::Status::kSent)
    return {Status::kSent, "", EpochSeconds(SystemClock().Now())};
  if (receipt.status == mail_transport::Status::kUncertain || before.MayHaveArrived())
    return {Status::kUncertain, receipt.reply, 0};
  if (receipt.status == mail_transport::Status::kRefused)
    return {Status::kRefused, receipt.reply, 0};
  return {Status::kWaiting, receipt.reply, 0};
}

/// A mail is repeated until the server takes or refuses it.
bool IsDue(const Delivery& delivery) {
  return delivery.status == Status::kWaiting || delivery.status == Status::kUncertain;
}

/// The mail that an incident lacks; null where it has all.
std::optional<EdgeMail>* Missing(EdgeIncident& incident) {
  const bool recovers = incident.alert->ended_at && incident.Told();
  auto& mail = recovers ? incident.recovery : incident.problem;
  return mail ? nullptr : &mail;
}

EdgeMail MailOf(const processor::Alert& alert, ReportKind kind, std::int64_t now,
                std::string evidence_note, std::chrono::seconds window,
                const alerting_system::TimeZone& zone) {
  auto report = processor::ReportOf(alert, kind, window, {RowOf(alert.fired_sample)}, {});
  report.evidence_note = std::move(evidence_note);
  return {alerting_system::Compose(report, zone), now, {}};
}

}  // namespace

bool EdgeMails::Write(std::vector<EdgeIncident>& incidents, std::int64_t now,
                      std::int64_t away_since) {
  if (!std::ranges::any_of(incidents, [](auto& incident) { return Missing(incident) != nullptr; }))
    return false;
  const auto zone = alerting_system::TimeZone::Load(config_.mail.time_zone);
  const auto settings = alerting_system::ResolveMailSettings(config_);
  if (!zone || !settings) {
    LogError(zone ? settings.error().message : zone.error().message);
    return false;
  }
  const auto note = fmt::format(
      "data-aggregator on {} has not reached the database since {} UTC and tells this "
      "by itself: what Zabbix measured is not known here.",
      HostName(), FormatUtc(away_since));
  for (EdgeIncident& incident : incidents) {
    auto* const missing = Missing(incident);
    if (missing == nullptr) continue;
    const processor::Alert& alert = *incident.alert;
    const bool recovers = missing == &incident.recovery;
    const auto kind = recovers ? ReportKind::kRecovery : ReportKind::kProblem;
    EdgeMail mail = MailOf(alert, kind, now, note, config_.processor.window, *zone);
    if (recovers) {
      for (const auto& [recipient, delivery] : incident.problem->to) mail.to[recipient] = {};
    } else {
      for (const std::string& recipient : settings->recipients) mail.to[recipient] = {};
    }
    *missing = std::move(mail);
    log::Warning("mail written while the database is away", {{"kind", std::string(ToString(kind))},
                                                             {"application", alert.application},
                                                             {"rule", alert.rule},
                                                             {"summary", alert.summary}});
  }
  return true;
}

bool EdgeMails::Claim(std::vector<EdgeIncident>& incidents) {
  if (sending_.Busy() || steady_clock::now() < next_try_) return false;
  claimed_.clear();
  const auto claim = [&](const EdgeIncident& incident, EdgeMail& mail, const std::string& recipient,
                         Delivery& delivery) {
    if (!IsDue(delivery)) return;
    claimed_.push_back(
        {{mail.mail, incident.alert->severity, mail.composed_at}, recipient, delivery});
    delivery.status = Status::kUncertain;
  };
  for (EdgeIncident& incident : incidents) {
    if (!incident.problem) continue;
    for (auto& [recipient, delivery] : incident.problem->to) {
      const bool told = delivery.MayHaveArrived();
      claim(incident, *incident.problem, recipient, delivery);
      // After the problem mail, which it must not overtake; whoever does not have that is not told
      // of its end.
      if (!told || !incident.recovery) continue;
      const auto recovery = incident.recovery->to.find(recipient);
      if (recovery != incident.recovery->to.end())
        claim(incident, *incident.recovery, recipient, recovery->second);
    }
  }
  return !claimed_.empty();
}

void EdgeMails::Send() {
  outcomes_.clear();
  sending_.Start([this](const std::stop_token& stop) { return SendAll(stop); });
}

Result<void> EdgeMails::SendAll(const std::stop_token& stop) {
  auto sender = DirectSender::Make(config_);
  if (!sender) return std::unexpected(sender.error());
  Result<void> last;
  for (const Job& job : claimed_) {
    if (stop.stop_requested()) break;
    const auto receipt = sender->Send(job.mail, job.recipient, stop);
    if (!receipt) return std::unexpected(receipt.error());
    if (receipt->status != mail_transport::Status::kSent)
      last = Fail(ErrorCode::kUnavailable, job.recipient + ": " + receipt->reply);
    outcomes_.push_back(DeliveryOf(*receipt, job.before));
  }
  return last;
}

bool EdgeMails::Collect(std::vector<EdgeIncident>& incidents, std::chrono::milliseconds limit) {
  if (!sending_.Busy()) return false;
  const auto ended = sending_.Take(limit);
  if (!ended) return false;
  next_try_ = *ended ? steady_clock::time_point() : steady_clock::now() + kRetryPause;
  LogError(*ended ? "" : ended->error().message);
  Record(incidents);
  return true;
}

void EdgeMails::Stop(std::vector<EdgeIncident>& incidents) {
  if (sending_.End()) Record(incidents);
}

void EdgeMails::LogError(const std::string& error) {
  if (std::exchange(last_error_, error) != error && !error.empty())
    log::Error("a mail could not be sent", {{"error", error}});
}

void EdgeMails::Record(std::vector<EdgeIncident>& incidents) {
  std::map<std::pair<std::string_view, std::string_view>, const Delivery*> known;
  for (std::size_t i = 0; i < claimed_.size(); ++i) {
    // What was not tried is as it was.
    const Job& job = claimed_[i];
    known[{job.mail.mail.dedup_key, job.recipient}] =
        i < outcomes_.size() ? &outcomes_[i] : &job.before;
  }
  for (EdgeIncident& incident : incidents) {
    for (auto* mail : {&incident.problem, &incident.recovery}) {
      if (!*mail) continue;
      for (auto& [recipient, delivery] : (*mail)->to) {
        const auto found = known.find({(*mail)->mail.dedup_key, recipient});
        if (found != known.end()) delivery = *found->second;
      }
    }
  }
}

}  // namespace mon::data_aggregator
