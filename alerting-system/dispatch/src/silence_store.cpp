#include "dispatch/silence_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/text.h"
#include "mysql/times.h"

namespace mon::dispatch {
namespace {

using alerting_system::TimeZone;
using mysql::EpochSecondsOf;
using mysql::Value;

/// Holds now or may later.
constexpr const char* kCurrent =
    "expired_at IS NULL AND (ends_at IS NULL OR ends_at > CURRENT_TIMESTAMP(3))";

std::string Subject(std::int64_t id) { return fmt::format("silence {}", id); }

std::unexpected<Error> NoneThatHolds(std::int64_t id) {
  return Fail(ErrorCode::kInvalidData, fmt::format("there is no silence {} that holds", id));
}

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
  if (!rows.IsNull(10)) silence.expired_at = rows.Int(10);
  if (silence.recurrence.empty()) return silence;
  auto zone = alerting_system::TimeZone::Load(silence.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto calendar = Calendar::Parse(silence.recurrence, *zone);
  if (!calendar) return std::unexpected(calendar.error());
  silence.calendar = *std::move(calendar);
  return silence;
}

Result<std::vector<Silence>> Load(mysql::Connection& connection, std::string_view where) {
  auto rows = connection.Query(fmt::format(
      "SELECT id, matchers, comment, created_by, {}, {}, {}, until_resolved, recurrence, time_zone,"
      " {} FROM silences WHERE {}",
      EpochSecondsOf("created_at"), EpochSecondsOf("starts_at"), EpochSecondsOf("ends_at"),
      EpochSecondsOf("expired_at"), where));
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

/// What a person may set: matchers, comment, begin, end, until resolved, recurrence, time zone.
std::vector<Value> Settable(const Silence& silence) {
  const auto or_null = [](const std::string& text) { return text.empty() ? Value() : Value(text); };
  return {ToText(silence.matchers),
          CleanUtf8(silence.comment, 1024),
          silence.starts_at,
          silence.ends_at ? Value(*silence.ends_at) : Value(),
          std::int64_t{silence.until_resolved},
          or_null(silence.recurrence),
          or_null(silence.time_zone)};
}

}  // namespace

Result<std::vector<Silence>> LoadCurrentSilences(mysql::Connection& connection) {
  return Load(connection, fmt::format("{} ORDER BY id", kCurrent));
}

Result<std::vector<Silence>> LoadSilences(mysql::Connection& connection) {
  return Load(connection, "TRUE ORDER BY id DESC");
}

Result<std::int64_t> AddSilence(mysql::Connection& connection, const Silence& silence,
                                const Actor& actor) {
  auto values = Settable(silence);
  values.emplace_back(CleanUtf8(actor.who, 190));
  auto added = connection.Execute(
      "INSERT INTO silences (matchers, comment, starts_at, ends_at, until_resolved, recurrence,"
      " time_zone, created_by) VALUES (?, ?, FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, ?, ?, ?)",
      values);
  if (!added) return Context("writing a silence", added.error());
  const auto inserted = connection.LastInsertId();
  if (!inserted) return std::unexpected(inserted.error());
  const auto id = static_cast<std::int64_t>(*inserted);
  auto audited =
      Audit(connection, actor, "silence", Subject(id), Describe(silence, TimeZone::Utc()));
  if (!audited) return std::unexpected(audited.error());
  return id;
}

Result<Silence> EditSilence(mysql::Connection& connection, std::int64_t id,
                            const std::function<Result<void>(Silence&)>& change,
                            const Actor& actor) {
  auto found = Load(connection, fmt::format("id = {} AND {} FOR UPDATE", id, kCurrent));
  if (!found) return std::unexpected(found.error());
  if (found->empty()) return NoneThatHolds(id);
  auto& silence = found->front();
  const auto before = Describe(silence, TimeZone::Utc());
  if (auto changed = change(silence); !changed) return std::unexpected(changed.error());
  auto values = Settable(silence);
  values.emplace_back(id);
  auto saved = connection.Execute(
      "UPDATE silences SET matchers = ?, comment = ?, starts_at = FROM_UNIXTIME(?),"
      " ends_at = FROM_UNIXTIME(?), until_resolved = ?, recurrence = ?, time_zone = ?"
      " WHERE id = ?",
      values);
  if (!saved) return Context("writing a silence", saved.error());
  auto audited = Audit(connection, actor, "edit-silence", Subject(id),
                       fmt::format("{}; it was {}", Describe(silence, TimeZone::Utc()), before));
  if (!audited) return std::unexpected(audited.error());
  return std::move(silence);
}

Result<void> ExpireSilences(mysql::Connection& connection, const std::set<std::int64_t>& ids,
                            const Actor& actor) {
  for (const auto id : ids) {
    auto expired = connection.Execute(
        fmt::format("UPDATE silences SET expired_at = CURRENT_TIMESTAMP(3) WHERE id = ? AND {}",
                    kCurrent),
        {id});
    if (!expired) return Context("writing a silence", expired.error());
    if (*expired == 0) return NoneThatHolds(id);
    auto audited = Audit(connection, actor, "expire-silence", Subject(id), "");
    if (!audited) return audited;
  }
  return {};
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
