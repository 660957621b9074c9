#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "processor/sample.h"

namespace mon::processor {

/// Samples by application, sorted by time, one a second.
using Batch = std::map<std::string, std::vector<Sample>>;

/// Sorts samples of one application by time; of several of one second the highest id counts.
void PutInOrder(std::vector<Sample>& samples);

/// Parts of a batch, in its order, each of which comes with at most about `most` samples, those of
/// `span` before it included, where they are `spacing` apart.
[[nodiscard]] std::vector<Batch> InPortions(Batch batch, std::chrono::seconds span,
                                            std::chrono::milliseconds spacing, std::size_t most);

}  // namespace mon::processor
