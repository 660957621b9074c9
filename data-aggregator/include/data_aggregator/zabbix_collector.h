#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/zabbix_source.h"
#include "data_aggregator/part.h"
#include "data_aggregator/sample_store.h"

namespace mon::data_aggregator {

/// What a reading of Zabbix came to.
struct ZabbixReading {
  std::size_t hosts = 0;
  std::size_t items = 0;
  std::size_t unsupported = 0;         ///< of the items
  StoreResult values;                  ///< of the history
  std::optional<std::int64_t> newest;  ///< epoch seconds of the newest value
  std::vector<std::string> unknown;    ///< hosts that Zabbix does not know, in words
  std::optional<Error> zabbix_error;   ///< what ended the reading, on Zabbix's side
  std::optional<Error> store_error;    ///< or on the store's
  bool tells = true;  ///< the row of Zabbix in `sources` is this reading's, of those that share
  bool wide = false;  ///< this was the hour's wide reading, or the first one of a host
};

/// How often a collector reads: once, as in a run from cron, or in cycle after cycle.
enum class Readings { kOne, kMany };

/// Reads what is new of the hosts of all applications into the store; of the hosts that `part` owns
/// where several share them. The mark of each is in the store, where whoever owns it next finds it.
/// Who owns the first of the hosts tells of Zabbix, for a report without values would look stale;
/// where no host was found, the first member.
///
/// History is read forward from where the last reading of each host stopped, in slices of time, so
/// that one that does not end in time (`stop`) has still brought the host forward by the slices it
/// finished. What was read before is read again with an overlap, for data that comes late; values
/// that are known already cost nothing. Once an hour, after what is new, the hour before is read
/// again, in as many readings as it takes: a trouble with that is logged, and is no error of the
/// reading. A host that Zabbix does not know stops no other.
///
/// One is kept from cycle to cycle: where it takes long to list hosts or items, or to read the
/// overlap, that is not done in every reading (Pace), and none the less nothing is left out: the
/// overlap then reaches back to the last one, and a new item is read from the last list on. Use
/// from one thread at a time; what the constructor takes must outlive the object.
class ZabbixCollector {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// `backfill`: how far back a host is read at first. `time`: for tests.
  ZabbixCollector(std::span<const ApplicationConfig> applications, ZabbixSource& zabbix,
                  std::chrono::seconds backfill, Readings readings,
                  std::function<SteadyTime()> time = std::chrono::steady_clock::now);
  ~ZabbixCollector();

  /// `for_late`: after so long no further part of the hour before is read, where another reading
  /// follows.
  [[nodiscard]] ZabbixReading Read(SampleStore& store, TimePoint now,
                                   std::chrono::milliseconds for_late, std::stop_token stop,
                                   const Part& part = {});

 private:
  class Reader;
  struct Kept;

  std::span<const ApplicationConfig> applications_;
  ZabbixSource& zabbix_;
  std::int64_t backfill_;
  Readings readings_;
  std::function<SteadyTime()> time_;
  std::unique_ptr<Kept> kept_;
};

}  // namespace mon::data_aggregator
