#include "data_aggregator/drop_watch.h"

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

namespace mon::data_aggregator {
namespace {

using std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::chrono::hours kBetweenMails{1};
constexpr std::chrono::minutes kRetryPause{1};

/// What was lost since the first start, by reason and in all.
struct Losses {
  std::uint64_t all = 0;
  std::string reasons;  ///< "12 dropped_full, 3 dropped_age"
};

Losses LossesOf(const std::map<std::string, std::uint64_t>& totals) {
  Losses losses;
  for (const auto& [outcome, count] : totals) {
    if (!outcome.starts_with("dropped_") || count == 0) continue;
    losses.all += count;
    losses.reasons += fmt::format("{}{} {}", losses.reasons.empty() ? "" : ", ", count, outcome);
  }
  return losses;
}

alerting_system::ComposedMail MailOf(const Losses& losses, std::uint64_t told, TimePoint now,
                                     const alerting_system::TimeZone& zone) {
  const std::uint64_t lost = losses.all - told;
  alerting_system::Notice notice;
  notice.about = HostName();
  notice.problem = fmt::format("{} sample{} lost", lost, lost == 1 ? "" : "s");
  notice.summary =
      fmt::format("data-aggregator on {} could not keep {} sample{} until the database was back.",
                  notice.about, lost, lost == 1 ? "" : "s");
  notice.advice =
      "dropped_full: the spool had no room, give it more ([spool] max_size) or a larger disk; "
      "dropped_age: the database was away for longer than [spool] max_age; dropped_damaged: the "
      "disk gave back something else; dropped_unspooled: the spool could not be written. The log "
      "of data-aggregator has each loss; 'data-aggregator doctor' looks at the spool.";
  notice.since = notice.seen_at = EpochSeconds(now);
  notice.facts = {{"Since the first start", losses.reasons}};
  notice.thread_key = fmt::format("drops/{}/{}", notice.about, losses.all);
  return alerting_system::ComposeNotice(notice, zone);
}

/// In place: the disk may be full, and a file that is cut first would then stay empty.
void WriteTold(const fs::path& file, std::uint64_t told) {
  constexpr auto kInPlace = std::ios::in | std::ios::out;
  std::ofstream stream(file, fs::exists(file) ? kInPlace : std::ios::out);
  stream << fmt::format("{:020}\n", told);
}

}  // namespace

class DropWatch::Impl {
 public:
  Impl(const Config& config, fs::path directory)
      : config_(config), file_(std::move(directory) / "drops_told") {
    std::ifstream(file_) >> told_;  // none yet, or unreadable: 0
    std::error_code missing;
    const auto written = fs::last_write_time(file_, missing);
    if (missing) return;
    const auto age = fs::file_time_type::clock::now() - written;
    if (age < kBetweenMails) {
      next_ = steady_clock::now() +
              std::chrono::duration_cast<steady_clock::duration>(kBetweenMails - age);
    }
  }

  /// What was sent until now is told, also where nobody has looked since.
  ~Impl() {
    if (const auto sent = sending_.End(); sent && *sent) NoteSent();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void Look(const std::map<std::string, std::uint64_t>& totals, TimePoint now) {
    Finish(std::chrono::milliseconds(0));
    const auto losses = LossesOf(totals);
    if (losses.all < told_) told_ = 0;  // the counts have begun anew
    if (losses.all <= told_ || sending_.Busy() || steady_clock::now() < next_) return;
    const auto zone = alerting_system::TimeZone::Load(config_.mail.time_zone);
    if (!zone) return;  // refused at the start
    telling_ = losses.all;
    sending_.Start([this, mail = MailOf(losses, told_, now, *zone)](const std::stop_token& stop) {
      return SendNotice(config_, mail, stop);
    });
  }

  void Finish(std::chrono::milliseconds limit) {
    if (!sending_.Busy()) return;
    const auto sent = sending_.Take(limit);
    if (!sent) return;
    if (*sent) return NoteSent();
    next_ = steady_clock::now() + kRetryPause;
    const auto& error = sent->error().message;
    if (std::exchange(last_error_, error) != error)
      log::Error("a mail about lost samples could not be sent", {{"error", error}});
  }

 private:
  void NoteSent() {
    told_ = telling_;
    next_ = steady_clock::now() + kBetweenMails;
    last_error_.clear();
    WriteTold(file_, told_);
  }

  const Config& config_;
  fs::path file_;
  std::uint64_t told_ = 0;
  std::uint64_t telling_ = 0;  ///< by sending_
  std::string last_error_;     ///< the last one logged
  steady_clock::time_point next_;
  BackgroundTask sending_;
};

DropWatch::DropWatch(const Config& config, fs::path directory)
    : impl_(std::make_unique<Impl>(config, std::move(directory))) {}

DropWatch::~DropWatch() = default;

void DropWatch::Look(const std::map<std::string, std::uint64_t>& totals, TimePoint now) {
  impl_->Look(totals, now);
}

void DropWatch::Finish(std::chrono::milliseconds limit) { impl_->Finish(limit); }

}  // namespace mon::data_aggregator
