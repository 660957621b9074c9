#pragma once

#include <span>
#include <vector>

#include "common/config.h"
#include "common/sample.h"
#include "data_aggregator/sample_store.h"

namespace mon::data_aggregator {

/// True where no application asks for items by pattern: then only numeric ones are wanted at all.
[[nodiscard]] bool NumericOnly(std::span<const ApplicationConfig> applications);

/// The items that at least one application of their host wants: all numeric ones, or those whose
/// key matches one of its patterns (texts too), less those that match a pattern of `items_exclude`.
[[nodiscard]] std::vector<Item> WantedItems(std::span<const Item> items,
                                            std::span<const ApplicationConfig> applications,
                                            std::span<const ApplicationHosts> links);

}  // namespace mon::data_aggregator
