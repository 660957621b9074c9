#include "number_list.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

#include "common/text.h"

namespace mon::anomaly_detector {

std::string Quoted(std::string_view field) {
  constexpr std::size_t kLongest = 60;
  return fmt::format("'{}{}'", CleanUtf8(field.substr(0, kLongest), 3 * kLongest),
                     field.size() > kLongest ? "…" : "");
}

Result<std::vector<double>> ParseValues(std::span<const std::string_view> fields) {
  std::vector<double> values;
  values.reserve(fields.size());
  for (const std::string_view field : fields) {
    const std::optional<double> value =
        field.empty() ? std::numeric_limits<double>::quiet_NaN() : ParseDouble(field);
    if (!value || std::isinf(*value)) {
      return Fail(ErrorCode::kInvalidData,
                  fmt::format("expected a finite number, nan or nothing, found {}", Quoted(field)));
    }
    values.push_back(*value);
  }
  return values;
}

}  // namespace mon::anomaly_detector
