#pragma once

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

/// Joins `samples`, which are sorted by time, with what the layout names. `around`: the samples of
/// the application over the longest span before the first one, and these themselves. `detectors`
/// and `history`: for odd(…) and predict(…); without them these are unknown.
[[nodiscard]] Result<Columns> ReadColumns(const Layout& layout, ItemSource& items,
                                          std::span<const Sample> samples,
                                          std::span<const Sample> around, Detectors* detectors,
                                          SampleHistory* history);

}  // namespace mon::processor
