#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "alert_text.h"
#include "alerting_system/time_zone.h"
#include "alerts.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/alert_store.h"
#include "dispatch/audit.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"
#include "processor/evidence_text.h"

namespace mon::alerting_system {
namespace {

constexpr std::size_t kMostItems = 20;

/// Everything about one alert.
struct Whole {
  dispatch::AlertRow row;
  processor::Alert alert;  ///< what its evidence says
  std::string evidence;
  std::vector<dispatch::AlertEventRow> events;
  std::vector<dispatch::AlertMailRow> mails;
  std::vector<dispatch::AuditRow> audit;
};

Result<Whole> Load(mysql::Connection& connection, std::int64_t id) {
  dispatch::AlertFilter filter;
  filter.ids = {id};
  auto rows = dispatch::ListAlerts(connection, filter);
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return Fail(ErrorCode::kInvalidData, fmt::format("there is no alert {}", id));
  auto evidence = dispatch::LoadEvidence(connection, id);
  if (!evidence) return std::unexpected(evidence.error());
  auto events = dispatch::LoadEvents(connection, id);
  if (!events) return std::unexpected(events.error());
  auto mails = dispatch::LoadMails(connection, id);
  if (!mails) return std::unexpected(mails.error());
  auto audit = dispatch::LoadAudit(connection, 0, fmt::format("alert {}", id));
  if (!audit) return std::unexpected(audit.error());
  Whole whole{std::move(rows->front()), {},
              *std::move(evidence),     *std::move(events),
              *std::move(mails),        *std::move(audit)};
  processor::ReadEvidence(whole.evidence, whole.alert);
  return whole;
}

void PrintJson(const Whole& whole) {
  Json json = JsonOf(whole.row);
  json["events"] = Json::array();
  for (const auto& event : whole.events) {
    json["events"].push_back(
        {{"at", event.created_at}, {"kind", event.kind}, {"detail", OrNull(event.detail)}});
  }
  json["mails"] = Json::array();
  for (const auto& mail : whole.mails) {
    json["mails"].push_back({{"id", mail.notification_id},
                             {"queued_at", mail.queued_at},
                             {"kind", mail.kind},
                             {"recipient", mail.recipient},
                             {"status", mail.status},
                             {"attempts", mail.attempts},
                             {"subject", mail.subject},
                             {"last_error", OrNull(mail.last_error)}});
  }
  json["audit"] = Json::array();
  for (const auto& row : whole.audit) {
    json["audit"].push_back({{"at", row.happened_at},
                             {"who", row.who},
                             {"action", row.action},
                             {"reason", OrNull(row.reason)}});
  }
  auto evidence = Json::parse(whole.evidence, nullptr, false);
  json["evidence"] = evidence.is_discarded() ? Json() : std::move(evidence);
  fmt::print("{}\n", Dump(json));
}

/// The values of each label, but for those that have a line of their own.
std::map<std::string, std::vector<std::string>> OtherLabels(const dispatch::Labels& labels) {
  std::map<std::string, std::vector<std::string>> others;
  for (const auto& [name, value] : labels) {
    if (name != "rule" && name != "application" && name != "severity") {
      others[name].push_back(value);
    }
  }
  return others;
}

void PrintFacts(const Whole& whole, const TimeZone& zone, std::int64_t now) {
  const auto& row = whole.row;
  const auto print = [](std::string_view label, const std::string& value) {
    if (!value.empty()) fmt::print("{:14}{}\n", label, EscapeControls(CleanUtf8(value, 4096)));
  };
  fmt::print("Alert {}: {}\n\n", row.id, EscapeControls(CleanUtf8(row.summary, 4096)));
  print("state", StateOf(row));
  print("severity", row.severity);
  if (row.priority) print("priority", fmt::format("{} ({})", *row.priority, row.priority_parts));
  print("application", row.application);
  print("rule", whole.alert.condition.empty()
                    ? row.rule
                    : fmt::format("{}: {}", row.rule, whole.alert.condition));
  print("since", zone.Format(row.started_at));
  if (row.ended_at) print("ended", zone.Format(*row.ended_at));
  if (row.value) {
    const auto& deciding = whole.alert.deciding;
    print("value", fmt::format("{} {} {} {}", deciding.metric, ShortestText(*row.value),
                               deciding.op, ShortestText(deciding.limit)));
  }
  if (whole.alert.deciding.oddity) print("why", whole.alert.deciding.oddity->sentence);
  if (row.peak) print("peak", ShortestText(*row.peak));
  print("held back by", HeldBy(row, zone, now));
  for (const auto& [name, values] : OtherLabels(row.labels)) {
    print(name, fmt::format("{}", fmt::join(values, ", ")));
  }
  print("owner", whole.alert.owner);
  print("runbook", whole.alert.runbook);
  std::string_view rest = whole.alert.description;
  for (std::string_view label = "description"; !rest.empty(); label = " ") {
    const auto end = std::min(rest.find('\n'), rest.size());
    print(label, std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::string_view label = "what moved";
  for (const auto& item : whole.alert.moves.items) print(std::exchange(label, " "), item.sentence);
}

void PrintTable(const Table& table) {
  if (!table.empty()) fmt::print("\n{}", table.Text(StdoutIsTerminal()));
}

void PrintItems(const processor::Alert& alert) {
  Table items({{"HOST"}, {"ITEM"}, {"VALUE", Table::Align::kRight}, {"UNITS"}, {"OFFSET"}});
  auto joined = alert.joined;
  std::ranges::stable_sort(joined, std::greater(), &anomaly_detector::JoinedValue::within_window);
  for (std::size_t i = 0; i < std::min(joined.size(), kMostItems); ++i) {
    const auto& value = joined[i];
    items.AddRow({value.host, Short(value.name), Short(value.value), value.units,
                  value.clock == 0 ? "no value"
                                   : fmt::format("{:+} s{}", value.offset_seconds,
                                                 value.within_window ? "" : ", outside")});
  }
  PrintTable(items);
  if (joined.size() > kMostItems) {
    fmt::print("and {} more: --format json has all\n", joined.size() - kMostItems);
  }
}

void PrintText(const Whole& whole, const TimeZone& zone, std::int64_t now) {
  PrintFacts(whole, zone, now);
  PrintItems(whole.alert);
  Table events({{"WHEN"}, {"EVENT"}, {"DETAIL"}});
  for (const auto& event : whole.events) {
    events.AddRow({zone.Format(event.created_at), event.kind, Short(event.detail)});
  }
  PrintTable(events);
  Table mails({{"MAIL", Table::Align::kRight},
               {"QUEUED"},
               {"KIND"},
               {"TO"},
               {"STATUS"},
               {"SUBJECT"},
               {"LAST ERROR"}});
  for (const auto& mail : whole.mails) {
    mails.AddRow({std::to_string(mail.notification_id), zone.Format(mail.queued_at), mail.kind,
                  mail.recipient, mail.status, Short(mail.subject), Short(mail.last_error)});
  }
  PrintTable(mails);
}

}  // namespace

Result<ExitCode> Show(const Config& config, const ShowRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto now = ServerNow(*connection);
  if (!now) return std::unexpected(now.error());
  const auto whole = Load(*connection, request.id);
  if (!whole) return std::unexpected(whole.error());
  request.json ? PrintJson(*whole) : PrintText(*whole, *zone, *now);
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
