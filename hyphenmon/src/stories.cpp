#include "hyphenmon/scenario.h"

namespace mon::hyphenmon {
namespace {

using std::chrono::milliseconds;

constexpr double kQuietLatency = 120;  // ms
constexpr double kQuietErrors = 0.01;
constexpr double kLatencyNoise = 0.08;
constexpr double kErrorNoise = 0.005;

Point Quiet(double second, milliseconds delay = milliseconds(0), Answer answer = Answer::kSample) {
  return {second, kQuietLatency, kQuietErrors, delay, answer};
}

Story Noisy(std::vector<Point> points, double repeat_after = 0) {
  return {std::move(points), repeat_after, kLatencyNoise, kErrorNoise};
}

/// Latency climbs first, errors follow, both recover: the error rate is above 0.5 from second 37
/// to second 68, and all is as before from second 75 on.
Story Incident() {
  return Noisy({Quiet(0),
                Quiet(20),
                {.second = 32, .response_time_ms = 900, .error_rate = 0.03},
                {.second = 40, .response_time_ms = 1400, .error_rate = 0.85},
                {.second = 65, .response_time_ms = 1500, .error_rate = 0.8},
                {.second = 71, .response_time_ms = 400, .error_rate = 0.1},
                Quiet(75)});
}

/// Ten seconds well, ten seconds ill.
Story Flapping() {
  constexpr Point kIll{.second = 0, .response_time_ms = 800, .error_rate = 0.8};
  Point ill_from = kIll;
  Point ill_until = kIll;
  ill_from.second = 10;
  ill_until.second = 20;
  return Noisy({Quiet(0), Quiet(10), ill_from, ill_until}, 20);
}

/// In turn a little late, late, and later than a client's usual five seconds.
Story Slow() {
  return Noisy(
      {Quiet(0, milliseconds(1000)), Quiet(10, milliseconds(3000)), Quiet(20, milliseconds(8000))},
      30);
}

/// Every way to answer wrongly, five seconds each: seven of them, so that a client that asks every
/// ten seconds meets them all.
Story Garbage() {
  std::vector<Point> points;
  for (const Answer answer : {Answer::kWrongTypes, Answer::kCutJson, Answer::kNan, Answer::kHttp500,
                              Answer::kEndless, Answer::kOversized, Answer::kOutOfRange}) {
    points.push_back(Quiet(5.0 * static_cast<double>(points.size()), milliseconds(0), answer));
  }
  const double length = 5.0 * static_cast<double>(points.size());
  return Noisy(std::move(points), length);
}

}  // namespace

std::optional<Story> BuiltInStory(std::string_view name) {
  if (name == "steady") return Noisy({Quiet(0)});
  if (name == "incident") return Incident();
  if (name == "flapping") return Flapping();
  if (name == "slow") return Slow();
  if (name == "stuck") return Noisy({Quiet(0, milliseconds(0), Answer::kStuck)});
  if (name == "garbage") return Garbage();
  return std::nullopt;
}

}  // namespace mon::hyphenmon
