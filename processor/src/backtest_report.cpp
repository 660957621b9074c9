#include "backtest_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "anomaly_detector/finding.h"
#include "common/table.h"
#include "common/text.h"

namespace mon::processor {
namespace {

using Json = nlohmann::ordered_json;
using alerting_system::TimeZone;

std::string PeakText(const Alert& alert) {
  if (!alert.peak) return {};
  return anomaly_detector::ValueText(alert.deciding.metric, *alert.peak);
}

std::string EndText(const std::optional<std::int64_t>& ended_at, const TimeZone& zone) {
  return ended_at ? zone.Format(*ended_at) : "still open";
}

std::string IncidentTable(const BacktestResult& result, const TimeZone& zone) {
  Table table({{"STARTED"},
               {"ENDED"},
               {"DURATION", Table::Align::kRight},
               {"RULE"},
               {"APPLICATION"},
               {"SEVERITY"},
               {"PEAK", Table::Align::kRight},
               {"SUMMARY"}});
  for (const auto& alert : result.incidents) {
    const auto duration =
        alert->ended_at ? FormatDuration(std::chrono::seconds(*alert->ended_at - alert->started_at))
                        : std::string();
    table.AddRow({zone.Format(alert->started_at), EndText(alert->ended_at, zone), duration,
                  alert->rule, alert->application, std::string(ToString(alert->severity)),
                  PeakText(*alert), alert->summary});
  }
  return table.empty() ? "" : "\n" + table.Text(false);
}

std::string MailLines(const BacktestResult& result) {
  std::string out;
  for (const auto& [recipient, count] : result.mails) {
    out += fmt::format("{} to {}: {} at the beginning, {} at the end\n",
                       count.problem + count.recovery, EscapeControls(recipient), count.problem,
                       count.recovery);
  }
  return out.empty() ? "" : "\nMails\n" + out;
}

std::string Padded(const std::string& text, std::size_t width) {
  const auto escaped = EscapeControls(text);
  return escaped + std::string(width - std::min(width, DisplayWidth(escaped)), ' ');
}

/// The rows below each other, with the times of both ends beneath.
std::string TimelineText(const BacktestResult& result, std::int64_t from, std::int64_t to,
                         const TimeZone& zone) {
  if (result.timeline.empty()) return {};
  std::size_t rule = 0;
  std::size_t application = 0;
  for (const auto& row : result.timeline) {
    rule = std::max(rule, DisplayWidth(EscapeControls(row.rule)));
    application = std::max(application, DisplayWidth(EscapeControls(row.application)));
  }
  auto out = fmt::format(
      "\nTimeline, {} a column: # firing, - true but not for long enough, . quiet, blank: no "
      "sample\n",
      FormatDuration(std::chrono::seconds(std::max<std::int64_t>(
          1, std::llround(result.timeline.front().timeline.ColumnSeconds())))));
  for (const auto& row : result.timeline) {
    out += fmt::format("{}  {}  |{}|\n", Padded(row.rule, rule),
                       Padded(row.application, application), row.timeline.Marks());
  }
  const auto first = zone.Format(from);
  const auto last = zone.Format(to);
  const auto between =
      Timeline::kColumns + 2 - std::min(Timeline::kColumns, first.size() + last.size());
  return out +
         fmt::format("{:{}}{}{:{}}{}\n", "", rule + application + 4, first, "", between, last);
}

std::string ComparisonText(const BacktestResult& result, const TimeZone& zone) {
  auto out = fmt::format("\nRecorded: {}, of them {} found again.\n", result.recorded,
                         result.recorded - result.not_found.size());
  Table table({{"ONLY"}, {"FIRED"}, {"ENDED"}, {"RULE"}, {"APPLICATION"}, {"SUMMARY"}});
  for (const auto& one : result.not_found) {
    table.AddRow({"recorded", zone.Format(one.fired_at), EndText(one.ended_at, zone), one.rule,
                  one.application, one.summary});
  }
  for (const auto& alert : result.not_recorded) {
    table.AddRow({"here", zone.Format(alert->fired_at), EndText(alert->ended_at, zone), alert->rule,
                  alert->application, alert->summary});
  }
  return table.empty() ? out : out + table.Text(false);
}

Json Optional(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); }

Json ToJson(const Alert& alert) {
  const Json duration = alert.ended_at ? Json(*alert.ended_at - alert.started_at) : Json();
  return {{"rule", alert.rule},
          {"application", alert.application},
          {"severity", ToString(alert.severity)},
          {"started_at", alert.started_at},
          {"fired_at", alert.fired_at},
          {"ended_at", Optional(alert.ended_at)},
          {"duration_seconds", duration},
          {"metric", alert.deciding.metric},
          {"peak", alert.peak ? Json(*alert.peak) : Json()},
          {"hosts", alert.hosts},
          {"summary", alert.summary}};
}

Json ToJson(const Recorded& recorded) {
  return {{"rule", recorded.rule},
          {"application", recorded.application},
          {"started_at", recorded.started_at},
          {"fired_at", recorded.fired_at},
          {"ended_at", Optional(recorded.ended_at)},
          {"summary", recorded.summary}};
}

}  // namespace

std::string BacktestText(const BacktestResult& result, std::int64_t from, std::int64_t to,
                         const TimeZone& zone) {
  auto out = fmt::format("{} to {}: {} samples, {} incidents\n", zone.Format(from), zone.Format(to),
                         result.samples, result.incidents.size());
  out += IncidentTable(result, zone);
  out += MailLines(result);
  out += TimelineText(result, from, to, zone);
  return out + ComparisonText(result, zone);
}

std::string BacktestJson(const BacktestResult& result, std::int64_t from, std::int64_t to) {
  auto incidents = Json::array();
  for (const auto& alert : result.incidents) incidents.push_back(ToJson(*alert));
  auto mails = Json::array();
  for (const auto& [recipient, count] : result.mails) {
    mails.push_back(
        {{"recipient", recipient}, {"problem", count.problem}, {"recovery", count.recovery}});
  }
  auto timeline = Json::array();
  for (const auto& row : result.timeline) {
    timeline.push_back({{"rule", row.rule},
                        {"application", row.application},
                        {"column_seconds", row.timeline.ColumnSeconds()},
                        {"marks", row.timeline.Marks()}});
  }
  auto only_recorded = Json::array();
  for (const auto& one : result.not_found) only_recorded.push_back(ToJson(one));
  auto only_here = Json::array();
  for (const auto& alert : result.not_recorded) only_here.push_back(ToJson(*alert));
  const Json out = {{"from", from},
                    {"to", to},
                    {"samples", result.samples},
                    {"incidents", incidents},
                    {"mails", mails},
                    {"timeline", timeline},
                    {"recorded",
                     {{"count", result.recorded},
                      {"found_again", result.recorded - result.not_found.size()},
                      {"only_recorded", only_recorded},
                      {"only_here", only_here}}}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mon::processor
