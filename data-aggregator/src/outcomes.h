#pragma once

#include "data_aggregator/sample_store.h"
#include "data_aggregator/spool.h"

namespace mon::data_aggregator {

/// What a store made of samples, as counters.
[[nodiscard]] inline Outcomes OutcomesOf(const StoreResult& stored) {
  return {{outcome::kInserted, stored.inserted},
          {outcome::kReplaced, stored.replaced},
          {outcome::kUnchanged, stored.unchanged},
          {outcome::kQuarantined, stored.Refused()}};
}

}  // namespace mon::data_aggregator
