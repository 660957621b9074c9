#include "chart/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "axis.h"
#include "canvas.h"
#include "common/statistics.h"
#include "common/units.h"

namespace mon::chart {
namespace {

using alerting_system::Chart;
using alerting_system::ChartPanel;
using alerting_system::TimeZone;

constexpr int kDensity = 2;
constexpr double kPadding = 16;
constexpr double kAxisWidth = 66;  // right of the plots, for values
constexpr double kTitleHeight = 22;
constexpr double kPlotHeight = 82;
constexpr double kGap = 16;
constexpr double kFooterHeight = 22;
constexpr double kLetterHeight = 10;
constexpr double kLeft = kPadding;
constexpr double kRight = kWidth - kPadding - kAxisWidth;

constexpr Colour kCard{0.106, 0.122, 0.153};
constexpr Colour kText{0.91, 0.925, 0.945};
constexpr Colour kMuted{0.72, 0.75, 0.79};
constexpr Colour kGrid{0.26, 0.29, 0.345};
constexpr Colour kLimit{0.95, 0.8, 0.376};
constexpr Colour kIncident{1, 0.35, 0.35, 0.16};
constexpr Colour kUsual{1, 1, 1, 0.1};
/// Told apart by their place and title, not by colour alone.
constexpr std::array<Colour, alerting_system::kMaxPanels> kLines = {
    {{1, 0.52, 0.49}, {0.475, 0.753, 1}, {0.494, 0.906, 0.529}, {0.824, 0.66, 1}, {1, 0.65, 0.34}}};

/// Draws one panel after the other, from the top.
class Renderer {
 public:
  Renderer(const Chart& chart, const TimeZone& zone)
      : chart_(chart),
        zone_(zone),
        canvas_(kWidth, static_cast<int>(HeightOf(chart.panels.size())), kDensity) {}

  Result<std::string> Render() {
    canvas_.FillRounded(8, kCard);
    double top = kPadding;
    for (std::size_t i = 0; i < chart_.panels.size(); ++i) {
      DrawPanel(chart_.panels[i], top, kLines.at(i));
      top += kTitleHeight + kPlotHeight + kGap;
    }
    DrawTimes(top - kGap);
    return canvas_.Png();
  }

 private:
  static double HeightOf(std::size_t panels) {
    return 2 * kPadding + kFooterHeight - kGap +
           static_cast<double>(panels) * (kTitleHeight + kPlotHeight + kGap);
  }

  [[nodiscard]] double X(std::int64_t clock) const {
    const auto span = static_cast<double>(chart_.to - chart_.from);
    return kLeft + static_cast<double>(clock - chart_.from) / span * (kRight - kLeft);
  }

  void DrawPanel(const ChartPanel& panel, double top, const Colour& colour) {
    DrawTitle(panel, top, colour);
    const double upper = top + kTitleHeight;
    const Range range = RangeOf(panel);
    const auto y = [&](double value) {
      const double share = (value - range.low) / (range.high - range.low);
      return upper + (1 - share) * kPlotHeight;
    };
    const double end = X(chart_.ended.value_or(chart_.to));
    canvas_.FillRect(X(chart_.onset), upper, end - X(chart_.onset), kPlotHeight, kIncident);
    if (panel.usual_low && panel.usual_high) {
      const double high = y(*panel.usual_high);
      canvas_.FillRect(kLeft, high, kRight - kLeft, std::max(y(*panel.usual_low) - high, 1.0),
                       kUsual);
    }
    for (const double edge : {upper, upper + kPlotHeight}) {
      canvas_.Line(kLeft, edge, kRight, edge, kGrid, 1);
    }
    if (panel.limit)
      canvas_.Line(kLeft, y(*panel.limit), kRight, y(*panel.limit), kLimit, 1.5, true);
    canvas_.Line(X(chart_.onset), upper, X(chart_.onset), upper + kPlotHeight, kMuted, 1, true);
    DrawValues(panel, y, colour);
    DrawLabels(panel, range, y);
  }

  /// The title at the left, the newest value at the right.
  void DrawTitle(const ChartPanel& panel, double top, const Colour& colour) {
    const double baseline = top + kLetterHeight + 4;
    const auto newest =
        panel.points.empty() ? "" : ReadableNumber(panel.points.back().value, panel.units);
    canvas_.Text(kRight, baseline, newest, colour, Align::kRight, true);
    const double room = kRight - kLeft - canvas_.TextWidth(newest, true) - kGap;
    canvas_.Text(kLeft, baseline, Fitting(panel.title, room), kText, Align::kLeft, true);
  }

  std::string Fitting(std::string title, double room) {
    if (canvas_.TextWidth(title, true) <= room) return title;
    while (!title.empty() && canvas_.TextWidth(title + "…", true) > room) {
      // A character of UTF-8 goes as a whole.
      while (!title.empty() && (static_cast<unsigned char>(title.back()) & 0xC0U) == 0x80U) {
        title.pop_back();
      }
      if (!title.empty()) title.pop_back();
    }
    return title + "…";
  }

  /// A line; where values are missing it has a gap, and a value alone is a dot.
  void DrawValues(const ChartPanel& panel, const auto& y, const Colour& colour) {
    const auto longest = LongestStep(panel);
    canvas_.Clip(kLeft, 0, kRight - kLeft, 1e6);
    bool in_line = false;
    for (std::size_t i = 0; i < panel.points.size(); ++i) {
      const auto& point = panel.points[i];
      const bool goes_on =
          i + 1 < panel.points.size() && panel.points[i + 1].clock - point.clock <= longest;
      if (in_line) {
        canvas_.LineTo(X(point.clock), y(point.value));
      } else if (goes_on) {
        canvas_.MoveTo(X(point.clock), y(point.value));
      } else {
        canvas_.Dot(X(point.clock), y(point.value), 2.5, colour);
      }
      if (in_line && !goes_on) canvas_.Stroke(colour, 2);
      in_line = goes_on;
    }
    canvas_.Unclip();
  }

  static std::int64_t LongestStep(const ChartPanel& panel) {
    std::vector<std::int64_t> steps;
    for (std::size_t i = 1; i < panel.points.size(); ++i) {
      steps.push_back(panel.points[i].clock - panel.points[i - 1].clock);
    }
    if (steps.empty()) return 0;
    return std::max<std::int64_t>(5 * UpperMedian(steps), 60);
  }

  /// The ends of the axis, and the limit where there is room for it.
  void DrawLabels(const ChartPanel& panel, const Range& range, const auto& y) {
    const auto label = [&](double value, const Colour& colour) {
      canvas_.Text(kRight + 6, y(value) + kLetterHeight / 2, ReadableNumber(value, panel.units),
                   colour);
    };
    label(range.low, kMuted);
    label(range.high, kMuted);
    if (!panel.limit) return;
    const bool room = std::abs(y(*panel.limit) - y(range.low)) > kLetterHeight + 4 &&
                      std::abs(y(*panel.limit) - y(range.high)) > kLetterHeight + 4;
    if (room) label(*panel.limit, kLimit);
  }

  void DrawTimes(double top) {
    const double baseline = top + kFooterHeight - 4;
    const auto ticks = TimeTicks(chart_.from, chart_.to, zone_);
    const auto step = ticks.size() > 1 ? ticks[1] - ticks[0] : 60;
    for (const auto tick : ticks) {
      canvas_.Line(X(tick), top, X(tick), top + 4, kMuted, 1);
      const auto text = step >= 86'400 ? zone_.Format(tick).substr(5, 5)
                                       : zone_.FormatTime(tick).substr(0, step < 60 ? 8 : 5);
      const double half = canvas_.TextWidth(text) / 2;
      canvas_.Text(std::clamp(X(tick), kLeft + half, kWidth - kPadding - half), baseline, text,
                   kMuted, Align::kCentre);
    }
  }

  const Chart& chart_;
  const TimeZone& zone_;
  Canvas canvas_;
};

}  // namespace

Result<std::string> RenderPng(const Chart& chart, const TimeZone& zone) {
  if (chart.panels.empty() || chart.panels.size() > alerting_system::kMaxPanels ||
      chart.to <= chart.from) {
    return Fail(ErrorCode::kInvalidData, "chart: no panel, too many panels, or no span of time");
  }
  return Renderer(chart, zone).Render();
}

}  // namespace mon::chart
