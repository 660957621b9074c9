#include "data_aggregator/cycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "common/log.h"
#include "common/text.h"
#include "deadline.h"
#include "hosts.h"
#include "outcomes.h"
#include "serialized_store.h"
#include "source_reports.h"

namespace mon::data_aggregator {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

milliseconds Since(SteadyClock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(SteadyClock::now() - start);
}

constexpr int kHttpOk = 200;

struct TimedZabbixReading {
  ZabbixReading reading;
  milliseconds duration{0};
};

std::vector<ApplicationSample> GoodSamples(std::span<const ApplicationReading> readings) {
  std::vector<ApplicationSample> samples;
  for (const ApplicationReading& reading : readings) {
    if (reading.sample) samples.push_back(*reading.sample);
  }
  return samples;
}

/// What became of the samples of one group.
struct Kept {
  StoreResult stored;
  std::size_t lost = 0;
};

/// Nothing where the database did not take them.
std::optional<StoreResult> StoreSamples(SampleStore& store,
                                        std::span<const ApplicationSample> samples,
                                        CycleReport& report) {
  const auto stored = store.StoreSamples(samples);
  if (!stored) {
    NoteStoreError(report, stored.error());
    return std::nullopt;
  }
  if (stored->Refused() > 0) report.exit_code = Worse(report.exit_code, ExitCode::kData);
  for (const auto& [reason, count] : stored->refused)
    log::Warning("samples refused", {{"count", fmt::to_string(count)}, {"reason", reason}});
  return *stored;
}

/// How many are lost.
std::size_t SpoolSamples(Spool* spool, std::span<const ApplicationSample> samples, TimePoint now,
                         CycleReport& report) {
  const auto spooled = spool == nullptr ? Result<std::size_t>(0) : spool->Append(samples, now);
  report.spooled += spooled.value_or(0);
  if (spool != nullptr && spooled) return 0;  // what had no room was told by the spool
  report.exit_code = Worse(report.exit_code, ExitCode::kIo);
  log::Error("samples lost", {{"count", fmt::to_string(samples.size())},
                              {"error", spooled ? "there is no spool" : spooled.error().message}});
  return samples.size();
}

/// Into the database; what it does not take, into the spool. After its first failure in a cycle the
/// database is not asked again: it may be one that hangs.
Kept KeepSamples(const Sinks& sinks, std::span<const ApplicationSample> samples, TimePoint now,
                 CycleReport& report) {
  if (samples.empty()) return {};
  Kept kept;
  std::optional<StoreResult> stored;
  if (sinks.database != nullptr && !report.store_error)
    stored = StoreSamples(*sinks.database, samples, report);
  if (stored)
    kept.stored = *stored;
  else
    kept.lost = SpoolSamples(sinks.spool, samples, now, report);
  if (sinks.watch) sinks.watch(samples, stored.has_value());
  return kept;
}

/// What has not been counted by the spool itself: answers that were refused, samples in the
/// database, and those that found no place at all.
void CountReadings(std::span<const ApplicationReading> readings, const Kept& kept, Spool& spool) {
  std::size_t refused = 0;
  for (const ApplicationReading& reading : readings)
    if (!reading.sample && reading.http_code == kHttpOk) ++refused;
  std::uint64_t received = refused + kept.lost;
  for (const auto& [name, count] : OutcomesOf(kept.stored)) {
    spool.Note(name, count);
    received += count;
  }
  spool.Note(outcome::kRefused, refused);
  spool.Note(outcome::kDroppedUnspooled, kept.lost);
  spool.Note(outcome::kReceived, received);
}

/// A group of readings, as they came.
void Keep(const Sinks& sinks, std::span<const ApplicationReading> readings, TimePoint now,
          CycleReport& report) {
  const Kept kept = KeepSamples(sinks, GoodSamples(readings), now, report);
  if (sinks.spool != nullptr) CountReadings(readings, kept, *sinks.spool);
  report.samples += kept.stored;
  report.lost += kept.lost;
  for (const ApplicationReading& reading : readings) {
    report.sources.push_back(ReportOf(reading, now));
    report.exit_code = Worse(report.exit_code, ExitCodeOf(reading));
  }
}

/// Those that are ours to store.
std::vector<SourceReport> ReportsToStore(const CycleReport& report) {
  std::vector<SourceReport> ours;
  std::ranges::copy_if(report.sources, std::back_inserter(ours), [&](const SourceReport& source) {
    return report.tells_zabbix || source.kind == "application";
  });
  return ours;
}

/// Without Zabbix no host belongs to any application.
void RemoveHosts(SampleStore& store, std::span<const ApplicationConfig> applications,
                 CycleReport& report) {
  std::vector<ApplicationHosts> links;
  for (const ApplicationConfig& application : applications)
    links.push_back({.application = application.name, .hostids = {}});
  if (const auto stored = store.StoreHosts({}, links); !stored)
    NoteStoreError(report, stored.error());
}

}  // namespace

void NoteStoreError(CycleReport& report, const Error& error) {
  if (report.store_error) return;
  report.store_error = error;
  report.exit_code = error.code == ErrorCode::kBusy
                         ? ExitCode::kTempFail
                         : Worse(report.exit_code, ExitCodeFor(error.code));
}

void StoreReports(SampleStore& store, CycleReport& report) {
  const auto stored = report.tells_zabbix ? store.StoreReports(report.sources)
                                          : store.StoreReports(ReportsToStore(report));
  if (!stored) return NoteStoreError(report, stored.error());
  report.reported = true;
}

Cycle::Cycle(const Config& config, http::Client& http, ZabbixSource* zabbix, Readings readings)
    : config_(config), poller_(config.applications, http, config.aggregator.interval) {
  if (zabbix == nullptr || !AnyHostsNamed(config_.applications)) return;
  zabbix_.emplace(config_.applications, *zabbix,
                  std::chrono::duration_cast<std::chrono::seconds>(config_.aggregator.backfill),
                  readings);
}

void Cycle::TellErrors(const std::string& source, const std::string& error) {
  const auto told = told_.find(source);
  if (error.empty()) {
    if (told == told_.end()) return;
    log::Warning("source is well again", {{"source", source}});
    told_.erase(told);
  } else if (told == told_.end() || told->second != error) {
    log::Error("source failed", {{"source", source}, {"error", error}});
    told_[source] = error;
  }
}

CycleReport Cycle::Run(const Sinks& sinks, TimePoint now, milliseconds limit, std::stop_token stop,
                       const Part& part) {
  const Deadline deadline(limit, stop);
  std::optional<SerializedStore> shared;
  if (sinks.database != nullptr) shared.emplace(*sinks.database);
  CycleReport report;

  std::future<TimedZabbixReading> zabbix;
  if (zabbix_ && shared) {
    zabbix = std::async(std::launch::async, [&] {
      const auto start = SteadyClock::now();
      auto reading = zabbix_->Read(*shared, now, limit / 4, deadline.Token(), part);
      return TimedZabbixReading{std::move(reading), Since(start)};
    });
  }

  // Stored as soon as they are there: a slow application, or Zabbix, may take its time.
  const auto keep = [&](std::span<const ApplicationReading> readings) {
    Keep({shared ? &*shared : nullptr, sinks.spool, sinks.watch}, readings, now, report);
  };
  poller_.Poll(now, limit, deadline.Token(), keep, part);
  if (!zabbix.valid()) {
    if (shared && part.first) RemoveHosts(*shared, config_.applications, report);
  } else {
    auto [reading, duration] = zabbix.get();
    if (reading.zabbix_error && deadline.Token().stop_requested())
      reading.zabbix_error->message.insert(
          0, fmt::format("not finished within {}: ", FormatDuration(limit)));
    if (reading.store_error) NoteStoreError(report, *reading.store_error);
    report.sources.push_back(ReportOf(reading, now, duration));
    report.exit_code = Worse(report.exit_code, ExitCodeOf(reading));
    log::Debug("zabbix read", {{"hosts", fmt::to_string(reading.hosts)},
                               {"items", fmt::to_string(reading.items)},
                               {"unsupported", fmt::to_string(reading.unsupported)},
                               {"new_values", fmt::to_string(reading.values.inserted)}});
    report.values = reading.values;
    report.tells_zabbix = reading.tells;
    report.hourly_due = reading.wide;
  }

  // What was broken off because we are to end says nothing about a source.
  report.stopped = stop.stop_requested();
  if (report.stopped) {
    report.exit_code = ExitCode::kOk;
    return report;
  }
  std::ranges::stable_sort(report.sources, {}, &SourceReport::name);  // they came in any order
  for (const SourceReport& source : report.sources)
    if (source.asked) TellErrors(source.name, source.error);
  if (sinks.database != nullptr) StoreReports(*sinks.database, report);
  return report;
}

}  // namespace mon::data_aggregator
