#include "summary.h"

#include <fmt/format.h>

namespace mon::processor {
namespace {

std::string Plural(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

std::string SummaryText(const Summary& summary, bool dry_run) {
  std::string text =
      fmt::format("{} new {} read", summary.rows, summary.rows == 1 ? "row" : "rows");
  if (summary.late > 0) text += fmt::format(", {} late", summary.late);
  if (summary.waiting > 0) {
    text += fmt::format(", {} waiting for values of items", Plural(summary.waiting, "sample"));
  }
  text += '\n';
  for (const auto& [reason, count] : summary.skipped) {
    text += fmt::format("skipped   {}: {}\n", Plural(count, "row"), reason);
  }
  for (const auto& alert : summary.fired) text += fmt::format("fired     {}\n", alert);
  for (const auto& alert : summary.resolved) text += fmt::format("resolved  {}\n", alert);
  for (const auto& mail : summary.mails) text += fmt::format("mail      {}\n", mail);
  if (dry_run) text += "Nothing was changed (--dry-run).\n";
  return text;
}

}  // namespace mon::processor
