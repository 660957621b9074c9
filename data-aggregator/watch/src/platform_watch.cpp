#include "data_aggregator/platform_watch.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerting_system/notice.h"
#include "alerting_system/time_zone.h"
#include "common/log.h"
#include "data_aggregator/background_task.h"
#include "data_aggregator/direct_mail.h"
#include "http/http_client.h"
#include "mysql/transact.h"
#include "platform_state.h"
#include "watch/watch_store.h"

namespace mon::data_aggregator {
namespace {

using alerting_system::ReportKind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using watch::Step;
using watch::Watch;

constexpr std::chrono::seconds kHeartbeatPause{30};
constexpr std::chrono::minutes kRetryPause{1};

std::string ProblemOf(const std::string& subject) {
  return subject == "mail" ? "no mail sent" : "no pass";
}

std::string AdviceFor(const std::string& subject) {
  if (subject == "mail") {
    return "This mail did not go through the queue. 'alerting-system deliver --log-level info' "
           "tells what it meets, 'data-aggregator doctor' tries the mail server.";
  }
  return "No rule is judged meanwhile, and no alert can come. Is the cron entry or the daemon of "
         "the processor there, and what does it log?";
}

alerting_system::ComposedMail MailOf(const Watch& watch, Step step, std::int64_t now,
                                     const alerting_system::TimeZone& zone) {
  alerting_system::Notice notice;
  notice.kind = step == Step::kBegin ? ReportKind::kProblem : ReportKind::kRecovery;
  notice.about = watch.subject;
  notice.problem = ProblemOf(watch.subject);
  notice.summary = step == Step::kBegin ? watch.detail : watch.told_detail;
  notice.advice = AdviceFor(watch.subject);
  notice.since = watch.told_since.value_or(watch.since);
  notice.seen_at = now;
  if (step == Step::kEnd) notice.ended_at = watch.since;
  notice.thread_key = fmt::format("watch/{}/{}", watch.subject, notice.since);
  return alerting_system::ComposeNotice(notice, zone);
}

}  // namespace

class PlatformWatch::Impl {
 public:
  explicit Impl(const Config& config) : config_(config) {}

  Result<std::map<std::string, watch::Finding>> Look(mysql::Connection& connection,
                                                     const mysql::Lease& lease) {
    if (auto noted = NoteSent(connection, lease, milliseconds(0)); !noted) {
      return std::unexpected(noted.error());
    }
    std::map<std::string, watch::Finding> findings;
    auto processor = LookAtProcessor(connection, config_.watch);
    if (!processor) return std::unexpected(processor.error());
    auto mail = LookAtMail(connection, config_.watch);
    if (!mail) return std::unexpected(mail.error());
    std::vector<SubjectLook> looks;
    if (*processor) looks.push_back(std::move(**processor));
    looks.push_back(std::move(*mail));
    bool well = true;
    for (auto& look : looks) {
      well = well && look.finding.state == watch::State::kOk;
      findings[look.watch.subject] = look.finding;
      if (auto taken = Take(connection, lease, look); !taken) {
        return std::unexpected(taken.error());
      }
    }
    if (well) Beat();
    return findings;
  }

  /// What was handed over before it was cut short is told: the next run must not send it again.
  Result<void> Finish(mysql::Connection& connection, const mysql::Lease& lease,
                      milliseconds limit) {
    AwaitBeat(limit);
    if (auto noted = NoteSent(connection, lease, limit); !noted) return noted;
    const auto cut = sending_.End();
    return cut ? Note(connection, lease, *cut) : Result<void>();
  }

 private:
  Result<void> NoteSent(mysql::Connection& connection, const mysql::Lease& lease,
                        milliseconds limit) {
    if (!sending_.Busy()) return {};
    const auto sent = sending_.Take(limit);
    return sent ? Note(connection, lease, *sent) : Result<void>();
  }

  Result<void> Note(mysql::Connection& connection, const mysql::Lease& lease,
                    const Result<void>& sent) {
    if (!sent) {
      next_try_ = steady_clock::now() + kRetryPause;
      const auto& error = sent.error().message;
      if (std::exchange(last_error_, error) != error) {
        log::Error("a mail about the platform itself could not be sent", {{"error", error}});
      }
      return {};
    }
    last_error_.clear();
    // As it is by now, with what was told then.
    auto watch = watch::Load(connection, told_->subject);
    if (!watch) return std::unexpected(watch.error());
    if (step_ == Step::kBegin) {
      watch->told_since = told_->since;
      watch->told_detail = told_->detail;
    } else {
      watch->TellEnd();
    }
    return Save(connection, lease, *watch);
  }

  static Result<void> Save(mysql::Connection& connection, const mysql::Lease& lease,
                           const Watch& watch) {
    return mysql::Transact(connection, lease, [&] { return watch::Save(connection, watch); });
  }

  Result<void> Take(mysql::Connection& connection, const mysql::Lease& lease, SubjectLook& look) {
    Watch& watch = look.watch;
    const bool is_new = watch.seen_at == 0;
    const auto before = watch.state;
    const auto step =
        watch::Update(watch, look.finding, look.now, watch::Lasting(look.usual_interval));
    if (is_new && watch.state == watch::State::kOk) watch.since = watch.seen_at = look.now;
    if (is_new || watch.state != before) {
      if (auto saved = Save(connection, lease, watch); !saved) return saved;
    }
    if (step != Step::kNone) Tell(watch, step, look.now);
    return {};
  }

  void Tell(const Watch& watch, Step step, std::int64_t now) {
    if (sending_.Busy() || steady_clock::now() < next_try_) return;
    const auto zone = alerting_system::TimeZone::Load(config_.mail.time_zone);
    if (!zone) return;  // refused at the start
    const bool again = told_ && told_->subject == watch.subject && step_ == step;
    told_ = watch;
    step_ = step;
    if (!again) LogTold();
    sending_.Start([this, mail = MailOf(watch, step, now, *zone)](const std::stop_token& stop) {
      return SendNotice(config_, mail, stop);
    });
  }

  /// Once, however often the mail has to be tried.
  void LogTold() const {
    const bool begins = step_ == Step::kBegin;
    log::Write(begins ? log::Level::kError : log::Level::kInfo,
               begins ? "the platform stands still" : "the platform works again",
               {{"part", told_->subject}, {"detail", told_->detail}});
  }

  void AwaitBeat(milliseconds limit) {
    if (!beating_.Busy()) return;
    const auto beaten = beating_.Take(limit);
    if (beaten && !*beaten) {
      log::Warning("heartbeat not taken", {{"error", beaten->error().message}});
    }
  }

  /// A dead man's switch: it is asked while all is well, and misses us when it is not.
  void Beat() {
    AwaitBeat(milliseconds(0));
    const auto now = steady_clock::now();
    if (config_.watch.heartbeat_url.empty() || beating_.Busy() || now < next_beat_) return;
    next_beat_ = now + kHeartbeatPause;
    if (!http_) http_ = http::MakeCurlClient({.ca_file = config_.ca_file});
    beating_.Start([this](const std::stop_token& stop) -> Result<void> {
      http::Request request;
      request.url = config_.watch.heartbeat_url;
      const auto answer = http_->Send(request, stop);
      if (!answer) return std::unexpected(answer.error());
      if (answer->status / 100 == 2) return {};
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("{}: HTTP {}", http::PrintableUrl(request.url), answer->status));
    });
  }

  const Config& config_;
  std::unique_ptr<http::Client> http_;  ///< of the heartbeat alone; null: none was needed yet
  std::optional<Watch> told_;           ///< what sending_ tells
  Step step_ = Step::kNone;             ///< likewise
  std::string last_error_;              ///< the last one logged
  steady_clock::time_point next_try_;
  steady_clock::time_point next_beat_;
  BackgroundTask sending_;
  BackgroundTask beating_;
};

PlatformWatch::PlatformWatch(const Config& config) : impl_(std::make_unique<Impl>(config)) {}

PlatformWatch::~PlatformWatch() = default;

Result<std::map<std::string, watch::Finding>> PlatformWatch::Look(mysql::Connection& connection,
                                                                  const mysql::Lease& lease) {
  return impl_->Look(connection, lease);
}

Result<void> PlatformWatch::Finish(mysql::Connection& connection, const mysql::Lease& lease,
                                   std::chrono::milliseconds limit) {
  return impl_->Finish(connection, lease, limit);
}

}  // namespace mon::data_aggregator
