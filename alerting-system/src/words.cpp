#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/text.h"
#include "document.h"

namespace mon::alerting_system {

std::string_view ToString(ReportKind kind) {
  switch (kind) {
    case ReportKind::kProblem:
      return "problem";
    case ReportKind::kRecovery:
      return "recovery";
    case ReportKind::kBoth:
      return "both";
    case ReportKind::kReminder:
      return "reminder";
    case ReportKind::kEscalation:
      return "escalation";
  }
  return "problem";
}

std::string_view StateWord(ReportKind kind) {
  if (kind == ReportKind::kReminder) return "ONGOING";
  if (kind == ReportKind::kEscalation) return "ESCALATED";
  return IsOpen(kind) ? "PROBLEM" : "RESOLVED";
}

int PriorityOf(ReportKind kind, Severity severity) {
  if (!IsOpen(kind)) return 3;
  switch (severity) {
    case Severity::kCritical:
      return 1;
    case Severity::kWarning:
      return 2;
    case Severity::kInfo:
      return 4;
  }
  return 3;
}

std::string SubjectHead(ReportKind kind, Severity severity,
                        const std::optional<ReportPriority>& priority) {
  const auto level =
      priority && IsOpen(kind) ? fmt::format(" P{}", priority->level) : std::string();
  return fmt::format("[{} {}{}] ", StateWord(kind), ToString(severity), level);
}

std::string OneLine(std::string_view text, std::size_t max_bytes) {
  std::string line = CleanUtf8(text, max_bytes);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto byte = static_cast<unsigned char>(line[i]);
    if (byte < 0x20 || byte == 0x7F) line[i] = ' ';
    // C1 controls are two bytes in UTF-8, and so are no harm in a blank's place each.
    if (byte == 0xC2 && i + 1 < line.size() && static_cast<unsigned char>(line[i + 1]) < 0xA0) {
      line[i] = line[i + 1] = ' ';
    }
  }
  return line;
}

std::string SpokenDuration(std::int64_t seconds) {
  static constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits = {
      {{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}}};
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    const auto [size, name] = kUnits.at(i);
    if (seconds < size) continue;
    const auto [next_size, next_name] = kUnits.at(i + 1);
    const std::int64_t rest = seconds % size / next_size;
    return rest == 0 ? fmt::format("{} {}", seconds / size, name)
                     : fmt::format("{} {} {} {}", seconds / size, name, rest, next_name);
  }
  return fmt::format("{} s", seconds);
}

namespace {

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::size_t CountCharacters(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) count += StartsCharacter(c) ? 1 : 0;
  return count;
}

std::string Shorten(std::string_view utf8, std::size_t max) {
  if (CountCharacters(utf8) <= max) return std::string(utf8);
  std::size_t end = 0;
  for (std::size_t characters = 0; end < utf8.size(); ++end) {
    if (StartsCharacter(utf8[end]) && ++characters == max) break;
  }
  return std::string(utf8.substr(0, end)) + "…";
}

}  // namespace mon::alerting_system
