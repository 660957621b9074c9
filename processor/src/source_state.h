#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "common/config.h"
#include "watch/watch.h"

namespace mon::processor {

/// What table `sources` tells of one source, as ages by the server's clock.
struct SourceRow {
  std::string name;                         ///< "application:shop", "zabbix"
  std::chrono::milliseconds silent_for{0};  ///< since the aggregator last reported about it
  std::optional<std::chrono::milliseconds> failing_for;  ///< nullopt: the last attempt succeeded
  std::optional<std::chrono::milliseconds> same_for;  ///< since its newest sample was another one
  std::optional<std::chrono::milliseconds> usual_interval;  ///< of the reports
  std::optional<std::chrono::milliseconds> usual_step;      ///< of its samples
  std::string error_class;                                  ///< of the last attempt; empty: none
  std::string error;
};

/// How the source fares at `now`, epoch seconds. `least`: [watch] after.
[[nodiscard]] watch::Finding StateOf(const SourceRow& source, std::int64_t now,
                                     std::chrono::milliseconds least);

/// The sources that the configuration names, as table `sources` calls them.
[[nodiscard]] std::set<std::string> SourcesOf(const Config& config);

}  // namespace mon::processor
