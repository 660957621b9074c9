#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "processor/sample.h"

namespace mon::processor {

/// Samples by application, sorted by time, one a second.
using Batch = std::map<std::string, std::vector<Sample>>;

/// Sorts samples of one application by time; of several of one second the highest id counts.
void PutInOrder(std::vector<Sample>& samples);

/// Some samples of an application of a batch, which must outlive it.
struct SamplesOf {
  const std::string* application = nullptr;
  std::span<const Sample> samples;  ///< one at least, sorted by time
};

/// A part of a batch that is judged in one go; each application is there once.
using Portion = std::vector<SamplesOf>;

/// The whole of a batch, those of each application in the order of time. The samples of a portion
/// lie within `longest` of its first one, and are about `most` at most, with the `before` that each
/// application comes with because rules look back over them.
[[nodiscard]] std::vector<Portion> InPortions(const Batch& batch, std::chrono::seconds longest,
                                              std::size_t before, std::size_t most);

}  // namespace mon::processor
