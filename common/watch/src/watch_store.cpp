#include "watch/watch_store.h"

#include <fmt/format.h>

#include "common/text.h"
#include "mysql/times.h"

namespace mon::watch {
namespace {

using mysql::Value;

constexpr std::size_t kMaxDetail = 1024;  // characters

}  // namespace

std::string Columns() {
  return fmt::format("w.state, {}, {}, w.detail, {}, w.told_detail, w.alert_id",
                     mysql::EpochSecondsOf("w.since"), mysql::EpochSecondsOf("w.seen_at"),
                     mysql::EpochSecondsOf("w.told_since"));
}

Watch ReadWatch(const mysql::Rows& rows, unsigned first, std::string subject) {
  Watch watch;
  watch.subject = std::move(subject);
  watch.state = StateFrom(rows.Text(first));
  watch.since = rows.Int(first + 1);
  watch.seen_at = rows.Int(first + 2);
  watch.detail = rows.Text(first + 3);
  if (!rows.IsNull(first + 4)) watch.told_since = rows.Int(first + 4);
  watch.told_detail = rows.Text(first + 5);
  watch.alert_id = rows.Int(first + 6);
  return watch;
}

Result<Watch> Load(mysql::Connection& connection, std::string_view subject) {
  auto rows =
      connection.Query(fmt::format("SELECT {} FROM watches w WHERE w.subject = ?", Columns()),
                       {std::string(subject)});
  if (!rows) return Context("reading watches", rows.error());
  if (rows->Next()) return ReadWatch(*rows, 0, std::string(subject));
  Watch watch;
  watch.subject = subject;
  return watch;
}

Result<void> Save(mysql::Connection& connection, const Watch& watch) {
  const auto text = [](const std::string& detail) {
    return detail.empty() ? Value() : Value(CleanUtf8(detail, kMaxDetail));
  };
  const auto saved = connection.Execute(
      "INSERT INTO watches (subject, state, since, seen_at, detail, told_since, told_detail,"
      " alert_id) VALUES (?, ?, FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, FROM_UNIXTIME(?), ?, ?)"
      " ON DUPLICATE KEY UPDATE state = VALUES(state), since = VALUES(since),"
      " seen_at = VALUES(seen_at), detail = VALUES(detail), told_since = VALUES(told_since),"
      " told_detail = VALUES(told_detail), alert_id = VALUES(alert_id)",
      {watch.subject, std::string(ToString(watch.state)), watch.since, watch.seen_at,
       text(watch.detail), watch.told_since ? Value(*watch.told_since) : Value(),
       text(watch.told_detail), watch.alert_id == 0 ? Value() : Value(watch.alert_id)});
  if (!saved) return Context("writing watches", saved.error());
  return {};
}

}  // namespace mon::watch
