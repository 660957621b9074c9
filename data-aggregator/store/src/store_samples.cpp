#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data_aggregator/mysql_sample_store.h"
#include "known_samples.h"
#include "mysql/transact.h"
#include "quarantine.h"
#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;

constexpr std::size_t kMaxName = 190;  // characters of the column `application`
constexpr std::size_t kAtOnce = 10'000;

/// Why the table cannot hold it; empty: it can.
std::string Objection(const ApplicationSample& sample) {
  if (sample.application.empty() ||
      CutToCharacters(sample.application, kMaxName) != sample.application)
    return "the name of the application is empty, too long or not UTF-8";
  if (sample.response_time_ms < 0 ||
      sample.response_time_ms > std::numeric_limits<std::int32_t>::max())
    return "response_time_ms is not from 0 to 2147483647";
  if (!std::isfinite(sample.error_rate) || sample.error_rate < 0 || sample.error_rate > 1)
    return "error_rate is not from 0 to 1";
  return "";
}

constexpr std::array<std::string_view, 5> kColumns = {
    "application", "timestamp", "response_time_ms", "error_rate", "skew_seconds"};

std::array<Value, kColumns.size()> RowOf(const ApplicationSample& sample) {
  return {sample.application, sample.timestamp, sample.response_time_ms, double{sample.error_rate},
          sample.skew_seconds == 0 ? Value() : Value(sample.skew_seconds)};
}

/// A sample that the table cannot hold.
struct Unfit {
  const ApplicationSample* sample;
  std::string reason;
};

Result<void> Refuse(mysql::Connection& connection, const Unfit& unfit, StoreResult& result) {
  const ApplicationSample& sample = *unfit.sample;
  ++result.refused[unfit.reason];
  return Quarantine(
      connection, {"hyphenmon_metrics", fmt::format("{}/{}", sample.application, sample.timestamp),
                   unfit.reason, RowText(kColumns, RowOf(sample))});
}

using Samples = std::span<const ApplicationSample* const>;

using Key = std::pair<std::string_view, std::int64_t>;

Key KeyOf(const ApplicationSample* sample) { return {sample->application, sample->timestamp}; }

/// By application and second, each once: the last of several counts.
std::vector<const ApplicationSample*> Check(std::span<const ApplicationSample> samples,
                                            std::vector<Unfit>& unfit) {
  std::vector<const ApplicationSample*> good;
  for (const ApplicationSample& sample : samples) {
    if (std::string objection = Objection(sample); !objection.empty()) {
      unfit.push_back({&sample, std::move(objection)});
    } else {
      good.push_back(&sample);
    }
  }
  std::ranges::stable_sort(good, {}, KeyOf);
  std::vector<const ApplicationSample*> unique;
  for (const ApplicationSample* sample : good) {
    if (!unique.empty() && KeyOf(unique.back()) == KeyOf(sample)) {
      unique.back() = sample;
    } else {
      unique.push_back(sample);
    }
  }
  return unique;
}

/// A sample that may have to be written.
struct Pending {
  const ApplicationSample* sample;
  std::optional<std::int64_t> replaces{};  ///< the id of the row that is there
  bool known = false;                      ///< that row has the same values
};

bool SameValues(const mysql::Row& row, const ApplicationSample& sample) {
  return !row.IsNull(2) && !row.IsNull(3) && row.Int(2) == sample.response_time_ms &&
         static_cast<float>(row.Double(3)) == sample.error_rate;
}

/// Looks up the newest second of those applications of `samples` (sorted) that `newest` lacks: one
/// step in the index for each.
Result<void> LookUpNewest(mysql::Connection& connection, Samples samples, NewestSeconds& newest) {
  std::vector<Value> unknown;
  for (const ApplicationSample* sample : samples) {
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
    if (newest.try_emplace(sample->application, kNone).second)
      unknown.emplace_back(sample->application);
  }
  if (unknown.empty()) return {};
  auto rows =
      connection.Query(fmt::format("SELECT application, MAX(timestamp) FROM hyphenmon_metrics"
                                   " FORCE INDEX (application_timestamp) WHERE application IN {}"
                                   " GROUP BY application",
                                   Placeholders(unknown.size())),
                       unknown);
  if (!rows) return std::unexpected(rows.error());
  while (rows->Next()) newest[rows->Text(0)] = rows->Int(1);
  return {};
}

/// Moves `newest` on to `samples` (sorted), and gives those that were not beyond it: others cannot
/// be known.
std::vector<const ApplicationSample*> MayBeKnown(Samples samples, NewestSeconds& newest) {
  std::vector<const ApplicationSample*> open;
  std::string_view application;
  std::int64_t before = 0;
  for (const ApplicationSample* sample : samples) {
    std::int64_t& second = newest.find(sample->application)->second;
    if (sample->application != application) before = second;
    application = sample->application;
    if (sample->timestamp <= before) open.push_back(sample);
    second = std::max(second, sample->timestamp);
  }
  return open;
}

/// What of `samples` (sorted) is new or different; of those in `open` that has to be looked up.
/// Known rows are read instead of overwritten, so that no id is used up for what is there.
Result<std::vector<Pending>> FindPending(mysql::Connection& connection, Samples samples,
                                         Samples open) {
  std::vector<Pending> pending;
  for (const ApplicationSample* sample : samples) pending.push_back({sample});
  const auto take = [&](const mysql::Row& row) {
    const Key key(row.Text(0), row.Int(1));
    const auto found = std::ranges::lower_bound(
        pending, key, {}, [](const Pending& one) { return KeyOf(one.sample); });
    if (found == pending.end() || KeyOf(found->sample) != key) return;
    found->replaces = row.Int(4);
    found->known = SameValues(row, *found->sample);
  };
  if (auto read = ReadKnown(connection, open, take); !read) return std::unexpected(read.error());
  std::erase_if(pending, [](const Pending& one) { return one.known; });
  return pending;
}

/// Not by REPLACE, which inserts each row, finds the other one, takes the first back and begins
/// anew: thrice as dear.
Result<void> Delete(mysql::Connection& connection, std::span<const Pending> pending) {
  std::string ids;  // as text: a parameter each costs more than reading them
  for (const Pending& one : pending)
    if (one.replaces) ids += fmt::format("{}{}", ids.empty() ? "" : ",", *one.replaces);
  if (ids.empty()) return {};
  const auto done =
      connection.Execute(fmt::format("DELETE FROM hyphenmon_metrics WHERE id IN ({})", ids));
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<void> Replace(mysql::Connection& connection, std::span<const Pending> pending) {
  if (auto deleted = Delete(connection, pending); !deleted) return deleted;
  std::vector<Value> values;
  values.reserve(pending.size() * kColumns.size());
  for (const Pending& one : pending)
    for (Value& value : RowOf(*one.sample)) values.push_back(std::move(value));
  const auto inserted = connection.InsertRows(
      fmt::format("INSERT INTO hyphenmon_metrics ({})", fmt::join(kColumns, ", ")), kColumns.size(),
      values);
  if (!inserted) return std::unexpected(inserted.error());
  return {};
}

/// Writes all of `pending` or nothing: then gives why the table refused one of them.
Result<std::optional<std::string>> TryAll(mysql::Connection& connection,
                                          std::span<const Pending> pending, StoreResult& result) {
  if (pending.empty()) return std::nullopt;
  if (auto marked = connection.Execute("SAVEPOINT before_samples"); !marked)
    return std::unexpected(marked.error());
  auto written = Replace(connection, pending);
  if (written) {
    for (const Pending& one : pending) ++(one.replaces ? result.replaced : result.inserted);
    return std::nullopt;
  }
  if (written.error().code != ErrorCode::kInvalidData) return std::unexpected(written.error());
  if (auto back = connection.Execute("ROLLBACK TO SAVEPOINT before_samples"); !back)
    return std::unexpected(back.error());
  return std::move(written.error().message);
}

/// Writes `pending`; where the table refuses one of several, each half by itself, so that the
/// others are stored and a refused one leaves the row it was to replace.
Result<void> Write(mysql::Connection& connection, std::span<const Pending> pending,
                   StoreResult& result) {
  const auto refusal = TryAll(connection, pending, result);
  if (!refusal) return std::unexpected(refusal.error());
  if (!*refusal) return {};
  if (pending.size() == 1) return Refuse(connection, {pending[0].sample, **refusal}, result);
  const std::size_t half = pending.size() / 2;
  if (auto first = Write(connection, pending.first(half), result); !first) return first;
  return Write(connection, pending.subspan(half), result);
}

/// Stores as many samples as one statement takes.
Result<void> StoreSome(mysql::Connection& connection, Samples samples, NewestSeconds& newest,
                       StoreResult& result) {
  if (auto looked = LookUpNewest(connection, samples, newest); !looked) return looked;
  auto pending = FindPending(connection, samples, MayBeKnown(samples, newest));
  if (!pending) return std::unexpected(pending.error());
  const auto refusal = TryAll(connection, *pending, result);
  if (!refusal) return std::unexpected(refusal.error());
  if (*refusal) {
    // It may be that another program has stored what counted as new: now all are looked up.
    pending = FindPending(connection, samples, samples);
    if (!pending) return std::unexpected(pending.error());
    if (auto written = Write(connection, *pending, result); !written) return written;
  }
  result.unchanged += samples.size() - pending->size();
  return {};
}

}  // namespace

Result<StoreResult> MysqlSampleStore::StoreSamples(std::span<const ApplicationSample> samples) {
  if (samples.empty()) return StoreResult{};
  std::vector<Unfit> unfit;
  const auto good = Check(samples, unfit);
  return Transact(connection_, lease_, [&]() -> Result<StoreResult> {
    StoreResult result;
    for (const Unfit& one : unfit) {
      if (auto refused = Refuse(connection_, one, result); !refused)
        return std::unexpected(refused.error());
    }
    for (std::size_t i = 0; i < good.size(); i += kAtOnce) {
      const auto some = std::span(good).subspan(i, std::min(kAtOnce, good.size() - i));
      if (auto stored = StoreSome(connection_, some, memory_.newest, result); !stored)
        return std::unexpected(stored.error());
    }
    return result;
  });
}

}  // namespace mon::data_aggregator
