#include "alerting_system/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "document.h"
#include "hash.h"

namespace mon::alerting_system {
namespace {

/// What went wrong in a few words; the value before the names, so that a cut costs the least.
std::string SubjectTail(const AlertReport& report) {
  const bool compared = !report.comparison.empty() && !report.limit.empty();
  if (IsOpen(report.kind)) {
    if (!compared) return fmt::format(" {}", report.rule);
    return fmt::format(" {} {} {}", report.value, report.comparison, report.limit);
  }
  const std::string lasted =
      report.ended_at ? " for " + SpokenDuration(*report.ended_at - report.started_at) : "";
  const std::string peak = report.peak.empty() ? "" : ", peak " + report.peak;
  if (!compared) return fmt::format(" {}{}{}", report.rule, lasted, peak);
  return fmt::format(" {} {}{}{}", report.comparison, report.limit, lasted, peak);
}

/// State, severity and numbers always stay whole; application and metric share what is left.
std::string Subject(const AlertReport& report) {
  const std::string head = SubjectHead(report.kind, report.severity, report.priority);
  const std::string tail = Shorten(OneLine(SubjectTail(report)), 40);
  const std::size_t room = kMaxSubject - CountCharacters(head) - CountCharacters(tail) - 2;
  const std::string application = OneLine(report.application);
  const std::string metric = OneLine(report.metric);
  const std::size_t metric_length = CountCharacters(metric);
  const std::size_t for_application =
      std::max(room / 2, room > metric_length ? room - metric_length : 0);
  const std::string short_application = Shorten(application, for_application);
  const std::string short_metric = Shorten(metric, room - CountCharacters(short_application));
  return fmt::format("{}{}:{}{}{}", head, short_application, metric.empty() ? "" : " ",
                     short_metric, tail);
}

/// What an incident is known by in table `alerts` too, in a form that fits any column.
std::string ThreadKey(const AlertReport& report) {
  return fmt::format("alert/{:016x}/{}", Hash(report.rule + '\0' + report.application),
                     report.started_at);
}

}  // namespace

ComposedMail Compose(const AlertReport& report, const TimeZone& zone) {
  return MailOf(MakeDocument(report, zone), report.kind, report.severity, report.priority,
                Subject(report), ThreadKey(report));
}

ComposedMail MailOf(const Document& document, ReportKind kind, Severity severity,
                    const std::optional<ReportPriority>& priority, std::string subject,
                    std::string thread_key) {
  ComposedMail mail;
  mail.body_text = RenderText(document);
  mail.body_html = RenderHtml(document, subject);
  mail.subject = std::move(subject);
  mail.dedup_key = fmt::format("{}/{}", thread_key, ToString(kind));
  mail.thread_key = std::move(thread_key);
  mail.priority = priority && IsOpen(kind) ? priority->level : PriorityOf(kind, severity);
  return mail;
}

}  // namespace mon::alerting_system
