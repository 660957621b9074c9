#include "data_aggregator/away_watch.h"

#include <fmt/format.h>

#include <fstream>
#include <system_error>
#include <utility>

#include "alerting_system/notice.h"
#include "alerting_system/time_zone.h"
#include "common/host_name.h"
#include "common/log.h"
#include "data_aggregator/background_task.h"
#include "data_aggregator/direct_mail.h"
#include "data_aggregator/replace_file.h"

namespace mon::data_aggregator {
namespace {

using alerting_system::ReportKind;
using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::chrono::minutes kRetryPause{1};

/// Epoch seconds by our clock.
struct Absence {
  std::int64_t since = 0;  ///< 0: there is none
  bool told = false;
};

Absence Load(const fs::path& file) {
  Absence absence;
  std::ifstream stream(file);
  if (!(stream >> absence.since >> absence.told)) return {};
  return absence;
}

alerting_system::ComposedMail MailOf(ReportKind kind, const Absence& absence,
                                     const std::string& error, std::int64_t now,
                                     const alerting_system::TimeZone& zone) {
  alerting_system::Notice notice;
  notice.kind = kind;
  notice.about = HostName();
  notice.problem = "database away";
  notice.summary = fmt::format("data-aggregator on {} cannot store anything{}{}", notice.about,
                               error.empty() ? "." : ": ", error);
  notice.advice =
      "Samples wait on disk and are stored when it is back; rules on metrics of applications are "
      "judged and mailed by data-aggregator itself. Everything else rests: Zabbix values are not "
      "read, rules about them not judged, the queue of mails not emptied. 'data-aggregator doctor' "
      "says what it meets.";
  notice.since = absence.since;
  notice.seen_at = now;
  if (kind == ReportKind::kRecovery) notice.ended_at = now;
  notice.thread_key = fmt::format("away/{}/{}", notice.about, absence.since);
  return alerting_system::ComposeNotice(notice, zone);
}

}  // namespace

class AwayWatch::Impl {
 public:
  Impl(const Config& config, fs::path directory)
      : config_(config), file_(std::move(directory) / "away"), absence_(Load(file_)) {}

  /// What was sent until now is told, also where nobody has looked since.
  ~Impl() {
    if (const auto sent = sending_.End(); sent && *sent) NoteSent();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Look(const std::string& error, TimePoint now) {
    Finish(std::chrono::milliseconds(0));
    if (sending_.Busy()) return;
    const std::int64_t second = EpochSeconds(now);
    if (error.empty()) {
      if (absence_.told) return Tell(ReportKind::kRecovery, error, second);
      if (absence_.since != 0) Keep({});
      return;
    }
    if (absence_.since == 0) Keep({second, false});
    if (!absence_.told && std::chrono::seconds(second - absence_.since) >= config_.watch.mail_after)
      Tell(ReportKind::kProblem, error, second);
  }

  void Finish(std::chrono::milliseconds limit) {
    if (!sending_.Busy()) return;
    const auto sent = sending_.Take(limit);
    if (!sent) return;
    if (*sent) return NoteSent();
    next_ = steady_clock::now() + kRetryPause;
    const auto& message = sent->error().message;
    if (std::exchange(last_error_, message) != message)
      log::Error("a mail about the database could not be sent", {{"error", message}});
  }

 private:
  void Tell(ReportKind kind, const std::string& error, std::int64_t now) {
    if (steady_clock::now() < next_) return;
    const auto zone = alerting_system::TimeZone::Load(config_.mail.time_zone);
    if (!zone) return;  // refused at the start
    telling_ = kind;
    sending_.Start([this, mail = MailOf(kind, absence_, error, now, *zone)](
                       const std::stop_token& stop) { return SendNotice(config_, mail, stop); });
  }

  void NoteSent() {
    last_error_.clear();
    next_ = {};
    Keep(telling_ == ReportKind::kProblem ? Absence{absence_.since, true} : Absence{});
  }

  void Keep(const Absence& absence) {
    absence_ = absence;
    if (absence.since == 0) {
      std::error_code gone;
      fs::remove(file_, gone);
      return;
    }
    const auto kept =
        ReplaceFile(file_, fmt::format("{} {}\n", absence.since, absence.told ? 1 : 0), false);
    if (!kept)
      log::Info("the absence of the database is not noted", {{"error", kept.error().message}});
  }

  const Config& config_;
  fs::path file_;
  Absence absence_;
  ReportKind telling_ = ReportKind::kProblem;  ///< by sending_
  std::string last_error_;                     ///< the last one logged
  steady_clock::time_point next_;
  BackgroundTask sending_;
};

AwayWatch::AwayWatch(const Config& config, fs::path directory)
    : impl_(std::make_unique<Impl>(config, std::move(directory))) {}

AwayWatch::~AwayWatch() = default;

void AwayWatch::Look(const std::string& error, TimePoint now) { impl_->Look(error, now); }

void AwayWatch::Finish(std::chrono::milliseconds limit) { impl_->Finish(limit); }

}  // namespace mon::data_aggregator
