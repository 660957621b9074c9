#include "data_aggregator/zabbix_collector.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "common/log.h"
#include "common/text.h"
#include "hosts.h"
#include "item_filter.h"
#include "pace.h"
#include "read_plan.h"

namespace mon::data_aggregator {
namespace {

// A slice is what is read at once and then counts as read. It begins short, so that even a slow
// server brings a long way back to an end, and grows while slices hold little.
constexpr std::int64_t kFirstSlice = 600;       // s
constexpr std::int64_t kLongestSlice = 86'400;  // s
constexpr std::size_t kLittle = 5'000;          // values

// What is read again once an hour may be a hundred times what is new: it is read in pieces of time
// that are as long as goes into a part of a cycle.
constexpr std::int64_t kFirstPiece = 60;     // s
constexpr std::int64_t kShortestPiece = 10;  // s

/// Whoever read a host before us, another member or another process, may have read its overlap, and
/// listed its items, so long ago.
constexpr std::int64_t kUnknownOverlap = kShortOverlap + Pace::kLongest.count();  // s

/// What of the last hour has to be read again.
struct LateValues {
  std::vector<std::uint64_t> hostids;
  std::int64_t from = 0;
  std::int64_t till = 0;
};

}  // namespace

/// What one reading leaves to the next.
struct ZabbixCollector::Kept {
  HostPlan hosts;
  Pace list_hosts;

  std::vector<std::uint64_t> hostids;                        ///< whose items are listed
  std::vector<Item> items;                                   ///< those that are wanted, by itemid
  std::unordered_map<std::uint64_t, std::uint64_t> host_of;  ///< hostid by itemid
  std::int64_t items_listed = 0;                             ///< epoch seconds
  Pace list_items;

  Pace read_overlap;
  Pace::Time overlap_read;
  std::vector<std::uint64_t> overlapped;  ///< hostids whose overlap was read then

  std::vector<LateValues> late;
  std::int64_t piece = kFirstPiece;
};

/// One reading; its steps end early as soon as one fails, and the reading says why.
class ZabbixCollector::Reader {
 public:
  Reader(ZabbixCollector& collector, SampleStore& store, std::int64_t now,
         std::chrono::milliseconds for_late, std::stop_token stop, const Part& part)
      : collector_(collector),
        kept_(*collector.kept_),
        zabbix_(collector.zabbix_),
        store_(store),
        now_(now),
        for_late_(for_late),
        stop_(std::move(stop)),
        part_(part) {}

  ZabbixReading Read() {
    reading_.tells = part_.first;
    if (!ListHosts()) return std::move(reading_);
    const HostPlan& plan = kept_.hosts;
    std::vector<std::uint64_t> hostids;
    for (const ZabbixHost& host : plan.hosts)
      if (part_.OwnsHost(host.hostid)) hostids.push_back(host.hostid);
    reading_.hosts = hostids.size();
    if (!plan.hosts.empty()) reading_.tells = part_.OwnsHost(plan.hosts.front().hostid);
    if (reading_.tells || part_.first) reading_.unknown = plan.unknown;
    if (hostids.empty()) {
      // No mark says when an hour is over, and what is due then is the first member's.
      reading_.wide = part_.first && !plan.hosts.empty();
      return std::move(reading_);
    }
    if (ListItems(hostids)) ReadHistory(hostids);
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

  bool ListHosts() {
    const Pace::Time begin = collector_.time_();
    if (!kept_.list_hosts.Due(begin)) return true;
    auto plan = FromZabbix(ResolveHosts(collector_.applications_, zabbix_, stop_));
    if (!plan) return false;
    if (part_.first && !FromStore(store_.StoreHosts(plan->hosts, plan->links))) return false;
    kept_.hosts = *std::move(plan);
    kept_.list_hosts.Done(begin, collector_.time_());
    return true;
  }

  bool ListItems(const std::vector<std::uint64_t>& hostids) {
    const Pace::Time begin = collector_.time_();
    if (kept_.list_items.Due(begin) || kept_.hostids != hostids) {
      auto items = FromZabbix(zabbix_.ListItems(
          {.hostids = hostids, .numeric_only = NumericOnly(collector_.applications_)}, stop_));
      if (!items) return false;
      std::vector<Item> wanted = WantedItems(*items, collector_.applications_, kept_.hosts.links);
      if (!FromStore(store_.StoreItems(wanted, hostids))) return false;
      NoteNewItems(wanted);
      kept_.hostids = hostids;
      kept_.items = std::move(wanted);
      kept_.host_of.clear();
      for (const Item& item : kept_.items) kept_.host_of.emplace(item.itemid, item.hostid);
      kept_.list_items.Done(begin, collector_.time_());
    }
    reading_.items = kept_.items.size();
    reading_.unsupported = static_cast<std::size_t>(
        std::ranges::count_if(kept_.items, [](const Item& item) { return item.state != 0; }));
    return true;
  }

  /// Those that the last list did not have, though it was of their hosts: they were not read since.
  void NoteNewItems(std::span<const Item> wanted) {
    std::unordered_map<std::uint64_t, ValueType> known;
    for (const Item& item : kept_.items) known.emplace(item.itemid, item.value_type);
    for (const Item& item : wanted) {
      if (!std::ranges::binary_search(kept_.hostids, item.hostid)) continue;
      const auto before = known.find(item.itemid);
      if (before == known.end() || before->second != item.value_type) new_items_.push_back(item);
    }
    new_from_ = std::exchange(kept_.items_listed, now_) - kShortOverlap;
  }

  void ReadHistory(std::span<const std::uint64_t> hostids) {
    auto read_until = FromStore(store_.ReadUntil(hostids));
    if (!read_until) return;
    for (const std::uint64_t hostid : hostids) read_until_[hostid] = (*read_until)[hostid];
    reading_.wide = WideReadDue(read_until_, now_);
    const Marks before = read_until_;
    const Pace::Time begin = collector_.time_();
    const std::int64_t overlap = OverlapAt(begin, before);
    const bool overlaps = overlap != kNarrowOverlap;
    const auto plan = PlanReads(before, now_, collector_.backfill_, overlap);
    const bool read =
        std::ranges::all_of(plan, [this](const auto& group) { return ReadGroup(group); });
    // Where it took too long to come to its end, what is new comes first the next time.
    if (overlaps) kept_.read_overlap.Done(begin, collector_.time_());
    if (!read) return;
    if (overlaps) {
      kept_.overlap_read = begin;
      kept_.overlapped.assign(hostids.begin(), hostids.end());
    }
    if (!plan.empty() && !ReadNewItems(plan.front().from)) return;
    if (reading_.wide) BeginLateValues(plan, before);
    ReadLateValues();
  }

  /// False where there are hosts whose last overlap somebody else has read. A single run does not
  /// mind: those before it have read the overlap, too.
  [[nodiscard]] bool IsOverlapOurs(const Marks& marks) const {
    if (collector_.readings_ == Readings::kOne) return true;
    return std::ranges::all_of(marks, [this](const auto& host) {
      return host.second == 0 || std::ranges::binary_search(kept_.overlapped, host.first);
    });
  }

  /// Where it is due, back to where the last one began, and by the short overlap further. Where
  /// that is longer ago than we would let it be, the marks have stood still, or somebody else has
  /// read.
  [[nodiscard]] std::int64_t OverlapAt(Pace::Time time, const Marks& marks) const {
    if (!IsOverlapOurs(marks)) return kUnknownOverlap;
    if (!kept_.read_overlap.Due(time)) return kNarrowOverlap;
    if (kept_.overlapped.empty()) return kShortOverlap;
    const auto gap = std::min<Pace::Time::duration>(time - kept_.overlap_read, 2 * Pace::kLongest);
    return kShortOverlap + std::chrono::ceil<std::chrono::seconds>(gap).count();
  }

  /// What was not read of them because they were not on the list.
  bool ReadNewItems(std::int64_t read_from) {
    if (new_items_.empty() || new_from_ >= read_from) return true;
    return FromZabbix(ReadSlice(new_items_, new_from_, read_from - 1)).has_value();
  }

  /// In `some` where they are not all.
  [[nodiscard]] std::span<const Item> ItemsOf(std::span<const std::uint64_t> hostids,
                                              std::vector<Item>& some) const {
    if (std::ranges::equal(hostids, kept_.hostids)) return kept_.items;
    std::ranges::copy_if(kept_.items, std::back_inserter(some), [&](const Item& item) {
      return std::ranges::binary_search(hostids, item.hostid);
    });
    return some;
  }

  /// The hour before what was just read, of hosts that were read before.
  void BeginLateValues(std::span<const HostsToRead> plan, const Marks& before) {
    if (!kept_.late.empty()) TellNotAllRead("there was no time for it");
    kept_.late.clear();
    for (const HostsToRead& group : plan) {
      LateValues late{.hostids = {},
                      .from = group.from - (kWideOverlap - kShortOverlap),
                      .till = group.from - 1};
      std::ranges::copy_if(group.hostids, std::back_inserter(late.hostids),
                           [&](std::uint64_t hostid) { return before.at(hostid) > 0; });
      if (!late.hostids.empty()) kept_.late.push_back(std::move(late));
    }
  }

  /// As much of it as there is time for; the rest is for the next reading. No mark depends on it:
  /// where it fails, what is new is safe, and the next hour's reading tries again.
  void ReadLateValues() {
    const Pace::Time begin = collector_.time_();
    const auto is_time = [&] {
      return !stop_.stop_requested() &&
             (collector_.readings_ == Readings::kOne || collector_.time_() - begin < for_late_);
    };
    while (!kept_.late.empty() && is_time()) {
      LateValues& late = kept_.late.front();
      // While hosts change hands a reading may be of some of them alone.
      if (!std::ranges::includes(kept_.hostids, late.hostids)) return;
      const std::int64_t till = std::min(late.till, late.from + kept_.piece - 1);
      const Pace::Time piece_begin = collector_.time_();
      std::vector<Item> some;
      const auto read = ReadSlice(ItemsOf(late.hostids, some), late.from, till);
      if (!read && !stop_.stop_requested()) {
        if (!reading_.store_error) TellNotAllRead(read.error().message);
        kept_.late.clear();
        return;
      }
      const auto took = collector_.time_() - piece_begin;
      if (!read || took > for_late_ / 2) kept_.piece = std::max(kept_.piece / 2, kShortestPiece);
      if (!read) return;
      if (took < for_late_ / 4) kept_.piece = std::min(kept_.piece * 2, kWideOverlap);
      late.from = till + 1;
      if (late.from > late.till) kept_.late.erase(kept_.late.begin());
    }
  }

  void TellNotAllRead(const std::string& why) const {
    log::Info("the last hour was not all read again for late values",
              {{"from", FormatUtc(kept_.late.front().from)}, {"error", why}});
  }

  bool ReadGroup(const HostsToRead& group) {
    std::vector<Item> some;
    const auto items = ItemsOf(group.hostids, some);
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
    std::size_t count = 0;
    const auto take = [&](std::vector<ItemValue> page) -> Result<void> {
      count += page.size();
      NoteNewest(page);
      auto stored = FromStore(store_.StoreHistory(page));
      if (!stored) return std::unexpected(stored.error());
      reading_.values += *stored;
      return {};
    };
    if (auto read = zabbix_.ReadHistory(items, from, till, take, stop_); !read)
      return std::unexpected(read.error());
    return count;
  }

  void NoteNewest(std::span<const ItemValue> page) {
    std::int64_t* of_host = nullptr;
    std::uint64_t itemid = 0;
    for (const ItemValue& value : page) {
      if (of_host == nullptr || value.itemid != itemid) {
        itemid = value.itemid;
        of_host = &newest_[kept_.host_of[itemid]];
      }
      *of_host = std::max(*of_host, value.clock);
      reading_.newest = std::max(reading_.newest.value_or(0), value.clock);
    }
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

  ZabbixCollector& collector_;
  Kept& kept_;
  ZabbixSource& zabbix_;
  SampleStore& store_;
  std::int64_t now_;
  std::chrono::milliseconds for_late_;
  std::stop_token stop_;
  const Part& part_;
  ZabbixReading reading_;
  std::vector<Item> new_items_;
  std::int64_t new_from_ = 0;
  Marks read_until_;                              ///< of these hosts alone
  std::map<std::uint64_t, std::int64_t> newest_;  ///< clock of the newest value, by host
};

ZabbixCollector::ZabbixCollector(std::span<const ApplicationConfig> applications,
                                 ZabbixSource& zabbix, std::chrono::seconds backfill,
                                 Readings readings, std::function<SteadyTime()> time)
    : applications_(applications),
      zabbix_(zabbix),
      backfill_(backfill.count()),
      readings_(readings),
      time_(std::move(time)),
      kept_(std::make_unique<Kept>()) {}

ZabbixCollector::~ZabbixCollector() = default;

ZabbixReading ZabbixCollector::Read(SampleStore& store, TimePoint now,
                                    std::chrono::milliseconds for_late, std::stop_token stop,
                                    const Part& part) {
  ZabbixReading reading =
      Reader(*this, store, EpochSeconds(now), for_late, std::move(stop), part).Read();
  if (reading.store_error) {
    // What the store was told may be gone with what has failed.
    Kept fresh;
    fresh.late = std::move(kept_->late);
    fresh.piece = kept_->piece;
    *kept_ = std::move(fresh);
  }
  return reading;
}

}  // namespace mon::data_aggregator
