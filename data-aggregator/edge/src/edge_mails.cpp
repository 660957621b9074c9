#include "edge_mails.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "alerting_system/compose.h"
#include "common/clock.h"
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

std::string HostName() {
  std::array<char, 256> host{};
  (void)gethostname(host.data(), host.size() - 1);
  return host.data();
}

alerting_system::SampleRow RowOf(const processor::Sample& sample) {
  return {sample.timestamp, sample.response_time_ms, ShortestText(sample.error_rate), true};
}

Delivery DeliveryOf(const Receipt& receipt) {
  switch (receipt.status) {
    case mail_transport::Status::kSent:
      return {Status::kSent, "", EpochSeconds(SystemClock().Now())};
    case mail_transport::Status::kUncertain:
      return {Status::kUncertain, receipt.reply, 0};
    case mail_transport::Status::kRefused:
      return {Status::kRefused, receipt.reply, 0};
    case mail_transport::Status::kDeferred:
      break;
  }
  return {Status::kWaiting, receipt.reply, 0};
}

/// A mail is repeated until it has an answer.
bool IsDue(const Delivery& delivery) {
  return delivery.status == Status::kWaiting || delivery.status == Status::kUncertain;
}

}  // namespace

bool EdgeMails::Tell(std::vector<EdgeIncident>& incidents, std::int64_t now,
                     std::int64_t away_since) {
  const auto zone = alerting_system::TimeZone::Load(config_.mail.time_zone);
  const auto settings = alerting_system::ResolveMailSettings(config_);
  if (!zone || !settings) {
    LogError(zone ? settings.error().message : zone.error().message);
    return false;
  }
  bool written = false;
  for (EdgeIncident& incident : incidents) {
    if (Write(incident, now, away_since, *zone, settings->recipients)) written = true;
  }
  if (sending_->Busy() || steady_clock::now() < next_try_) return written;
  auto jobs = JobsOf(incidents);
  if (jobs.empty()) return written;
  sending_->Start([this, jobs = std::move(jobs)](const std::stop_token& stop) {
    return Send(jobs, *outcomes_, stop);
  });
  return written;
}

bool EdgeMails::Write(EdgeIncident& incident, std::int64_t now, std::int64_t away_since,
                      const alerting_system::TimeZone& zone,
                      const std::vector<std::string>& recipients) {
  const processor::Alert& alert = *incident.alert;
  const bool recovers = alert.ended_at && incident.Told();
  auto& mail = recovers ? incident.recovery : incident.problem;
  if (mail) return false;
  const auto kind = recovers ? ReportKind::kRecovery : ReportKind::kProblem;
  auto report =
      processor::ReportOf(alert, kind, config_.processor.window, {RowOf(alert.fired_sample)}, {});
  report.evidence_note = fmt::format(
      "data-aggregator on {} has not reached the database since {} UTC and tells this "
      "by itself: what Zabbix measured is not known here.",
      HostName(), FormatUtc(away_since));
  mail.emplace();
  mail->mail = alerting_system::Compose(report, zone);
  mail->composed_at = now;
  if (recovers) {
    // Whoever was not told of the problem is not told of its end.
    for (const auto& [recipient, delivery] : incident.problem->to)
      if (delivery.status != Status::kRefused) mail->to[recipient] = {};
  } else {
    for (const std::string& recipient : recipients) mail->to[recipient] = {};
  }
  log::Warning("mail written while the database is away", {{"kind", std::string(ToString(kind))},
                                                           {"application", alert.application},
                                                           {"rule", alert.rule},
                                                           {"summary", alert.summary}});
  return true;
}

std::vector<EdgeMails::Job> EdgeMails::JobsOf(const std::vector<EdgeIncident>& incidents) {
  std::vector<Job> jobs;
  for (const EdgeIncident& incident : incidents) {
    const auto add = [&](const EdgeMail& mail, const std::string& recipient) {
      jobs.push_back({{mail.mail, incident.alert->severity, mail.composed_at}, recipient});
    };
    if (!incident.problem) continue;
    for (const auto& [recipient, delivery] : incident.problem->to) {
      if (IsDue(delivery)) add(*incident.problem, recipient);
    }
    if (!incident.recovery) continue;
    for (const auto& [recipient, delivery] : incident.recovery->to) {
      const auto problem = incident.problem->to.find(recipient);
      const bool told = problem != incident.problem->to.end() && problem->second.MayHaveArrived();
      if (told && IsDue(delivery)) add(*incident.recovery, recipient);
    }
  }
  return jobs;
}

Result<void> EdgeMails::Send(const std::vector<Job>& jobs, Outcomes& outcomes,
                             const std::stop_token& stop) {
  auto sender = DirectSender::Make(config_);
  if (!sender) return std::unexpected(sender.error());
  Result<void> last;
  for (const Job& job : jobs) {
    if (stop.stop_requested()) return last;
    const auto receipt = sender->Send(job.mail, job.recipient, stop);
    if (!receipt) return std::unexpected(receipt.error());
    if (receipt->status != mail_transport::Status::kSent)
      last = Fail(ErrorCode::kUnavailable, job.recipient + ": " + receipt->reply);
    const std::scoped_lock lock(outcomes.mutex);
    outcomes.done.push_back({job.mail.mail.dedup_key, job.recipient, DeliveryOf(*receipt)});
  }
  return last;
}

bool EdgeMails::Collect(std::vector<EdgeIncident>& incidents, std::chrono::milliseconds limit) {
  if (!sending_->Busy()) return false;
  const auto ended = sending_->Take(limit);
  if (ended) {
    next_try_ = *ended ? steady_clock::time_point() : steady_clock::now() + kRetryPause;
    LogError(*ended ? "" : ended->error().message);
  }
  return TakeOutcomes(incidents);
}

void EdgeMails::Stop(std::vector<EdgeIncident>& incidents) {
  sending_ = std::make_unique<BackgroundTask>();
  TakeOutcomes(incidents);
}

void EdgeMails::LogError(const std::string& error) {
  if (std::exchange(last_error_, error) != error && !error.empty())
    log::Error("a mail could not be sent", {{"error", error}});
}

bool EdgeMails::TakeOutcomes(std::vector<EdgeIncident>& incidents) {
  std::vector<Outcome> done;
  {
    const std::scoped_lock lock(outcomes_->mutex);
    done.swap(outcomes_->done);
  }
  for (EdgeIncident& incident : incidents) {
    for (auto* mail : {&incident.problem, &incident.recovery}) {
      if (!*mail) continue;
      for (const Outcome& outcome : done) {
        if (outcome.dedup_key == (*mail)->mail.dedup_key)
          (*mail)->to[outcome.recipient] = outcome.delivery;
      }
    }
  }
  return !done.empty();
}

}  // namespace mon::data_aggregator
