#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "anomaly_detector/operand.h"
#include "common/error.h"
#include "items.h"
#include "learnt.h"

namespace mon::processor {

/// When an item will be at a limit, as it looked at the full hour `made_at`. Epoch seconds.
struct Prediction {
  std::int64_t made_at = 0;
  double value = 0;                      ///< newest mean of five minutes before that
  std::optional<std::int64_t> expected;  ///< nothing: not within 30 days
  std::optional<std::int64_t> earliest;  ///< 95 % of what comes true lies between these two
  std::optional<std::int64_t> latest;
};

/// "expected to reach 100 in 9 days, between 5 days and 14 days", as it is at `now`.
[[nodiscard]] std::string Sentence(const Prediction& prediction, double limit, std::int64_t now);

/// What rules with predict(…) ask. A prediction is made from the two weeks before a full hour, and
/// serves from ten minutes behind that hour on, until the next one does; where the budget of a pass
/// does not suffice for all that are due, for up to three hours. It depends on the stored values
/// alone. On which side of the limit the first half of the two weeks lay says from where it is to
/// be reached. An item that has been silent for a day is unknown.
class Predictions {
 public:
  /// Before a pass. `store`: what earlier passes have saved, or null; it must outlive the pass.
  /// `past_values`: so many values the pass reads at most.
  void Begin(DetectorStore* store, std::int64_t past_values);

  /// For each of `items` one for each of `times`, ascending: true where the item is expected to be
  /// at `operand.limit` within `operand.span`, unknown where there are no values to tell by.
  [[nodiscard]] Result<std::vector<std::vector<LearntReading>>> OfItems(
      const anomaly_detector::Operand& operand, std::span<const RelatedItem* const> items,
      std::span<const std::int64_t> times, ItemSource& source);

  [[nodiscard]] std::vector<StoredDetector> Due() const;
  void Saved() { due_.clear(); }
  /// Drops all but the newest of each item.
  void Forget();
  void Clear();

 private:
  using Key = std::string;  // "item 44519 to 100"
  /// By the hour; nullopt where there is nothing to tell by.
  using Made = std::map<std::int64_t, std::optional<Prediction>>;

  Result<void> Load(std::span<const Key> keys);
  Result<void> MakeMissing(std::span<const RelatedItem* const> items, std::span<Made* const> made,
                           double limit, std::int64_t hour, ItemSource& source);

  DetectorStore* store_ = nullptr;
  std::int64_t budget_ = 0;
  std::map<Key, Made> made_;
  std::map<Key, std::int64_t> due_;
};

}  // namespace mon::processor
