#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "common/error.h"
#include "detectors.h"
#include "items.h"
#include "layout.h"
#include "processor/sample.h"
#include "sample_reader.h"

namespace mon::processor {

/// What a layout's columns are at each sample.
struct Columns {
  std::vector<std::vector<double>> values;         ///< of each column; NaN where it is unknown
  std::vector<std::vector<LearntReading>> learnt;  ///< of those that ask a detector, else empty
};

/// The items of a layout whose values themselves are asked for, and how far before the first sample
/// and behind the last one they count.
struct WantedItems {
  explicit WantedItems(const Layout& layout);

  std::vector<const RelatedItem*> items;
  std::vector<std::size_t> place;  ///< in `items`, of each of Layout::items
  std::chrono::seconds before{0};
  std::chrono::seconds behind{0};
};

/// Joins `samples`, which are sorted by time, with what the layout names. `around`: the samples of
/// the application over the longest span before the first one, and these themselves. `detectors`
/// and `history`: for odd(…) and predict(…); without them these are unknown.
[[nodiscard]] Result<Columns> ReadColumns(const Layout& layout, ItemSource& items,
                                          std::span<const Sample> samples,
                                          std::span<const Sample> around, Detectors* detectors,
                                          SampleHistory* history);

}  // namespace mon::processor
