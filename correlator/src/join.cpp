#include "correlator/join.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace mon::correlator {
namespace {

using Times = std::span<const std::int64_t>;

/// From `earlier` to `later`, in order, whatever int64 they are.
std::uint64_t Distance(std::int64_t earlier, std::int64_t later) {
  return static_cast<std::uint64_t>(later) - static_cast<std::uint64_t>(earlier);
}

std::int64_t MinusSaturated(std::int64_t t, std::int64_t window) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  return t < kMin + window ? kMin : t - window;
}

std::int64_t PlusSaturated(std::int64_t t, std::int64_t window) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  return t > kMax - window ? kMax : t + window;
}

/// Finds the first of the values that share a time with the one given. Asked again for the same
/// one it remembers, so that a pass over the series stays one pass, however many are equal.
class FirstOfEqual {
 public:
  explicit FirstOfEqual(Times clocks) : clocks_(clocks) {}
  std::size_t operator()(std::size_t index) {
    if (index == asked_) return first_;
    asked_ = first_ = index;
    while (first_ > 0 && clocks_[first_ - 1] == clocks_[index]) --first_;
    return first_;
  }

 private:
  Times clocks_;
  std::size_t asked_ = kNoMatch;
  std::size_t first_ = 0;
};

}  // namespace

void JoinNearest(Times application, Times clocks, std::chrono::seconds window,
                 std::span<std::size_t> out) {
  assert(std::ranges::is_sorted(application) && std::ranges::is_sorted(clocks));
  assert(out.size() == application.size() && window.count() >= 0);
  const auto reach = static_cast<std::uint64_t>(window.count());
  constexpr std::uint64_t kFar = std::numeric_limits<std::uint64_t>::max();
  if (clocks.empty()) {
    std::ranges::fill(out, kNoMatch);
    return;
  }
  FirstOfEqual first_of_equal(clocks);
  std::size_t i = 0;
  std::size_t next = 0;  // the first value at or after the sample
  const auto match = [&](std::uint64_t before, std::uint64_t after) {
    std::size_t best = before <= after ? next - 1 : next;
    if (std::min(before, after) > reach) best = kNoMatch;
    // The value before may be the last of several of one time.
    if (best == next - 1 && best > 0 && clocks[best - 1] == clocks[best])
      best = first_of_equal(best);
    out[i++] = best;
  };
  // Nothing is before the first value, and nothing after the last. In between one loop with one
  // step a comparison: its branch is the only one that cannot be foreseen, and that is what such a
  // pass takes its time for.
  for (; i < application.size() && application[i] <= clocks[0]; ++i)
    out[i] = Distance(application[i], clocks[0]) <= reach ? 0 : kNoMatch;
  next = 1;
  while (i < application.size() && next < clocks.size()) {
    if (clocks[next] < application[i]) {
      ++next;
    } else {
      match(Distance(clocks[next - 1], application[i]), Distance(application[i], clocks[next]));
    }
  }
  while (i < application.size()) match(Distance(clocks[next - 1], application[i]), kFar);
}

void JoinAll(Times application, Times clocks, std::chrono::seconds window,
             std::span<IndexRange> out) {
  assert(std::ranges::is_sorted(application) && std::ranges::is_sorted(clocks));
  assert(out.size() == application.size() && window.count() >= 0);
  IndexRange range;
  for (std::size_t i = 0; i < application.size(); ++i) {
    const std::int64_t from = MinusSaturated(application[i], window.count());
    const std::int64_t to = PlusSaturated(application[i], window.count());
    while (range.first < clocks.size() && clocks[range.first] < from) ++range.first;
    range.last = std::max(range.last, range.first);
    while (range.last < clocks.size() && clocks[range.last] <= to) ++range.last;
    out[i] = range;
  }
}

}  // namespace mon::correlator
