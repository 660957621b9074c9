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
  double value = 0;                      ///< of the last five minutes before that
  std::optional<std::int64_t> expected;  ///< nothing: not within 30 days
  std::optional<std::int64_t> earliest;  ///< 95 % of what comes true lies between these two
  std::optional<std::int64_t> latest;
};

/// "is expected to reach 100 in 9 days, 5 to 14", as it is at `now`.
[[nodiscard]] std::string Sentence(const Prediction& prediction, double limit, std::int64_t now);

/// What rules with predict(…) ask. A prediction is made from the two weeks before a full hour, and
/// serves until that is more than an hour and ten minutes ago; it depends on the stored values
/// alone. `source` must outlive the call.
class Predictions {
 public:
  /// What earlier passes have saved; may be null. It must outlive the pass.
  void Begin(DetectorStore* store) { store_ = store; }

  /// For each of `items` one for each of `times`, ascending: true where the item is expected to be
  /// at `operand.limit` within `operand.span`, unknown where there are no values to tell by.
  [[nodiscard]] Result<std::vector<std::vector<OddReading>>> OfItems(
      const anomaly_detector::Operand& operand, std::span<const RelatedItem* const> items,
      std::span<const std::int64_t> times, ItemSource& source);

  [[nodiscard]] std::vector<StoredDetector> Due() const;
  void Saved() { due_.clear(); }
  void Clear();

 private:
  using Key = std::string;  // "item 44519 to 100"
  Result<void> Load(std::span<const Key> keys);
  Result<void> Make(std::span<const RelatedItem* const> items, double limit, std::int64_t hour,
                    ItemSource& source);

  DetectorStore* store_ = nullptr;
  std::map<Key, std::map<std::int64_t, std::optional<Prediction>>> known_;  ///< by made_at
  std::map<Key, std::int64_t> due_;
};

}  // namespace mon::processor
