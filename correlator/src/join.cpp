#include "correlator/join.h"

#include <algorithm>
#include <array>
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

/// A merge of two series makes one comparison a step, and which way it goes nobody can foresee: a
/// processor that guesses wrong half of the time spends most of the pass on that. So the steps have
/// no branch; and as each then waits for the one before it, several stretches of the series are
/// merged side by side.
constexpr std::size_t kLanes = 4;
/// What is found for so many samples is used while it is still near, and the searches for the ends
/// of their stretches are few.
constexpr std::size_t kBlock = 16'384;

/// A stretch of the samples, and where its merge stands.
struct Lane {
  std::size_t sample = 0;
  std::size_t clock = 0;
  std::size_t steps = 0;  ///< that are left, to the lower bound of its last sample
};

/// Compilers make branches of conditions, but not of arithmetic.
std::size_t One(bool condition) { return static_cast<std::size_t>(condition); }

/// Of each sample the first value that is not before it. Some value is not before the last one.
void LowerBounds(Times application, Times clocks, std::size_t first_clock,
                 std::span<std::size_t> out) {
  std::array<Lane, kLanes> lanes;
  const auto bound = [&](std::size_t from, std::int64_t time) {
    return static_cast<std::size_t>(std::ranges::lower_bound(clocks.subspan(from), time) -
                                    clocks.begin());
  };
  std::size_t together = std::numeric_limits<std::size_t>::max();
  for (std::size_t lane = 0, clock = first_clock; lane < kLanes; ++lane) {
    const std::size_t begin = application.size() * lane / kLanes;
    const std::size_t end = application.size() * (lane + 1) / kLanes;
    if (begin < end) {
      lanes[lane] = {begin, bound(clock, application[begin]), 0};
      clock = bound(lanes[lane].clock, application[end - 1]);
      lanes[lane].steps = end - begin + clock - lanes[lane].clock;
    }
    together = std::min(together, lanes[lane].steps);
  }
  const auto step = [&](Lane& lane) {
    const std::size_t before = One(clocks[lane.clock] < application[lane.sample]);
    out[lane.sample] = lane.clock;  // the last one written is right
    lane.clock += before;
    lane.sample += 1 - before;
  };
  auto [a, b, c, d] = lanes;  // by themselves, and so in registers
  for (std::size_t i = 0; i < together; ++i) {
    step(a);
    step(b);
    step(c);
    step(d);
  }
  for (Lane lane : {a, b, c, d})
    for (std::size_t i = together; i < lane.steps; ++i) step(lane);
}

}  // namespace

void JoinNearest(Times application, Times clocks, std::chrono::seconds window,
                 std::span<std::size_t> out) {
  assert(std::ranges::is_sorted(application) && std::ranges::is_sorted(clocks));
  assert(out.size() == application.size() && window.count() >= 0);
  const auto reach = static_cast<std::uint64_t>(window.count());
  if (clocks.empty()) {
    std::ranges::fill(out, kNoMatch);
    return;
  }
  // Nothing is before the first value, and nothing after the last.
  std::size_t i = 0;
  for (; i < application.size() && application[i] <= clocks.front(); ++i)
    out[i] = Distance(application[i], clocks.front()) <= reach ? 0 : kNoMatch;
  const auto behind = static_cast<std::size_t>(
      std::ranges::upper_bound(application, clocks.back()) - application.begin());
  FirstOfEqual first_of_equal(clocks);
  for (std::size_t next = 1; i < behind;) {
    const std::size_t end = std::min(i + kBlock, behind);
    LowerBounds(application.subspan(i, end - i), clocks, next, out.subspan(i, end - i));
    for (; i < end; ++i) {
      next = out[i];
      const std::uint64_t before = Distance(clocks[next - 1], application[i]);
      const std::uint64_t after = Distance(application[i], clocks[next]);
      std::size_t best = next - One(before <= after);
      // The value before may be the last of several of one time.
      const std::size_t equal = One(before <= after) & One(next > 1) &
                                One(clocks[next - 1 - One(next > 1)] == clocks[next - 1]);
      if (equal != 0) best = first_of_equal(best);
      static_assert(kNoMatch == std::size_t{0} - 1);
      best |= 0 - (One(before > reach) & One(after > reach));
      out[i] = best;
    }
  }
  const std::size_t last = first_of_equal(clocks.size() - 1);
  for (; i < application.size(); ++i)
    out[i] = Distance(clocks.back(), application[i]) <= reach ? last : kNoMatch;
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
