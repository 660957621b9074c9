#include "spooling.h"

#include <fmt/format.h>

#include <string>

#include "common/host_name.h"
#include "common/log.h"
#include "data_aggregator/mysql_sample_store.h"
#include "data_aggregator/replay.h"
#include "session.h"

namespace mon::data_aggregator {
namespace {

constexpr std::chrono::seconds kAsideLease{60};

/// Of at most 64 characters, as the column holds.
std::string AsideLeaseName() { return fmt::format("spool:{:.58}", HostName()); }

}  // namespace

Result<std::unique_ptr<Spool>> OpenSpool(const Config& config, TimePoint now) {
  return Spool::Open(SpoolDirectory(config), config.spool, now);
}

void TellNoSpool(const Error& error) {
  log::Warning("no spool: samples are lost while the database is away", {{"error", error.message}});
}

void TellAway(const Error& error, const CycleReport& report, const Spool& spool) {
  log::Error("database not usable; samples are safe in the spool",
             {{"error", error.message},
              {"samples", fmt::to_string(report.spooled)},
              {"in_spool", fmt::to_string(spool.Count())}});
}

Result<void> ReplayAside(const MysqlConfig& config, Spool& spool, Edge& edge, TimePoint now,
                         std::chrono::steady_clock::time_point until, const std::stop_token& stop) {
  Session session(config, kAsideLease, AsideLeaseName());
  if (auto ready = session.Ready(); !ready) return ready;
  if (auto told = edge.HandOver(session.Connection(), session.Lease()); !told) return told;
  MysqlSampleStore store(session.Connection(), session.Lease(), &session.Memory());
  const auto replayed = Replay(spool, store, now, until, stop);
  if (replayed.error) return std::unexpected(*replayed.error);
  return {};
}

}  // namespace mon::data_aggregator
