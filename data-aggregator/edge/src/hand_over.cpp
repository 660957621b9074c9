#include "hand_over.h"

#include <string>
#include <vector>

#include "alerting_system/outbox.h"
#include "dispatch/telling_store.h"
#include "processor/alert_table.h"

namespace mon::data_aggregator {
namespace {

using alerting_system::ReportKind;
using alerting_system::ToldRecipient;
using Status = Delivery::Status;

ToldRecipient ToldOf(const std::string& recipient, const Delivery& delivery) {
  ToldRecipient told{recipient, "queued", delivery.reply, {}};
  if (delivery.status == Status::kSent) {
    told.status = "sent";
    told.sent_at = delivery.sent_at;
  } else if (delivery.status == Status::kUncertain) {
    told.status = "uncertain";
  } else if (delivery.status == Status::kRefused) {
    told.status = "dead";
  }
  return told;
}

Result<void> Record(mysql::Connection& connection, std::int64_t alert_id, ReportKind kind,
                    const EdgeMail& mail, std::span<const ToldRecipient> told) {
  const auto id =
      alerting_system::RecordTold(connection, alert_id, kind, mail.mail, mail.composed_at, told);
  if (!id) return std::unexpected(id.error());
  return dispatch::RecordTelling(connection, alert_id, *id, kind == ReportKind::kRecovery,
                                 mail.composed_at);
}

Result<void> RecordProblem(mysql::Connection& connection, std::int64_t alert_id,
                           const EdgeMail& problem) {
  std::vector<ToldRecipient> told;
  for (const auto& [recipient, delivery] : problem.to) told.push_back(ToldOf(recipient, delivery));
  return Record(connection, alert_id, ReportKind::kProblem, problem, told);
}

Result<void> RecordRecovery(mysql::Connection& connection, std::int64_t alert_id,
                            const EdgeMail& recovery, const EdgeMail& problem) {
  std::vector<ToldRecipient> told;
  for (const auto& [recipient, delivery] : recovery.to) {
    if (problem.to.at(recipient).status == Status::kRefused)
      told.push_back({recipient, "skipped", "the problem mail could not be delivered", {}});
    else
      told.push_back(ToldOf(recipient, delivery));
  }
  return Record(connection, alert_id, ReportKind::kRecovery, recovery, told);
}

}  // namespace

Result<void> HandOver(mysql::Connection& connection, std::span<const EdgeIncident> incidents) {
  for (const EdgeIncident& incident : incidents) {
    if (!incident.Told()) continue;
    processor::Alert alert = *incident.alert;
    alert.judged = false;
    if (!incident.recovery && alert.ended_at) {
      // The end has no mail yet: the processor is to find it again, and to tell it.
      alert.ended_at.reset();
      std::erase_if(alert.new_events, [](const auto& event) { return event.kind == "resolved"; });
    }
    processor::Alert* const one = &alert;
    const auto saved = processor::SaveAlerts(connection, {&one, 1});
    if (!saved) return std::unexpected(saved.error());
    auto recorded = RecordProblem(connection, alert.id, *incident.problem);
    if (recorded && incident.recovery)
      recorded = RecordRecovery(connection, alert.id, *incident.recovery, *incident.problem);
    if (!recorded) return recorded;
  }
  return {};
}

}  // namespace mon::data_aggregator
