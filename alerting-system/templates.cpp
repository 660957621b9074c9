#include "templates.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "alerting_system/compose.h"
#include "alerting_system/time_zone.h"
#include "anomaly_detector/finding.h"
#include "common/text.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"
#include "processor/alert_table.h"
#include "processor/report.h"

namespace mon::alerting_system {
namespace {

using processor::Alert;

Result<void> Check(const char* flag, const std::optional<std::string>& text,
                   const std::map<std::string, std::string>& labels) {
  if (!text) return {};
  auto good = anomaly_detector::CheckSummary(*text, labels);
  if (!good) return Fail(ErrorCode::kUsage, fmt::format("{}: {}", flag, good.error().message));
  return {};
}

Result<Alert> Load(mysql::Connection& connection, const TemplateRequest& request) {
  auto alert = processor::LoadAlert(connection, request.alert);
  if (!alert) return std::unexpected(alert.error());
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{} {}{}", *alert ? "alert" : "there is no alert", request.alert, why));
  };
  if (!*alert) return refuse("");
  if ((*alert)->condition.empty()) return refuse(" is of no rule: it has no templates");
  if (request.kind == "recovery" && !(*alert)->ended_at)
    return refuse(" goes on: it has no recovery");
  return **std::move(alert);
}

/// The values that placeholders stand for.
anomaly_detector::Finding FindingOf(const Alert& alert) {
  return {alert.rule,     alert.application, alert.severity, alert.fired_at, alert.started_at,
          alert.deciding, alert.hosts,       alert.joined,   alert.labels};
}

/// Puts the texts of now into `alert`. Of a rule that is gone those that were sent are kept.
Result<void> Rewrite(const Config& config, const TemplateRequest& request, Alert& alert) {
  const auto rule = std::ranges::find(config.rules, alert.rule, &RuleConfig::name);
  auto summary = request.summary, description = request.description;
  if (rule != config.rules.end()) {
    alert.labels = rule->labels;
    alert.owner = rule->owner;
    alert.runbook = rule->runbook;
    if (!summary) summary = rule->summary;
    if (!description) description = rule->description;
  }
  if (auto good = Check("--summary", summary, alert.labels); !good) return good;
  if (auto good = Check("--description", description, alert.labels); !good) return good;
  const auto finding = FindingOf(alert);
  if (summary) alert.summary = anomaly_detector::RenderSummary(*summary, finding);
  if (description) alert.description = anomaly_detector::RenderSummary(*description, finding);
  return {};
}

}  // namespace

Result<ExitCode> RenderTemplate(const Config& config, const TemplateRequest& request) {
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  auto alert = Load(*connection, request);
  if (!alert) return std::unexpected(alert.error());
  if (auto written = Rewrite(config, request, *alert); !written) {
    return std::unexpected(written.error());
  }
  auto late = processor::LoadLateNotes(*connection, alert->id);
  if (!late) return std::unexpected(late.error());
  const auto kind = request.kind == "recovery" ? ReportKind::kRecovery : ReportKind::kProblem;
  const auto& sample = alert->fired_sample;
  const auto report = processor::ReportOf(
      *alert, kind, config.processor.window,
      {{sample.timestamp, sample.response_time_ms, ShortestText(sample.error_rate), true}},
      *std::move(late));
  const auto mail = Compose(report, *zone);
  if (request.format == "json") {
    fmt::print("{}\n", Dump({{"alert_id", alert->id},
                             {"kind", request.kind},
                             {"summary", alert->summary},
                             {"description", OrNull(alert->description)},
                             {"subject", mail.subject},
                             {"text", mail.body_text},
                             {"html", mail.body_html}}));
  } else if (request.format == "html") {
    fmt::print("{}", mail.body_html);
  } else {
    fmt::print("Subject: {}\n\n{}", mail.subject, mail.body_text);
  }
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
