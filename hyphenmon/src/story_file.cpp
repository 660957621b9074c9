#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

#include "common/text.h"
#include "hyphenmon/scenario.h"

namespace mon::hyphenmon {
namespace {

constexpr std::string_view kHeader = "seconds,response_time_ms,error_rate,delay_ms,answer";
constexpr std::string_view kShortHeader = "seconds,response_time_ms,error_rate";

constexpr std::array<std::pair<std::string_view, Answer>, 9> kAnswers = {{
    {"sample", Answer::kSample},
    {"stuck", Answer::kStuck},
    {"wrong_types", Answer::kWrongTypes},
    {"cut_json", Answer::kCutJson},
    {"nan", Answer::kNan},
    {"out_of_range", Answer::kOutOfRange},
    {"http_500", Answer::kHttp500},
    {"endless", Answer::kEndless},
    {"oversized", Answer::kOversized},
}};

std::optional<Answer> AnswerNamed(std::string_view name) {
  if (name.empty()) return Answer::kSample;
  for (const auto& [known, answer] : kAnswers) {
    if (known == name) return answer;
  }
  return std::nullopt;
}

/// Fields of one line; unlike SplitList it keeps the empty ones.
std::vector<std::string_view> Fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto comma = line.find(',');
    fields.push_back(Trim(line.substr(0, comma)));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

/// A number from 0 to `limit`.
std::optional<double> Number(std::string_view text, double limit) {
  const auto value = ParseDouble(text);
  if (!value || !std::isfinite(*value) || *value < 0 || *value > limit) return std::nullopt;
  return value;
}

/// Fills `point`, or says what is wrong with the line; empty when all is well.
std::string ReadPoint(const std::vector<std::string_view>& fields, Point& point) {
  constexpr double kYear = 366.0 * 86'400;
  constexpr double kMostMilliseconds = 2'147'483'647;
  constexpr double kMostDelay = 3'600'000;
  const auto second = Number(fields[0], kYear);
  const auto latency = Number(fields[1], kMostMilliseconds);
  const auto errors = Number(fields[2], 1);
  if (!second) return "seconds must be a number, 0 or more";
  if (!latency) return "response_time_ms must be a number, 0 or more";
  if (!errors) return "error_rate must be a number from 0 to 1";
  point = {.second = *second, .response_time_ms = *latency, .error_rate = *errors};
  if (fields.size() == 3) return "";
  const auto delay = Number(fields[3].empty() ? "0" : fields[3], kMostDelay);
  const auto answer = AnswerNamed(fields[4]);
  if (!delay) return "delay_ms must be a number from 0 to 3600000";
  if (!answer) return fmt::format("unknown answer '{}'", fields[4]);
  point.delay = std::chrono::milliseconds(static_cast<std::int64_t>(*delay));
  point.answer = *answer;
  return "";
}

}  // namespace

Result<Story> ParseStory(std::string_view text, std::string_view name) {
  Story story;
  std::size_t columns = 0;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto refuse = [&](std::string_view why) {
      return Fail(ErrorCode::kInvalidData, fmt::format("{} line {}: {}", name, number, why));
    };
    if (columns == 0) {
      if (line != kHeader && line != kShortHeader)
        return refuse(fmt::format("expected the header '{}'", kHeader));
      columns = Fields(line).size();
      continue;
    }
    const auto fields = Fields(line);
    if (fields.size() != columns)
      return refuse(fmt::format("expected {} fields, found {}", columns, fields.size()));
    Point point;
    if (const std::string problem = ReadPoint(fields, point); !problem.empty())
      return refuse(problem);
    if (story.points.empty() && point.second != 0) return refuse("the first point must be at 0");
    if (!story.points.empty() && point.second < story.points.back().second)
      return refuse("seconds must not go back");
    story.points.push_back(point);
  }
  if (story.points.empty())
    return Fail(ErrorCode::kInvalidData, fmt::format("{}: a story needs at least one point", name));
  return story;
}

}  // namespace mon::hyphenmon
