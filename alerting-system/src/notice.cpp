#include "alerting_system/notice.h"

#include <fmt/format.h>

#include <algorithm>

#include "document.h"

namespace mon::alerting_system {
namespace {

std::string Lasted(const Notice& notice) {
  return SpokenDuration(
      std::max<std::int64_t>(notice.ended_at.value_or(notice.seen_at) - notice.since, 0));
}

/// Something that was seen as it happened, and does not last.
bool IsMoment(const Notice& notice) { return !notice.ended_at && notice.seen_at == notice.since; }

/// State, severity and duration stay whole; the name is cut.
std::string Subject(const Notice& notice) {
  const std::string head =
      fmt::format("[{} {}] ", StateWord(notice.kind), ToString(notice.severity));
  const std::string lasted = IsMoment(notice) ? "" : " for " + Lasted(notice);
  const std::string tail = fmt::format(": {}{}", OneLine(notice.problem), lasted);
  const std::size_t room = kMaxSubject - CountCharacters(head) - CountCharacters(tail);
  return head + Shorten(OneLine(notice.about), room) + tail;
}

Document MakeDocument(const Notice& notice, const TimeZone& zone) {
  Document document = BeginDocument(notice.kind, notice.severity, notice.about, notice.summary);
  for (const auto& note : notice.notes) document.notes.push_back(OneLine(note, 1024));
  const auto add = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) document.facts.push_back({OneLine(label), OneLine(value, 1024)});
  };
  add(IsMoment(notice) ? "Time" : "Began", zone.Format(notice.since));
  if (notice.ended_at) add("Ended", zone.Format(*notice.ended_at));
  if (!IsMoment(notice)) add("Duration", Lasted(notice));
  for (const auto& fact : notice.facts) add(fact.label, fact.value);
  if (document.problem) document.evidence_note = OneLine(notice.advice, 1024);
  document.footer =
      "The monitoring platform, about itself and its sources. Times are local, with their offset "
      "to UTC.";
  return document;
}

}  // namespace

ComposedMail ComposeNotice(const Notice& notice, const TimeZone& zone) {
  return MailOf(MakeDocument(notice, zone), notice.kind, notice.severity, std::nullopt,
                Subject(notice), notice.thread_key);
}

}  // namespace mon::alerting_system
