#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon::hyphenmon {

/// What the application answers with at some moment: a sample, or one of the ways to get it wrong.
enum class Answer {
  kSample,
  kStuck,       ///< the same sample, with the same time, for as long as this lasts
  kWrongTypes,  ///< JSON whose values are texts, null and lists
  kCutJson,     ///< a body that ends in the middle
  kNan,         ///< bare NaN where a number belongs, as some JSON writers print it
  kOutOfRange,  ///< numbers of the right type that cannot be: negative, above 1
  kHttp500,
  kEndless,    ///< a body that trickles for as long as the client listens
  kOversized,  ///< a valid sample inside 4 MiB of JSON
};

/// A turn of a story. Between two points the numbers change linearly; `delay` and `answer` hold
/// from their point to the next one. Two points of the same second make a jump.
struct Point {
  double second = 0;
  double response_time_ms = 0;
  double error_rate = 0;               ///< 0 to 1
  std::chrono::milliseconds delay{0};  ///< how late the answer comes
  Answer answer = Answer::kSample;
};

/// What happens over time: points in order of their seconds, the first at 0.
struct Story {
  std::vector<Point> points;
  double repeat_after = 0;   ///< s; 0: the last point holds for ever
  double latency_noise = 0;  ///< half-width, as a share of the value
  double error_noise = 0;    ///< half-width
};

/// The state of the application in one second.
struct Moment {
  std::int64_t second = 0;  ///< when the sample was taken, seconds since the start
  std::int64_t response_time_ms = 0;
  double error_rate = 0;  ///< 0 to 1, four decimals
  std::chrono::milliseconds delay{0};
  Answer answer = Answer::kSample;
};

/// Plays a story: a pure function of seed and seconds since the start. Safe from any thread.
class Scenario {
 public:
  /// `speed` 2 plays the story in half the time; above 0.
  Scenario(Story story, std::uint64_t seed, double speed = 1);

  /// `seconds` since the start; negative ones count as 0.
  [[nodiscard]] Moment At(std::int64_t seconds) const;

 private:
  struct Place;
  [[nodiscard]] Place Find(std::int64_t seconds) const;
  [[nodiscard]] double Noise(std::int64_t seconds, std::uint64_t stream) const;

  Story story_;
  std::uint64_t seed_;
  double speed_;
};

/// steady, incident, flapping, slow, stuck or garbage; nothing for any other name.
[[nodiscard]] std::optional<Story> BuiltInStory(std::string_view name);

/// Reads a story from CSV (README "A story of one's own"). It is played without noise.
/// Errors: kInvalidData, naming `name` and the line.
[[nodiscard]] Result<Story> ParseStory(std::string_view text, std::string_view name);

}  // namespace mon::hyphenmon
