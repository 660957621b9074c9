#include "finding.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace mon::data_aggregator::doctor {

std::string_view ToString(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kWarning:
      return "warning";
    case Status::kFailed:
      break;
  }
  return "failed";
}

void Outcome::Ok(std::string subject, std::string text) {
  findings.push_back({Status::kOk, std::move(subject), std::move(text), {}});
}

void Outcome::Warn(std::string subject, std::string text, std::string remedy) {
  findings.push_back({Status::kWarning, std::move(subject), std::move(text), std::move(remedy)});
}

void Outcome::Fail(std::string subject, std::string text, std::string remedy) {
  findings.push_back({Status::kFailed, std::move(subject), std::move(text), std::move(remedy)});
}

Told SplitAdvice(const std::string& message) {
  constexpr std::string_view kSeparator = "; ";
  const auto at = message.rfind(kSeparator);
  if (at == std::string::npos) return {message, {}};
  return {message.substr(0, at), message.substr(at + kSeparator.size())};
}

std::string Age(std::chrono::seconds age) {
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3'600;
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t seconds = age.count();
  if (seconds < 2 * kMinute) return fmt::format("{} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{} h", seconds / kHour);
  return fmt::format("{} d", seconds / kDay);
}

std::string Size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  auto size = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (size >= kStep && unit + 1 < kUnits.size()) {
    size /= kStep;
    ++unit;
  }
  return unit < 3 ? fmt::format("{:.0f} {}", size, kUnits[unit])
                  : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace mon::data_aggregator::doctor
