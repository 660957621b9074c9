#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "items.h"

namespace mon::processor {

/// An item with all its values.
struct MemoryItem {
  std::string application;  ///< that its host is related to; empty: to every one
  std::string host;
  std::string key;
  ItemValues values;
  std::string tags;  ///< as RelatedItem has them
};

/// Items in memory, read to their end.
class MemoryItems final : public ItemSource {
 public:
  explicit MemoryItems(const std::vector<MemoryItem>& items);

  [[nodiscard]] Result<std::span<const RelatedItem>> Related(
      const std::string& application) override;
  [[nodiscard]] Result<std::vector<ItemValues>> Series(std::span<const RelatedItem* const> items,
                                                       std::int64_t from, std::int64_t to) override;
  [[nodiscard]] Result<std::vector<std::optional<ItemPoint>>> LastBefore(
      std::span<const RelatedItem* const> items, std::int64_t before) override;
  [[nodiscard]] Result<bool> HaveHistory(std::span<const RelatedItem* const> items) override;
  [[nodiscard]] Result<std::optional<std::int64_t>> ReadUntil(std::uint64_t hostid) override;

 private:
  [[nodiscard]] const ItemValues& ValuesOf(const RelatedItem& item) const;

  std::vector<MemoryItem> items_;     // by host and key; the itemid is the position + 1
  std::vector<RelatedItem> related_;  // of the last call of Related
};

}  // namespace mon::processor
