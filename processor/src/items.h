#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/error.h"
#include "item_values.h"

namespace mon::processor {

/// An item of a host that is related to an application, as table `zabbix_items` has it.
struct RelatedItem {
  std::uint64_t itemid = 0;
  std::uint64_t hostid = 0;  ///< 0 where the table has none
  std::string host;          ///< technical name; the host id where that is not known
  std::string key;           ///< empty in rows of other programs
  std::string name;
  std::string units;
  int value_type = 0;          ///< as Zabbix numbers them: 3 is unsigned
  bool vanished = false;       ///< no longer in Zabbix
  std::int64_t lastclock = 0;  ///< epoch seconds of the newest value; 0: none yet
  std::string lastvalue;       ///< as Zabbix has it
  std::string tags;            ///< of it and of its host, "role=db" or "role", a line each

  /// A rule names an item by its key, or where the row has none, by its name.
  [[nodiscard]] bool IsCalled(const std::string& wanted) const {
    return key.empty() ? name == wanted : key == wanted;
  }
  [[nodiscard]] bool Matches(const std::string& pattern) const;
  [[nodiscard]] bool IsNumeric() const { return value_type == 0 || value_type == 3; }
  /// "role=db", or "role" for any value; every item has the tag "".
  [[nodiscard]] bool HasTag(const std::string& wanted) const;
};

/// The value as Zabbix has it. Of the many numbers that are read few are ever shown.
[[nodiscard]] std::string Printed(const RelatedItem& item, const ItemPoint& point);

/// What is known about the machines. The join reads `zabbix_history`, and for an item without any
/// row there the one value of its `zabbix_items` row.
struct ItemSource {
  virtual ~ItemSource() = default;

  /// Says that the items of all these will be asked for: a source may then read them at once.
  [[nodiscard]] virtual Result<void> Expect(std::span<const std::string> /*applications*/) {
    return {};
  }

  /// The items of the hosts of `application`, by host, key and itemid; valid until the next call.
  [[nodiscard]] virtual Result<std::span<const RelatedItem>> Related(
      const std::string& application) = 0;

  /// The items of the host with that technical name or id, related or not; sorted as those.
  [[nodiscard]] virtual Result<std::vector<RelatedItem>> OnHost(const std::string& application,
                                                                const std::string& host);

  /// For each of `items` the median seconds between its last values; nullopt where it has too few.
  [[nodiscard]] virtual Result<std::vector<std::optional<std::int64_t>>> Spacings(
      std::span<const RelatedItem* const> items);

  /// For each of `items` its values with from <= clock <= to, ascending. A source may leave texts
  /// out: those that are no numbers are there, without theirs.
  [[nodiscard]] virtual Result<std::vector<ItemValues>> Series(
      std::span<const RelatedItem* const> items, std::int64_t from, std::int64_t to) = 0;

  /// The same with all texts, for what is shown.
  [[nodiscard]] virtual Result<std::vector<ItemValues>> SeriesWithTexts(
      std::span<const RelatedItem* const> items, std::int64_t from, std::int64_t to) {
    return Series(items, from, to);
  }

  /// For each of `items` its last value with clock < before, looking back some days at most.
  [[nodiscard]] virtual Result<std::vector<std::optional<ItemPoint>>> LastBefore(
      std::span<const RelatedItem* const> items, std::int64_t before) = 0;

  /// True where each of `items` has some row in zabbix_history.
  [[nodiscard]] virtual Result<bool> HaveHistory(std::span<const RelatedItem* const> items) = 0;

  /// Up to where the history of a host has been read, epoch seconds; nullopt where the aggregator
  /// does not read that host.
  [[nodiscard]] virtual Result<std::optional<std::int64_t>> ReadUntil(std::uint64_t hostid) = 0;
};

/// How many values tell the spacing, and how old they may be, seconds before the newest.
inline constexpr std::size_t kSpacingValues = 21;
inline constexpr std::int64_t kSpacingLookBack = 86'400;

/// The median distance between the last kSpacingValues of `clocks`, which are in ascending order.
[[nodiscard]] std::optional<std::int64_t> MedianSpacing(std::span<const std::int64_t> clocks);

}  // namespace mon::processor
