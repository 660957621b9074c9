#include "report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::data_aggregator::doctor {
namespace {

constexpr std::size_t kStatusWidth = 7;  // of "warning"
constexpr std::size_t kMostSubjectWidth = 40;

std::string_view Title(Group group) {
  switch (group) {
    case Group::kConfiguration:
      return "configuration";
    case Group::kApplications:
      return "applications";
    case Group::kZabbix:
      return "Zabbix";
    case Group::kMysql:
      return "MySQL";
    case Group::kMail:
      return "mail";
    case Group::kStateDirectory:
      return "state directory";
    case Group::kClock:
      break;
  }
  return "clock";
}

/// "state_directory", for programs.
std::string Key(Group group) {
  std::string key(Title(group));
  std::ranges::transform(key, key.begin(), [](char c) {
    if (c == ' ') return '_';
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return key;
}

std::size_t Count(const std::vector<Section>& report, Status status) {
  std::size_t count = 0;
  for (const Section& section : report)
    count +=
        static_cast<std::size_t>(std::ranges::count(section.findings, status, &Finding::status));
  return count;
}

std::string Padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, DisplayWidth(text)), ' ');
}

std::string_view Colour(Status status) {
  switch (status) {
    case Status::kOk:
      return "\x1b[32m";
    case Status::kWarning:
      return "\x1b[33m";
    case Status::kFailed:
      break;
  }
  return "\x1b[1;31m";
}

std::string StatusCell(Status status, bool on_terminal) {
  const std::string word = Padded(ToString(status), kStatusWidth);
  return on_terminal ? fmt::format("{}{}\x1b[0m", Colour(status), word) : word;
}

std::size_t SubjectWidth(const std::vector<Section>& report) {
  std::size_t width = 0;
  for (const Section& section : report)
    for (const Finding& finding : section.findings)
      width = std::max(width, DisplayWidth(EscapeControls(finding.subject)));
  return std::min(width, kMostSubjectWidth);
}

std::string Lines(const Finding& finding, std::size_t width, bool on_terminal) {
  std::string lines =
      fmt::format("  {}  {}  {}\n", StatusCell(finding.status, on_terminal),
                  Padded(EscapeControls(finding.subject), width), EscapeControls(finding.text));
  if (!finding.remedy.empty())
    lines += fmt::format("{}To mend it: {}\n", std::string(kStatusWidth + width + 6, ' '),
                         EscapeControls(finding.remedy));
  return lines;
}

}  // namespace

std::string ToText(const std::vector<Section>& report, bool on_terminal) {
  const std::size_t width = SubjectWidth(report);
  std::string text;
  for (const Section& section : report) {
    if (section.findings.empty()) continue;
    text += fmt::format(fmt::runtime(on_terminal ? "\x1b[1m{}\x1b[0m\n" : "{}\n"),
                        Title(section.group));
    for (const Finding& finding : section.findings) text += Lines(finding, width, on_terminal);
  }
  const std::size_t warnings = Count(report, Status::kWarning);
  return text + fmt::format("{} ok, {} warning{}, {} failed\n", Count(report, Status::kOk),
                            warnings, warnings == 1 ? "" : "s", Count(report, Status::kFailed));
}

std::string ToJson(const std::vector<Section>& report) {
  nlohmann::ordered_json document = {{"ok", AllWell(report)},
                                     {"failed", Count(report, Status::kFailed)},
                                     {"warnings", Count(report, Status::kWarning)},
                                     {"findings", nlohmann::ordered_json::array()}};
  for (const Section& section : report)
    for (const Finding& finding : section.findings)
      document["findings"].push_back({{"group", Key(section.group)},
                                      {"subject", finding.subject},
                                      {"status", ToString(finding.status)},
                                      {"text", finding.text},
                                      {"remedy", finding.remedy}});
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

bool AllWell(const std::vector<Section>& report) { return Count(report, Status::kFailed) == 0; }

}  // namespace mon::data_aggregator::doctor
