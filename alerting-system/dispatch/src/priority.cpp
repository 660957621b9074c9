#include "dispatch/priority.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mon::dispatch {
namespace {

/// g of the header. What is not a number counts as nothing, what is infinite as all.
int Grow(double x, double half, int most) {
  if (std::isnan(x) || x <= 0) return 0;
  if (std::isinf(x)) return most;
  return static_cast<int>(std::lround(most * (x / (x + half))));
}

int Grow(std::size_t count, double half, int most) {
  return Grow(static_cast<double>(count), half, most);
}

int PointsOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return 10;
    case Severity::kWarning:
      return 30;
    case Severity::kCritical:
      return 50;
  }
  return 50;
}

PriorityPart Deviation(double value, double limit) {
  const int points = Grow(std::abs((value - limit) / limit), 1, 20);
  return {fmt::format("{}{} the limit",
                      points >= 14  ? "far "
                      : points <= 4 ? "just "
                                    : "",
                      value > limit ? "above" : "below"),
          points};
}

}  // namespace

std::string Priority::Text() const {
  std::string text;
  for (const PriorityPart& part : parts) {
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", part.what,
                        part.points < 0 ? "−" : "", std::abs(part.points));
  }
  return text;
}

Priority PriorityOf(const PriorityInput& input) {
  Priority priority;
  int sum = 0;
  const auto add = [&](PriorityPart part) {
    sum += part.points;
    if (part.points != 0) priority.parts.push_back(std::move(part));
  };
  add({std::string(ToString(input.severity)), PointsOf(input.severity)});
  if (input.value && input.limit) add(Deviation(*input.value, *input.limit));
  const auto minutes = std::chrono::duration<double, std::ratio<60>>(input.duration).count();
  add({"lasting", Grow(minutes, 60, 10)});
  if (input.hosts > 1) add({fmt::format("{} hosts", input.hosts), Grow(input.hosts - 1, 1, 10)});
  if (input.incidents > 1) {
    add({fmt::format("{} times in 30 days", input.incidents), -Grow(input.incidents - 1, 10, 10)});
  }
  add({"acknowledged before", Grow(input.acknowledged, 2, 10)});
  add({input.silenced > 1 ? "often silenced" : "silenced before", -Grow(input.silenced, 2, 20)});
  priority.score = std::clamp(sum, 0, 100);
  return priority;
}

int XPriority(int score) {
  if (score >= 50) return 1;
  if (score >= 35) return 2;
  if (score >= 20) return 3;
  return score >= 10 ? 4 : 5;
}

}  // namespace mon::dispatch
