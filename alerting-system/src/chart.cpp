#include "alerting_system/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/units.h"

namespace mon::alerting_system {
namespace {

using Json = nlohmann::json;

void Put(Json& json, const char* name, const auto& optional) {
  if (optional) json[name] = *optional;
}

template <typename T>
std::optional<T> Get(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() ? std::nullopt : std::optional<T>(found->get<T>());
}

Json PanelToJson(const ChartPanel& panel) {
  Json points = Json::array();
  for (const auto& point : panel.points) points.push_back({point.clock, point.value});
  Json json = {{"title", panel.title}, {"units", panel.units}, {"points", std::move(points)}};
  Put(json, "limit", panel.limit);
  Put(json, "usual_low", panel.usual_low);
  Put(json, "usual_high", panel.usual_high);
  return json;
}

ChartPanel PanelFromJson(const Json& json) {
  ChartPanel panel;
  panel.title = json.at("title").get<std::string>();
  panel.units = json.at("units").get<std::string>();
  for (const auto& point : json.at("points")) {
    panel.points.push_back({point.at(0).get<std::int64_t>(), point.at(1).get<double>()});
  }
  panel.limit = Get<double>(json, "limit");
  panel.usual_low = Get<double>(json, "usual_low");
  panel.usual_high = Get<double>(json, "usual_high");
  return panel;
}

/// What a panel showed before the onset and what since: "at most 0.02 before 14:26:40, 0.97 since".
std::string InWords(const ChartPanel& panel, std::int64_t onset, const std::string& time) {
  std::optional<double> before, since;
  for (const auto& point : panel.points) {
    auto& most = point.clock < onset ? before : since;
    most = std::max(most.value_or(point.value), point.value);
  }
  std::string words;
  const auto add = [&](const std::optional<double>& most, std::string_view when) {
    if (!most) return;
    fmt::format_to(std::back_inserter(words), "{}{} {}", words.empty() ? "at most " : ", ",
                   ReadableNumber(*most, panel.units), when);
  };
  add(before, "before " + time);
  add(since, words.empty() ? "since " + time : "since");
  return words.empty() ? "no values" : words;
}

}  // namespace

std::vector<ChartPoint> Thin(const std::vector<ChartPoint>& points, std::int64_t from,
                             std::int64_t to) {
  std::vector<ChartPoint> within;
  std::ranges::copy_if(points, std::back_inserter(within), [&](const ChartPoint& point) {
    return point.clock >= from && point.clock <= to && std::isfinite(point.value);
  });
  if (within.size() <= kMaxPoints) return within;
  const auto stretches = static_cast<std::int64_t>(kMaxPoints / 2);
  const auto stretch = [&](const ChartPoint& point) {
    return (point.clock - from) * stretches / (to - from + 1);
  };
  std::vector<ChartPoint> thin;
  for (auto first = within.begin(); first != within.end();) {
    const auto last = std::find_if(first, within.end(), [&](const ChartPoint& point) {
      return stretch(point) != stretch(*first);
    });
    const auto [least, most] = std::minmax_element(
        first, last, [](const auto& a, const auto& b) { return a.value < b.value; });
    thin.push_back(*std::min(least, most));
    if (least != most) thin.push_back(*std::max(least, most));
    first = last;
  }
  return thin;
}

std::string ToJson(const Chart& chart) {
  Json panels = Json::array();
  for (const auto& panel : chart.panels) panels.push_back(PanelToJson(panel));
  Json json = {{"from", chart.from},
               {"to", chart.to},
               {"onset", chart.onset},
               {"panels", std::move(panels)}};
  Put(json, "ended", chart.ended);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Chart> ChartFromJson(std::string_view text) {
  try {
    const auto json = Json::parse(text);
    Chart chart;
    chart.from = json.at("from").get<std::int64_t>();
    chart.to = json.at("to").get<std::int64_t>();
    chart.onset = json.at("onset").get<std::int64_t>();
    chart.ended = Get<std::int64_t>(json, "ended");
    for (const auto& panel : json.at("panels")) chart.panels.push_back(PanelFromJson(panel));
    return chart;
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInvalidData, fmt::format("chart: {}", error.what()));
  }
}

std::string AltText(const Chart& chart, const TimeZone& zone) {
  auto text =
      fmt::format("Chart from {} to {}.", zone.FormatTime(chart.from), zone.FormatTime(chart.to));
  for (const auto& panel : chart.panels) {
    fmt::format_to(std::back_inserter(text), " {}: {}", panel.title,
                   InWords(panel, chart.onset, zone.FormatTime(chart.onset)));
    if (panel.limit) {
      fmt::format_to(std::back_inserter(text), "; limit {}",
                     ReadableNumber(*panel.limit, panel.units));
    }
    text += '.';
  }
  return text;
}

}  // namespace mon::alerting_system
