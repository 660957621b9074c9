#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/error.h"
#include "common/sample.h"

namespace mon::data_aggregator {

/// What became of the rows of one call.
struct StoreResult {
  std::size_t inserted = 0;
  std::size_t replaced = 0;   ///< known with another value: a row with a new id took its place
  std::size_t unchanged = 0;  ///< known with the same value: nothing was written
  /// Rows that the tables cannot hold, by reason ("error_rate is not from 0 to 1"). The others of
  /// the same call are stored.
  std::map<std::string, std::size_t> refused;

  [[nodiscard]] std::size_t Refused() const;
  StoreResult& operator+=(const StoreResult& other);
};

/// How one source did in one cycle; a row of the table `sources`.
struct SourceReport {
  std::string name;  ///< "application:shop", "zabbix"
  std::string kind;  ///< "application", "zabbix"
  bool up = false;
  TimePoint attempted_at;
  std::chrono::milliseconds duration{0};
  std::size_t samples = 0;
  std::size_t refused = 0;
  std::size_t bytes = 0;  ///< of the answer; 0: unknown
  std::optional<int> http_code;
  std::string error;                    ///< empty: none
  std::string error_class;              ///< its ErrorCode in a word or two; empty: none
  std::string_view breaker = "closed";  ///< closed, open, half-open
  /// False: its breaker kept us from asking. Only `breaker` is news then.
  bool asked = true;
  std::optional<std::int64_t> skew_seconds;  ///< HTTP Date minus our clock
  /// Epoch seconds of the newest sample of this attempt; without one the stored value stays.
  std::optional<std::int64_t> newest_sample;
};

/// The hosts that belong to one application at this cycle.
struct ApplicationHosts {
  std::string application;
  std::vector<std::uint64_t> hostids;
};

/// Where the aggregator keeps what it has read.
///
/// Every call is one transaction and idempotent: called twice with the same data it leaves the same
/// rows. A call that fails has stored nothing, with the errors of mysql::Connection, or kBusy where
/// another run has taken over; kTimeout and kUnavailable may be tried again on a new connection.
/// Use from one thread at a time.
struct SampleStore {
  virtual ~SampleStore() = default;

  /// Samples of any applications, in any order. A sample whose application and second are known is
  /// replaced where its values differ, and gets a new id, so that the processor judges it again.
  [[nodiscard]] virtual Result<StoreResult> StoreSamples(
      std::span<const ApplicationSample> samples) = 0;

  /// The hosts as Zabbix describes them now, and to which applications they belong; the links
  /// become exactly these: an application that is not named has none.
  [[nodiscard]] virtual Result<void> StoreHosts(std::span<const ZabbixHost> hosts,
                                                std::span<const ApplicationHosts> links) = 0;

  /// Name, key, units, type and state of items. `items` is the complete list of `hostids`: other
  /// items of these hosts have vanished from Zabbix, are kept and get state 2. Values are not
  /// touched.
  [[nodiscard]] virtual Result<StoreResult> StoreItems(std::span<const Item> items,
                                                       std::span<const std::uint64_t> hostids) = 0;

  /// One page of values: into the history, and the newest of each item into its zabbix_items row,
  /// whose recorded_at moves with a newer value only. `replaced` is not counted here.
  [[nodiscard]] virtual Result<StoreResult> StoreHistory(std::span<const ItemValue> values) = 0;

  /// Up to which second the history of these hosts has been read; 0: never.
  [[nodiscard]] virtual Result<std::map<std::uint64_t, std::int64_t>> ReadUntil(
      std::span<const std::uint64_t> hostids) = 0;

  /// Sets it; back too, where a clock that was wrong had left it ahead.
  [[nodiscard]] virtual Result<void> SetReadUntil(std::span<const std::uint64_t> hostids,
                                                  std::int64_t until) = 0;

  /// Of one cycle. The one exception: a second call counts as one more cycle.
  [[nodiscard]] virtual Result<void> StoreReports(std::span<const SourceReport> reports) = 0;
};

}  // namespace mon::data_aggregator
