#include "dispatch/silence_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "mysql/times.h"

namespace mon::dispatch {
namespace {

using mysql::EpochSecondsOf;

Result<Silence> Read(const mysql::Rows& rows) {
  Silence silence;
  silence.id = rows.Int(0);
  auto matchers = ParseMatchers(rows.Text(1));
  if (!matchers) return std::unexpected(matchers.error());
  silence.matchers = *std::move(matchers);
  silence.comment = rows.Text(2);
  silence.created_by = rows.Text(3);
  silence.created_at = rows.Int(4);
  silence.starts_at = rows.Int(5);
  if (!rows.IsNull(6)) silence.ends_at = rows.Int(6);
  silence.until_resolved = rows.Int(7) != 0;
  silence.recurrence = rows.Text(8);
  silence.time_zone = rows.Text(9);
  if (silence.recurrence.empty()) return silence;
  auto zone = alerting_system::TimeZone::Load(silence.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto calendar = Calendar::Parse(silence.recurrence, *zone);
  if (!calendar) return std::unexpected(calendar.error());
  silence.calendar = *std::move(calendar);
  return silence;
}

}  // namespace

Result<std::vector<Silence>> LoadCurrentSilences(mysql::Connection& connection) {
  auto rows = connection.Query(fmt::format(
      "SELECT id, matchers, comment, created_by, {}, {}, {}, until_resolved, recurrence, time_zone"
      " FROM silences WHERE expired_at IS NULL"
      " AND (ends_at IS NULL OR ends_at > CURRENT_TIMESTAMP(3)) ORDER BY id",
      EpochSecondsOf("created_at"), EpochSecondsOf("starts_at"), EpochSecondsOf("ends_at")));
  if (!rows) return Context("reading silences", rows.error());
  std::vector<Silence> silences;
  while (rows->Next()) {
    auto silence = Read(*rows);
    if (silence) {
      silences.push_back(*std::move(silence));
    } else {
      // Better a mail too many than a silence that nobody meant.
      log::Warning("a silence cannot be read and does not hold",
                   {{"id", std::to_string(rows->Int(0))}, {"reason", silence.error().message}});
    }
  }
  return silences;
}

Result<void> ExpireResolved(mysql::Connection& connection, std::span<const Silence> silences,
                            std::span<const Labels> open) {
  for (const auto& silence : silences) {
    const bool needed =
        !silence.until_resolved || std::ranges::any_of(open, [&](const Labels& labels) {
          return Matches(silence.matchers, labels);
        });
    if (needed) continue;
    auto expired = connection.Execute(
        "UPDATE silences SET expired_at = CURRENT_TIMESTAMP(3) WHERE id = ? AND expired_at IS NULL",
        {silence.id});
    if (!expired) return Context("writing a silence", expired.error());
  }
  return {};
}

}  // namespace mon::dispatch
