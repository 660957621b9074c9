#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "items.h"

namespace mon::processor {

/// An item source that has read the values of many items over one time at once, and gives parts of
/// them from memory: a query for each of a thousand applications would cost more than their values.
/// `source` must outlive it.
class ItemsAhead final : public ItemSource {
 public:
  /// What is read: the values of `items`, each once, with from <= clock <= to.
  struct Stretch {
    std::vector<RelatedItem> items;
    std::int64_t from = 0;
    std::int64_t to = -1;
  };

  /// What was read of a stretch.
  struct Known {
    std::int64_t from = 0;
    std::int64_t to = -1;
    std::map<std::uint64_t, ItemValues> series;  ///< by itemid
  };

  explicit ItemsAhead(ItemSource& source) : source_(&source) {}

  [[nodiscard]] static Result<Known> Read(const Stretch& stretch, ItemSource& source);

  /// Reads it from the source. What was known before is forgotten, here and in Use.
  [[nodiscard]] Result<void> Load(const Stretch& stretch);
  void Use(Known known) { known_ = std::move(known); }
  void Forget() { known_ = {}; }

  [[nodiscard]] Result<std::vector<ItemValues>> Series(std::span<const RelatedItem* const> items,
                                                       std::int64_t from, std::int64_t to) override;

  [[nodiscard]] Result<void> Expect(std::span<const std::string> applications) override {
    return source_->Expect(applications);
  }
  [[nodiscard]] Result<std::span<const RelatedItem>> Related(
      const std::string& application) override {
    return source_->Related(application);
  }
  [[nodiscard]] Result<std::vector<RelatedItem>> OnHost(const std::string& application,
                                                        const std::string& host) override {
    return source_->OnHost(application, host);
  }
  [[nodiscard]] Result<std::vector<std::optional<std::int64_t>>> Spacings(
      std::span<const RelatedItem* const> items) override {
    return source_->Spacings(items);
  }
  [[nodiscard]] Result<std::vector<std::optional<ItemPoint>>> LastBefore(
      std::span<const RelatedItem* const> items, std::int64_t before) override {
    return source_->LastBefore(items, before);
  }
  [[nodiscard]] Result<std::vector<ItemValues>> SeriesWithTexts(
      std::span<const RelatedItem* const> items, std::int64_t from, std::int64_t to) override {
    return source_->SeriesWithTexts(items, from, to);
  }
  [[nodiscard]] Result<bool> HaveHistory(std::span<const RelatedItem* const> items) override {
    return source_->HaveHistory(items);
  }
  [[nodiscard]] Result<std::optional<std::int64_t>> ReadUntil(std::uint64_t hostid) override {
    return source_->ReadUntil(hostid);
  }

 private:
  ItemSource* source_;
  Known known_;
};

}  // namespace mon::processor
