#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <vector>

#include "alerting_system/outbox.h"
#include "alerting_system/settings.h"
#include "alerting_system/time_zone.h"
#include "common/error.h"
#include "mail_transport/mail_transport.h"
#include "mysql/connection.h"
#include "receivers/receivers.h"

namespace mon::mail_delivery {

struct DeliveryOptions {
  std::chrono::seconds lease{60};  ///< longer than one message may take, so that it cannot run out
  std::chrono::seconds first_retry{30};  ///< doubled with each attempt
  std::chrono::seconds longest_retry{1'800};
  /// While the whole server cannot be reached: the cause is common, and ends for all at once.
  std::chrono::seconds longest_service_retry{60};
  std::chrono::seconds give_up_after{3 * 86'400};  ///< after that a mail is dead
  std::chrono::milliseconds max_runtime{0};        ///< of one run; 0: until nothing is due
  std::function<void()> progress;                  ///< called after each mail; may be empty
};

struct DeliverySummary {
  std::size_t sent = 0;
  std::size_t deferred = 0;
  std::size_t refused = 0;
  std::size_t uncertain = 0;
  std::size_t recovered = 0;  ///< left behind by a dead delivery, now due again
  ExitCode exit_code = ExitCode::kOk;
  /// One line for each mail that waits for another attempt, naming recipient and reason. One that
  /// is given up is an error in the log.
  std::vector<std::string> problems;
  /// What could not be reached as a whole, the mail server or a receiver, so that the rest for it
  /// was left for another run; several with "; "; empty: nothing.
  std::string service_error;
};

/// The wait before the next attempt: first_retry doubled with each attempt, up to `longest`, of it
/// a random part between a half and all, so that mails that failed together do not return together.
[[nodiscard]] std::chrono::seconds RetryDelay(int attempts, const DeliveryOptions& options,
                                              std::chrono::seconds longest,
                                              std::mt19937_64& random);

/// Where notifications go, by the kind of their recipient.
struct Channels {
  mail_transport::MailTransport& mail;
  receivers::Receivers& receivers;
};

/// Empties the outbox of what is due, one mail after another, under the lease `delivery`.
///
/// At least once: a mail is marked before the server is asked and after it has answered, so
/// whatever happens between is repeated with the same Message-ID. When the mail server cannot be
/// reached or refuses the login the other mails stay queued; so does, when a receiver is away, the
/// rest for that one. Ends early when `stop` is asked for, and at `max_runtime`. A mail under way
/// is then finished and recorded, within seconds where the database answers; a database that does
/// not answer while no mail is under way is not waited for: the process ends (StopLimit). Errors:
/// kBusy where another delivery is at work, else those of the database; what is wrong with a server
/// is in the summary.
[[nodiscard]] Result<DeliverySummary> DeliverDue(mysql::Connection& connection,
                                                 const Channels& channels,
                                                 const alerting_system::MailSettings& settings,
                                                 const alerting_system::TimeZone& zone,
                                                 const DeliveryOptions& options,
                                                 std::stop_token stop);

/// The message that goes to the recipient of `mail`, the same in every attempt.
[[nodiscard]] Result<mail_transport::OutgoingMail> BuildOutgoing(
    const alerting_system::QueuedMail& mail, const std::string& from,
    const alerting_system::TimeZone& zone);

}  // namespace mon::mail_delivery
