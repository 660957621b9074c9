#include "data_aggregator/sample_store.h"

namespace mon::data_aggregator {

std::size_t StoreResult::Refused() const {
  std::size_t sum = 0;
  for (const auto& [reason, count] : refused) sum += count;
  return sum;
}

StoreResult& StoreResult::operator+=(const StoreResult& other) {
  inserted += other.inserted;
  replaced += other.replaced;
  unchanged += other.unchanged;
  for (const auto& [reason, count] : other.refused) refused[reason] += count;
  return *this;
}

}  // namespace mon::data_aggregator
