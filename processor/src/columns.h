#pragma once

#include <span>
#include <vector>

#include "common/error.h"
#include "items.h"
#include "layout.h"
#include "processor/sample.h"

namespace mon::processor {

/// For each column of a layout its value at each sample; NaN where it is unknown.
using Columns = std::vector<std::vector<double>>;

/// Joins `samples`, which are sorted by time, with what the layout names. `around`: the samples of
/// the application over the longest span before the first one, and these themselves.
[[nodiscard]] Result<Columns> ReadColumns(const Layout& layout, ItemSource& items,
                                          std::span<const Sample> samples,
                                          std::span<const Sample> around);

}  // namespace mon::processor
