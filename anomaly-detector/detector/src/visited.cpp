#include "detector/visited.h"

#include <algorithm>

namespace mon::detector {

/// The first interval that does not end below `value`.
std::size_t Visited::FirstNotBelow(double value) const {
  std::size_t i = 0;
  while (i < count_ && high_[i] < value) ++i;
  return i;
}

Visited::Gap Visited::Around(double value) const {
  const std::size_t above = FirstNotBelow(value);
  if (above == 0 || above == count_ || low_[above] <= value) return {};
  const double below = high_[above - 1];
  return {.size = std::min(value - below, low_[above] - value),
          .lowest = low_[0],
          .below = below,
          .above = low_[above],
          .highest = high_[count_ - 1]};
}

void Visited::Add(double value, double rows) {
  ++rows_;
  std::size_t at = FirstNotBelow(value);
  if (at < count_ && low_[at] <= value) {
    last_[at] = rows_;
    return;
  }
  Forget(rows);
  at = FirstNotBelow(value);
  for (std::size_t i = count_; i > at; --i) {
    low_[i] = low_[i - 1];
    high_[i] = high_[i - 1];
    last_[i] = last_[i - 1];
  }
  low_[at] = high_[at] = value;
  last_[at] = rows_;
  if (++count_ > kIntervals) Merge();
}

void Visited::Forget(double rows) {
  for (std::size_t i = count_; i-- > 0;) {
    if (static_cast<double>(rows_ - last_[i]) > rows) Remove(i);
  }
}

void Visited::Merge() {
  std::size_t narrowest = 1;
  for (std::size_t i = 2; i < count_; ++i) {
    if (low_[i] - high_[i - 1] < low_[narrowest] - high_[narrowest - 1]) narrowest = i;
  }
  low_[narrowest] = low_[narrowest - 1];
  last_[narrowest] = std::max(last_[narrowest], last_[narrowest - 1]);
  Remove(narrowest - 1);
}

void Visited::Remove(std::size_t index) {
  --count_;
  for (std::size_t i = index; i < count_; ++i) {
    low_[i] = low_[i + 1];
    high_[i] = high_[i + 1];
    last_[i] = last_[i + 1];
  }
}

}  // namespace mon::detector
