#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/edge.h"
#include "data_aggregator/spool.h"

namespace mon::data_aggregator {

/// The spool in the state directory. Errors: kBusy where another run on this host has it, kConfig
/// where a newer program wrote it, kIo where the disk does not let us: then collecting goes on
/// without, and `TellNoSpool` says so.
[[nodiscard]] Result<std::unique_ptr<Spool>> OpenSpool(const Config& config, TimePoint now);
void TellNoSpool(const Error& error);

/// Says that the database is away, and how many samples are safe.
void TellAway(const Error& error, const CycleReport& report, const Spool& spool);

/// Stores what lies in our spool, and what was told here, while another run collects, under a lease
/// of this host's own: the collector never sees our disk. kBusy where another run on this host does
/// it already.
[[nodiscard]] Result<void> ReplayAside(const MysqlConfig& config, Spool& spool, Edge& edge,
                                       TimePoint now, std::chrono::steady_clock::time_point until,
                                       const std::stop_token& stop);

}  // namespace mon::data_aggregator
