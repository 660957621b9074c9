#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alerting_system/time_zone.h"
#include "common/error.h"

namespace mon::alerting_system {

/// A value at a time, epoch seconds.
struct ChartPoint {
  std::int64_t clock = 0;
  double value = 0;
  bool operator==(const ChartPoint&) const = default;
};

/// One line of a chart, with an axis of values of its own.
struct ChartPanel {
  std::string title;               ///< "error_rate", "CPU load on web-1"
  std::string units;               ///< as Zabbix has them; may be empty
  std::vector<ChartPoint> points;  ///< by clock, finite
  std::optional<double> limit;     ///< of the rule
  std::optional<double> usual_low, usual_high;
  bool operator==(const ChartPanel&) const = default;
};

/// The picture in a mail about one alert: panels one beneath the other on one axis of time.
struct Chart {
  std::int64_t from = 0;  ///< epoch seconds
  std::int64_t to = 0;
  std::int64_t onset = 0;
  std::optional<std::int64_t> ended;  ///< unset: it goes on
  std::vector<ChartPanel> panels;
  bool operator==(const Chart&) const = default;
};

/// The most panels that a chart has, and the most points that a panel needs: a pixel shows no more.
inline constexpr std::size_t kMaxPanels = 5;
inline constexpr std::size_t kMaxPoints = 400;

/// `points` of a panel over [from, to] in at most kMaxPoints: of each stretch its least and its
/// greatest value, so that no peak is lost.
[[nodiscard]] std::vector<ChartPoint> Thin(const std::vector<ChartPoint>& points, std::int64_t from,
                                           std::int64_t to);

/// Column notifications.chart.
[[nodiscard]] std::string ToJson(const Chart& chart);
/// Errors: kInvalidData for what ToJson has not written.
[[nodiscard]] Result<Chart> ChartFromJson(std::string_view text);

/// What the picture shows, for those who do not see it: "Chart from 14:00 to 14:31. error_rate: at
/// most 0.02 before 14:26:40, 0.97 since; limit 0.5. …"
[[nodiscard]] std::string AltText(const Chart& chart, const TimeZone& zone);

/// The Content-ID of the picture, which the HTML form names.
inline constexpr const char* kChartContentId = "chart@monitoring";

}  // namespace mon::alerting_system
