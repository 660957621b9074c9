#include "hyphenmon/scenario.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace mon::hyphenmon {
namespace {

/// splitmix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014): turns
/// any 64 bits into well-mixed ones, so that each second has noise of its own without a state.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

constexpr std::uint64_t kLatencyStream = 1;
constexpr std::uint64_t kErrorStream = 2;

double Between(double from, double to, double share) { return from + (to - from) * share; }

}  // namespace

/// Where in the story a second lies.
struct Scenario::Place {
  std::size_t point = 0;   ///< the last point at or before it
  double share = 0;        ///< how far towards the next point, 0 to 1
  double round_start = 0;  ///< story second at which this round of a repeating story began
};

Scenario::Scenario(Story story, std::uint64_t seed, double speed)
    : story_(std::move(story)), seed_(seed), speed_(speed) {}

Scenario::Place Scenario::Find(std::int64_t seconds) const {
  Place place;
  double position = static_cast<double>(seconds) * speed_;
  if (story_.repeat_after > 0) {
    place.round_start = std::floor(position / story_.repeat_after) * story_.repeat_after;
    position -= place.round_start;
  }
  const auto& points = story_.points;
  const auto next = std::ranges::upper_bound(points, position, {}, &Point::second);
  if (next == points.begin()) return place;
  place.point = static_cast<std::size_t>(std::distance(points.begin(), next)) - 1;
  if (next != points.end()) {
    const double from = points[place.point].second;
    place.share = (position - from) / (next->second - from);
  }
  return place;
}

double Scenario::Noise(std::int64_t seconds, std::uint64_t stream) const {
  const std::uint64_t bits = Mix(Mix(Mix(seed_) + stream) + static_cast<std::uint64_t>(seconds));
  return static_cast<double>(bits >> 11U) * 0x1.0p-52 - 1;
}

Moment Scenario::At(std::int64_t seconds) const {
  seconds = std::max<std::int64_t>(seconds, 0);
  Place place = Find(seconds);
  const Point& point = story_.points[place.point];
  if (point.answer == Answer::kStuck) {
    seconds = static_cast<std::int64_t>(std::ceil((place.round_start + point.second) / speed_));
    place.share = 0;
  }
  const Point& next = story_.points[std::min(place.point + 1, story_.points.size() - 1)];
  const double latency = Between(point.response_time_ms, next.response_time_ms, place.share) *
                         (1 + story_.latency_noise * Noise(seconds, kLatencyStream));
  const double errors = Between(point.error_rate, next.error_rate, place.share) +
                        story_.error_noise * Noise(seconds, kErrorStream);
  return {.second = seconds,
          .response_time_ms = std::llround(std::max(latency, 0.0)),
          .error_rate = std::round(std::clamp(errors, 0.0, 1.0) * 10'000) / 10'000,
          .delay = point.delay,
          .answer = point.answer};
}

}  // namespace mon::hyphenmon
