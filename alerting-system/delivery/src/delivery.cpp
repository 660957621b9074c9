#include "mail_delivery/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/log.h"
#include "common/signals.h"
#include "mysql/lease.h"
#include "mysql/transact.h"

namespace mon::mail_delivery {
namespace {

using alerting_system::Outcome;
using alerting_system::QueuedMail;
using mail_transport::Receipt;
using mail_transport::Status;
using SteadyClock = std::chrono::steady_clock;

/// After this many messages in a row that a server left unanswered the rest for it waits for
/// another run.
constexpr int kMaxLostInARow = 2;

Outcome OutcomeOf(Status status) {
  switch (status) {
    case Status::kSent:
      return Outcome::kSent;
    case Status::kDeferred:
      return Outcome::kDeferred;
    case Status::kRefused:
      return Outcome::kRefused;
    case Status::kUncertain:
      return Outcome::kUncertain;
  }
  return Outcome::kUncertain;
}

/// Mails share a server; each receiver has its own.
std::string ChannelOf(const QueuedMail& mail) {
  return receivers::IsReceiver(mail.recipient) ? mail.recipient : std::string();
}

class Delivery {
 public:
  Delivery(mysql::Connection& connection, const Channels& channels,
           const alerting_system::MailSettings& settings, const alerting_system::TimeZone& zone,
           const DeliveryOptions& options, std::stop_token stop, mysql::Lease lease)
      : connection_(connection),
        channels_(channels),
        settings_(settings),
        zone_(zone),
        options_(options),
        stop_(std::move(stop)),
        lease_(std::move(lease)),
        begun_(SteadyClock::now()),
        renewed_(begun_) {}

  Result<void> Run() {
    if (auto recovered = Recover(); !recovered) return recovered;
    while (!stop_.stop_requested() && !OutOfTime()) {
      const auto mail = Claim();
      if (!mail) return std::unexpected(mail.error());
      if (!*mail) return {};
      if (auto done = Deliver(**mail); !done) return done;
      if (options_.progress) options_.progress();
    }
    return {};
  }

  mysql::Lease& Lease() { return lease_; }
  DeliverySummary TakeSummary() { return std::move(summary_); }

 private:
  template <typename F>
  auto InTransaction(F work) -> decltype(work()) {
    return mysql::Transact(connection_, lease_, work);
  }

  Result<void> Recover() {
    const StopLimit limit(stop_);
    const auto recovered =
        InTransaction([&] { return alerting_system::RecoverAbandoned(connection_); });
    if (!recovered) return std::unexpected(recovered.error());
    summary_.recovered = *recovered;
    return {};
  }

  /// Cut off here, a mail that was claimed is `sending` and has not been sent.
  Result<std::optional<QueuedMail>> Claim() {
    const StopLimit limit(stop_);
    if (auto kept = KeepLease(); !kept) return std::unexpected(kept.error());
    return InTransaction([&] { return alerting_system::ClaimNext(connection_, away_); });
  }

  [[nodiscard]] bool OutOfTime() const {
    return options_.max_runtime.count() > 0 && SteadyClock::now() - begun_ >= options_.max_runtime;
  }

  Result<void> KeepLease() {
    const auto now = SteadyClock::now();
    if (now - renewed_ < options_.lease / 6) return {};
    renewed_ = now;
    return lease_.Renew(connection_);
  }

  Result<void> Deliver(const QueuedMail& mail) {
    if (receivers::IsReceiver(mail.recipient)) {
      return RecordEnd(mail, channels_.receivers.Send(mail, stop_));
    }
    const auto outgoing = BuildOutgoing(mail, settings_.from, zone_);
    if (!outgoing) return Record(mail, Outcome::kRefused, outgoing.error().message, std::nullopt);
    return RecordEnd(mail, channels_.mail.Send(*outgoing, stop_));
  }

  Result<void> RecordEnd(const QueuedMail& mail, const Result<Receipt>& receipt) {
    return receipt ? RecordReceipt(mail, *receipt) : RecordServiceError(mail, receipt.error());
  }

  Result<void> RecordReceipt(const QueuedMail& mail, const Receipt& receipt) {
    int& lost = lost_in_a_row_[ChannelOf(mail)];
    lost = receipt.connection_lost ? lost + 1 : 0;
    if (lost >= kMaxLostInARow || receipt.retry_after) LeaveAlone(mail);
    const bool again = receipt.status == Status::kDeferred || receipt.status == Status::kUncertain;
    return Record(
        mail, OutcomeOf(receipt.status), receipt.reply,
        again ? NextTry(mail, options_.longest_retry, receipt.retry_after) : std::nullopt);
  }

  void LeaveAlone(const QueuedMail& mail) {
    if (receivers::IsReceiver(mail.recipient)) {
      away_.receivers.push_back(mail.recipient);
    } else {
      away_.mail = true;
    }
  }

  /// Nothing was said about this mail; there is no use in trying the others now.
  Result<void> RecordServiceError(const QueuedMail& mail, const Error& error) {
    LeaveAlone(mail);
    if (stop_.stop_requested()) {
      return InTransaction([&] {
        return alerting_system::RecordOutcome(connection_, mail, Outcome::kDeferred, "stopped",
                                              std::chrono::seconds(0));
      });
    }
    summary_.exit_code = Worse(summary_.exit_code, ExitCodeFor(error.code));
    summary_.service_error += (summary_.service_error.empty() ? "" : "; ") + error.message;
    return Record(mail, Outcome::kDeferred, error.message,
                  NextTry(mail, options_.longest_service_retry, std::nullopt));
  }

  std::optional<std::chrono::seconds> NextTry(const QueuedMail& mail, std::chrono::seconds longest,
                                              std::optional<std::chrono::seconds> not_before) {
    if (mail.age_seconds >= options_.give_up_after.count()) return std::nullopt;
    return std::max(RetryDelay(mail.attempts, options_, longest, random_),
                    not_before.value_or(std::chrono::seconds(0)));
  }

  Result<void> Record(const QueuedMail& mail, Outcome outcome, const std::string& reply,
                      std::optional<std::chrono::seconds> retry_in) {
    auto recorded = InTransaction([&] {
      return alerting_system::RecordOutcome(connection_, mail, outcome, reply, retry_in);
    });
    if (recorded) Count(mail, outcome, reply, retry_in);
    return recorded;
  }

  void Count(const QueuedMail& mail, Outcome outcome, const std::string& reply,
             std::optional<std::chrono::seconds> retry_in) {
    const auto problem = [&](std::size_t& count, std::string_view word) {
      ++count;
      summary_.exit_code = Worse(summary_.exit_code, ExitCode::kUnavailable);
      const std::string told =
          fmt::format("mail {} to {} {}: {}", mail.notification_id, mail.recipient, word, reply);
      if (retry_in) {
        summary_.problems.push_back(
            fmt::format("{} (next attempt in {} s)", told, retry_in->count()));
      } else {
        // Here and at once: it is said by nobody else, and never again.
        log::Error(told + " (no further attempt; see alerting-system dead-letters)");
      }
    };
    switch (outcome) {
      case Outcome::kSent:
        ++summary_.sent;
        log::Info("mail sent", {{"notification", std::to_string(mail.notification_id)},
                                {"recipient", mail.recipient},
                                {"reply", reply}});
        return;
      case Outcome::kDeferred:
        return problem(summary_.deferred, "was not taken");
      case Outcome::kRefused:
        return problem(summary_.refused, "was refused");
      case Outcome::kUncertain:
        return problem(summary_.uncertain, "may or may not have been taken");
    }
  }

  mysql::Connection& connection_;
  Channels channels_;
  const alerting_system::MailSettings& settings_;
  const alerting_system::TimeZone& zone_;
  const DeliveryOptions& options_;
  std::stop_token stop_;
  mysql::Lease lease_;
  SteadyClock::time_point begun_;
  SteadyClock::time_point renewed_;
  std::mt19937_64 random_{std::random_device{}()};
  DeliverySummary summary_;
  std::map<std::string, int> lost_in_a_row_;  ///< by channel
  alerting_system::Away away_;
};

}  // namespace

std::chrono::seconds RetryDelay(int attempts, const DeliveryOptions& options,
                                std::chrono::seconds longest, std::mt19937_64& random) {
  std::chrono::seconds delay = options.first_retry;
  for (int i = 1; i < attempts && delay < longest; ++i) delay *= 2;
  delay = std::min(delay, longest);
  std::uniform_int_distribution<std::int64_t> part((delay.count() + 1) / 2, delay.count());
  return std::chrono::seconds(part(random));
}

Result<DeliverySummary> DeliverDue(mysql::Connection& connection, const Channels& channels,
                                   const alerting_system::MailSettings& settings,
                                   const alerting_system::TimeZone& zone,
                                   const DeliveryOptions& options, std::stop_token stop) {
  auto lease = [&] {
    const StopLimit limit(stop);
    return mysql::Lease::Acquire(connection, alerting_system::kDeliveryLease, options.lease);
  }();
  if (!lease) return std::unexpected(lease.error());
  Delivery delivery(connection, channels, settings, zone, options, stop, *std::move(lease));
  const auto run = delivery.Run();
  const StopLimit limit(stop);
  // Where the connection is gone the lease is freed by its owner's end, or runs out.
  const auto released = delivery.Lease().Release(connection);
  if (!run) return std::unexpected(run.error());
  if (!released) return std::unexpected(released.error());
  return delivery.TakeSummary();
}

}  // namespace mon::mail_delivery
