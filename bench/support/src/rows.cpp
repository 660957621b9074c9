#include "bench/rows.h"

#include <fmt/format.h>

namespace mon::bench {

std::string ApplicationName(std::size_t series) { return fmt::format("app-{}", series); }
std::uint64_t ItemId(std::size_t series) { return 10'000 + series; }

ApplicationSample Rows::Sample(std::size_t i) const {
  ApplicationSample sample;
  sample.application = ApplicationName(first + i % series);
  sample.timestamp = from + kSpacing * static_cast<std::int64_t>(i / series);
  sample.response_time_ms = static_cast<std::int64_t>(100 + i % 900 + generation);
  sample.error_rate = static_cast<float>(i % 100) / 1000;
  return sample;
}

ItemValue Rows::Value(std::size_t i) const {
  ItemValue value;
  value.itemid = ItemId(first + i % series);
  value.clock = from + kSpacing * static_cast<std::int64_t>(i / series);
  value.ns = static_cast<std::uint32_t>(i * 7919 % 1'000'000'000);
  value.value_type = ValueType::kFloat;
  value.text = fmt::format(
      "{}", 0.25 * static_cast<double>(1 + 2 * (i % 4096)) + static_cast<double>(generation));
  return value;
}

}  // namespace mon::bench
