#include "data_aggregator/zabbix_collector.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/log.h"
#include "common/text.h"
#include "hosts.h"
#include "item_filter.h"
#include "read_plan.h"

namespace mon::data_aggregator {
namespace {

// A slice is what is read at once and then counts as read. It begins short, so that even a slow
// server brings a long way back to an end, and grows while slices hold little.
constexpr std::int64_t kFirstSlice = 600;       // s
constexpr std::int64_t kLongestSlice = 86'400;  // s
constexpr std::size_t kLittle = 5'000;          // values

/// One reading; its steps end early as soon as one fails, and the reading says why.
class Reader {
 public:
  Reader(std::span<const ApplicationConfig> applications, ZabbixSource& zabbix, SampleStore& store,
         std::int64_t now, std::int64_t backfill, std::stop_token stop, const Part& part)
      : applications_(applications),
        zabbix_(zabbix),
        store_(store),
        now_(now),
        backfill_(backfill),
        stop_(std::move(stop)),
        part_(part) {}

  ZabbixReading Read() {
    reading_.tells = part_.first;
    auto plan = FromZabbix(ResolveHosts(applications_, zabbix_, stop_));
    if (!plan) return std::move(reading_);
    std::vector<std::uint64_t> hostids;
    for (const ZabbixHost& host : plan->hosts)
      if (part_.OwnsHost(host.hostid)) hostids.push_back(host.hostid);
    reading_.hosts = hostids.size();
    if (!plan->hosts.empty()) reading_.tells = part_.OwnsHost(plan->hosts.front().hostid);
    if (reading_.tells || part_.first) reading_.unknown = std::move(plan->unknown);
    if (part_.first && !FromStore(store_.StoreHosts(plan->hosts, plan->links)))
      return std::move(reading_);
    if (hostids.empty()) {
      // No mark says when an hour is over, and what is due then is the first member's.
      reading_.wide = part_.first && !plan->hosts.empty();
      return std::move(reading_);
    }
    if (ReadItems(hostids, plan->links)) ReadHistory(hostids);
    return std::move(reading_);
  }

 private:
  /// Keeps the error of a step for the report.
  template <typename T>
  Result<T> FromZabbix(Result<T> result) {
    if (!result && !reading_.store_error) reading_.zabbix_error = result.error();
    return result;
  }

  template <typename T>
  Result<T> FromStore(Result<T> result) {
    if (!result) reading_.store_error = result.error();
    return result;
  }

  bool ReadItems(std::span<const std::uint64_t> hostids, std::span<const ApplicationHosts> links) {
    const auto items = FromZabbix(zabbix_.ListItems(
        {.hostids = {hostids.begin(), hostids.end()}, .numeric_only = NumericOnly(applications_)},
        stop_));
    if (!items) return false;
    items_ = WantedItems(*items, applications_, links);
    reading_.items = items_.size();
    reading_.unsupported = static_cast<std::size_t>(
        std::ranges::count_if(items_, [](const Item& item) { return item.state != 0; }));
    return FromStore(store_.StoreItems(items_, hostids)).has_value();
  }

  void ReadHistory(std::span<const std::uint64_t> hostids) {
    auto read_until = FromStore(store_.ReadUntil(hostids));
    if (!read_until) return;
    for (const std::uint64_t hostid : hostids) read_until_[hostid] = (*read_until)[hostid];
    reading_.wide = WideReadDue(read_until_, now_);
    const Marks before = read_until_;
    const auto plan = PlanReads(before, now_, backfill_);
    for (const HostsToRead& group : plan) {
      if (!ReadGroup(group)) return;
    }
    if (!reading_.wide) return;
    for (const HostsToRead& group : plan) {
      if (!ReadAgain(group, before)) return;
    }
  }

  [[nodiscard]] std::vector<Item> ItemsOf(std::span<const std::uint64_t> hostids) const {
    std::vector<Item> items;
    std::ranges::copy_if(items_, std::back_inserter(items), [&](const Item& item) {
      return std::ranges::binary_search(hostids, item.hostid);
    });
    return items;
  }

  /// The hour before what was just read. No mark depends on it: where it fails or does not end in
  /// time, what is new is safe, and the next hour's reading tries again.
  bool ReadAgain(const HostsToRead& group, const Marks& before) {
    std::vector<std::uint64_t> known;
    std::ranges::copy_if(group.hostids, std::back_inserter(known),
                         [&](std::uint64_t hostid) { return before.at(hostid) > 0; });
    const auto items = ItemsOf(known);
    if (items.empty()) return true;
    const std::int64_t from = group.from - (kWideOverlap - kShortOverlap);
    const auto read = ReadSlice(items, from, group.from - 1);
    if (read) return true;
    if (!reading_.store_error)
      log::Info("the last hour was not all read again for late values",
                {{"from", FormatUtc(from)}, {"error", read.error().message}});
    return false;
  }

  bool ReadGroup(const HostsToRead& group) {
    const auto items = ItemsOf(group.hostids);
    std::int64_t slice = kFirstSlice;
    for (std::int64_t from = group.from; from <= now_;) {
      // A rest too short to be worth a round of its own goes with this slice.
      const std::int64_t till = now_ - from < slice + kFirstSlice / 2 ? now_ : from + slice - 1;
      const auto values = FromZabbix(ReadSlice(items, from, till));
      if (!values || !Advance(group.hostids, till)) return false;
      if (*values < kLittle) slice = std::min(slice * 2, kLongestSlice);
      from = till + 1;
    }
    return true;
  }

  /// How many values the slice held.
  Result<std::size_t> ReadSlice(std::span<const Item> items, std::int64_t from, std::int64_t till) {
    std::map<std::uint64_t, std::uint64_t> host_of;
    for (const Item& item : items) host_of[item.itemid] = item.hostid;
    std::size_t count = 0;
    const auto take = [&](std::vector<ItemValue> page) -> Result<void> {
      count += page.size();
      for (const ItemValue& value : page) {
        std::int64_t& newest = newest_[host_of[value.itemid]];
        newest = std::max(newest, value.clock);
        reading_.newest = std::max(reading_.newest.value_or(0), value.clock);
      }
      auto stored = FromStore(store_.StoreHistory(page));
      if (!stored) return std::unexpected(stored.error());
      reading_.values += *stored;
      return {};
    };
    if (auto read = zabbix_.ReadHistory(items, from, till, take, stop_); !read)
      return std::unexpected(read.error());
    return count;
  }

  /// Sets the marks after a slice; hosts that come to the same mark in one call.
  bool Advance(std::span<const std::uint64_t> hostids, std::int64_t till) {
    std::map<std::int64_t, std::vector<std::uint64_t>> by_mark;
    for (const std::uint64_t hostid : hostids) {
      const std::int64_t previous = read_until_[hostid];
      const auto newest = newest_.find(hostid);
      const std::int64_t mark =
          till < now_ ? std::max(std::min(previous, now_), till)
                      : NextReadUntil(previous, till,
                                      newest == newest_.end()
                                          ? std::nullopt
                                          : std::optional<std::int64_t>(newest->second));
      if (mark != previous) by_mark[mark].push_back(hostid);
    }
    for (const auto& [mark, hosts] : by_mark) {
      if (!FromStore(store_.SetReadUntil(hosts, mark))) return false;
      for (const std::uint64_t hostid : hosts) read_until_[hostid] = mark;
    }
    return true;
  }

  std::span<const ApplicationConfig> applications_;
  ZabbixSource& zabbix_;
  SampleStore& store_;
  std::int64_t now_;
  std::int64_t backfill_;
  std::stop_token stop_;
  const Part& part_;
  ZabbixReading reading_;
  std::vector<Item> items_;
  Marks read_until_;                              ///< of these hosts alone
  std::map<std::uint64_t, std::int64_t> newest_;  ///< clock of the newest value, by host
};

}  // namespace

ZabbixReading ReadZabbix(std::span<const ApplicationConfig> applications, ZabbixSource& zabbix,
                         SampleStore& store, TimePoint now, std::chrono::seconds backfill,
                         std::stop_token stop, const Part& part) {
  return Reader(applications, zabbix, store, EpochSeconds(now), backfill.count(), std::move(stop),
                part)
      .Read();
}

}  // namespace mon::data_aggregator
