#include "detector/block_maxima.h"

#include <algorithm>
#include <functional>

namespace mon::detector {

void BlockMaxima::Add(double value, double longest, double rank) {
  current_ = std::max(current_, value);
  if (++rows_ >= size_) Finish(longest, rank);
}

void BlockMaxima::Finish(double longest, double rank) {
  maxima_[next_++] = current_;
  current_ = kNone;
  rows_ = 0;
  filled_ = std::max(filled_, next_);
  if (next_ == kBlocks) {
    if (static_cast<double>(2 * size_) <= longest) {
      for (std::size_t i = 0; i < kBlocks / 2; ++i) {
        maxima_[i] = std::max(maxima_[2 * i], maxima_[2 * i + 1]);
      }
      filled_ = next_ = kBlocks / 2;
      size_ *= 2;
    } else {
      next_ = 0;
    }
  }
  std::array<double, kBlocks> sorted = maxima_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(filled_);
  const auto wanted =
      sorted.begin() + static_cast<std::ptrdiff_t>(rank * static_cast<double>(filled_));
  std::nth_element(sorted.begin(), wanted, end, std::greater<>());
  ranked_ = *wanted;
  highest_ = *std::max_element(sorted.begin(), end);
}

void RecentRange::Add(double value, double rows) {
  const double longest = rows / BlockMaxima::kBlocks;
  empty_ = false;
  low_.Add(-value, longest, 0);
  high_.Add(value, longest, 0);
}

double RecentRange::Excess(double value, double floor) const {
  if (empty_) return 0;
  const double outside = std::max({value - High(), Low() - value, 0.0});
  return outside / std::max(High() - Low(), floor);
}

}  // namespace mon::detector
