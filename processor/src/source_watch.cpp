#include "source_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mysql/times.h"
#include "mysql/transact.h"
#include "source_state.h"
#include "watch/watch.h"
#include "watch/watch_store.h"
#include "watch_alerts.h"

namespace mon::processor {
namespace {

using std::chrono::milliseconds;
using watch::Finding;
using watch::Watch;

std::optional<milliseconds> Milliseconds(const mysql::Rows& rows, unsigned column) {
  if (rows.IsNull(column)) return std::nullopt;
  return milliseconds(rows.Int(column));
}

/// One subject at one look.
struct Look {
  Watch watch;
  Finding finding;
  std::optional<milliseconds> usual_interval;
  std::int64_t now = 0;  ///< epoch seconds, the server's
};

/// The aggregator is as fresh as the freshest of its reports; nullopt: it was never at work here.
Result<std::optional<Look>> LookAtAggregator(mysql::Connection& connection, milliseconds least) {
  auto rows = connection.Query(fmt::format(
      "SELECT UNIX_TIMESTAMP(), {}, {}, s.usual_interval_ms, {} FROM"
      " (SELECT reported_at, usual_interval_ms FROM sources"
      " WHERE reported_at IS NOT NULL ORDER BY reported_at DESC LIMIT 1) s"
      " LEFT JOIN watches w ON w.subject = 'aggregator'",
      mysql::EpochSecondsOf("s.reported_at"), mysql::AgeOf("s.reported_at"), watch::Columns()));
  if (!rows) return Context("reading sources", rows.error());
  if (!rows->Next()) return std::nullopt;
  Look look;
  look.now = rows->Int(0);
  look.usual_interval = Milliseconds(*rows, 3);
  look.watch = watch::ReadWatch(*rows, 4, "aggregator");
  if (milliseconds(rows->Int(2)) > watch::Patience(look.usual_interval, least)) {
    look.finding = {watch::State::kNoData, rows->Int(1),
                    "data-aggregator has not reported about any source since."};
  }
  return look;
}

/// The sources of which there may be something to say: of ten thousand a few. One that was never
/// read has never been silent either.
Result<std::vector<Look>> LookAtSources(mysql::Connection& connection, const Config& config) {
  const auto least = config.watch.after;
  const auto old = [&](std::string_view column) {
    return fmt::format("s.{} < NOW(3) - INTERVAL {} MICROSECOND", column, 1000 * least.count());
  };
  auto rows = connection.Query(fmt::format(
      "SELECT UNIX_TIMESTAMP(), s.name, {}, {}, {}, s.usual_interval_ms,"
      " s.usual_step_ms, s.error_class, s.error, {}"
      " FROM sources s LEFT JOIN watches w ON w.subject = s.name"
      " WHERE s.succeeded_at IS NOT NULL AND s.reported_at IS NOT NULL"
      " AND (w.subject IS NULL OR w.state <> 'OK' OR w.told_since IS NOT NULL"
      " OR {} OR {} OR {}) ORDER BY s.name",
      mysql::AgeOf("s.reported_at"), mysql::AgeOf("s.failing_since"), mysql::AgeOf("s.fresh_at"),
      watch::Columns(), old("reported_at"), old("failing_since"), old("fresh_at")));
  if (!rows) return Context("reading sources", rows.error());
  const auto configured = SourcesOf(config);
  std::vector<Look> looks;
  while (rows->Next()) {
    SourceRow source;
    source.name = rows->Text(1);
    source.silent_for = milliseconds(rows->Int(2));
    source.failing_for = Milliseconds(*rows, 3);
    source.same_for = Milliseconds(*rows, 4);
    source.usual_interval = Milliseconds(*rows, 5);
    source.usual_step = Milliseconds(*rows, 6);
    source.error_class = rows->Text(7);
    source.error = rows->Text(8);
    Look look;
    look.now = rows->Int(0);
    look.usual_interval = source.usual_interval;
    look.watch = watch::ReadWatch(*rows, 9, source.name);
    // What nobody wants to be read any more is well.
    if (configured.contains(source.name)) look.finding = StateOf(source, look.now, least);
    looks.push_back(std::move(look));
  }
  return looks;
}

/// New sources begin well.
Result<void> AddMissing(mysql::Connection& connection) {
  auto added = connection.Execute(
      "INSERT IGNORE INTO watches (subject, state)"
      " SELECT name, 'OK' FROM sources WHERE succeeded_at IS NOT NULL AND reported_at IS NOT NULL"
      " UNION SELECT 'aggregator', 'OK'");
  if (!added) return Context("writing watches", added.error());
  return {};
}

bool IsNew(const Look& look) { return look.watch.seen_at == 0; }

class SourceWatch {
 public:
  SourceWatch(const Setup& setup, mysql::Connection& connection, const mysql::Lease* lease,
              Summary& summary)
      : connection_(connection),
        lease_(lease),
        summary_(summary),
        alerts_(setup, connection, lease == nullptr ? Writing::kNot : Writing::kReal, told_) {}

  Result<void> Take(Look& look) {
    Watch& watch = look.watch;
    const auto before = watch.state;
    const auto step =
        watch::Update(watch, look.finding, look.now, watch::Lasting(look.usual_interval));
    if (step == watch::Step::kNone && watch.state == before) return {};
    if (auto written = Write(watch, step, look.now); !written) return written;
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(summary_.fired, told_.fired);
    append(summary_.resolved, told_.resolved);
    append(summary_.mails, told_.mails);
    return {};
  }

 private:
  Result<void> Write(const Watch& watch, watch::Step step, std::int64_t now) {
    if (lease_ == nullptr) {
      Watch copy = watch;
      return Tell(copy, step, now);
    }
    return mysql::Transact(connection_, *lease_, [&]() -> Result<void> {
      Watch copy = watch;  // it may be done again
      if (auto told = Tell(copy, step, now); !told) return told;
      return watch::Save(connection_, copy);
    });
  }

  Result<void> Tell(Watch& watch, watch::Step step, std::int64_t now) {
    told_ = {};
    if (step == watch::Step::kBegin) return alerts_.Begin(watch, now);
    if (step == watch::Step::kEnd) return alerts_.End(watch);
    return {};
  }

  mysql::Connection& connection_;
  const mysql::Lease* lease_;
  Summary& summary_;
  Summary told_;  ///< by the transaction at hand
  WatchAlerts alerts_;
};

}  // namespace

Result<void> WatchSources(const Setup& setup, mysql::Connection& connection,
                          const mysql::Lease* lease, Summary& summary, const std::stop_token& stop,
                          const std::function<void()>& progress) {
  SourceWatch watching(setup, connection, lease, summary);
  auto aggregator = LookAtAggregator(connection, setup.config->watch.after);
  if (!aggregator) return std::unexpected(aggregator.error());
  if (!*aggregator) return {};
  bool any_new = IsNew(**aggregator);
  auto sources = LookAtSources(connection, *setup.config);
  if (!sources) return std::unexpected(sources.error());
  any_new = any_new || std::ranges::any_of(*sources, IsNew);
  if (any_new && lease != nullptr) {
    if (auto added = AddMissing(connection); !added) return added;
  }
  if (auto taken = watching.Take(**aggregator); !taken) return taken;
  if ((*aggregator)->watch.state != watch::State::kOk) return {};
  // Ten thousand may fall silent at once, and each is a transaction.
  for (auto& look : *sources) {
    if (stop.stop_requested()) return {};
    if (auto taken = watching.Take(look); !taken) return taken;
    if (progress) progress();
  }
  return {};
}

}  // namespace mon::processor
