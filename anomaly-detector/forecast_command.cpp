#include "forecast_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "answer_lines.h"
#include "common/csv.h"
#include "common/text.h"
#include "forecast/forecast.h"
#include "forecast/time_to_limit.h"
#include "number_list.h"

namespace mon::anomaly_detector {
namespace {

using Fields = std::vector<std::string_view>;

/// Of the values that lie 5 minutes apart.
constexpr forecast::LimitOptions kFiveMinutes{.steps_per_day = 288, .horizon_days = 30};

Result<std::size_t> ParseCount(std::string_view field, std::string_view name, std::size_t most) {
  const std::optional<std::uint64_t> count = ParseUint(field);
  if (count && *count >= 1 && *count <= most) return static_cast<std::size_t>(*count);
  return Fail(ErrorCode::kInvalidData,
              fmt::format("expected a {} of 1 to {}, found {}", name, most, Quoted(field)));
}

/// The id and two numbers stand before the values.
Result<void> CheckFields(const Fields& fields, std::size_t before, std::string_view wanted) {
  if (fields.size() > before) return {};
  return Fail(ErrorCode::kInvalidData, fmt::format("expected {}, found {} field{}", wanted,
                                                   fields.size(), fields.size() == 1 ? "" : "s"));
}

void AppendNumbers(std::span<const double> numbers, std::string& answers) {
  for (const double number : numbers) {
    fmt::format_to(std::back_inserter(answers), ",{:.9g}", number);
  }
}

/// id,season,horizon,v1,...,vn to id,f1..fh,lo1..loh,hi1..hih.
Result<void> AnswerSeries(const Fields& fields, std::string& answers) {
  constexpr std::size_t kLongestSeason = 1'000'000;
  constexpr std::size_t kLongestHorizon = 100'000;
  constexpr std::size_t kBefore = 3;
  const auto enough = CheckFields(fields, kBefore, "id,season,horizon,v1,...,vn");
  if (!enough) return std::unexpected(enough.error());
  const auto season = ParseCount(fields[1], "season", kLongestSeason);
  if (!season) return std::unexpected(season.error());
  const auto horizon = ParseCount(fields[2], "horizon", kLongestHorizon);
  if (!horizon) return std::unexpected(horizon.error());
  const auto values = ParseValues(std::span(fields).subspan(kBefore));
  if (!values) return std::unexpected(values.error());
  const auto forecast = forecast::ForecastSeries(*values, *season, *horizon);
  if (!forecast) return std::unexpected(forecast.error());
  AppendCsvField(answers, fields[0]);
  AppendNumbers(forecast->expected, answers);
  AppendNumbers(forecast->low, answers);
  AppendNumbers(forecast->high, answers);
  answers += '\n';
  return {};
}

/// id,capacity,v1,...,vn to id,steps.
Result<void> AnswerFill(const Fields& fields, std::string& answers) {
  constexpr std::size_t kBefore = 2;
  const auto enough = CheckFields(fields, kBefore, "id,capacity,v1,...,vn");
  if (!enough) return std::unexpected(enough.error());
  const std::optional<double> capacity = ParseDouble(fields[1]);
  if (!capacity || !std::isfinite(*capacity)) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("expected a finite capacity, found {}", Quoted(fields[1])));
  }
  const auto values = ParseValues(std::span(fields).subspan(kBefore));
  if (!values) return std::unexpected(values.error());
  const auto time = forecast::ForecastTimeToLimit(*values, *capacity, kFiveMinutes);
  if (!time) return std::unexpected(time.error());
  AppendCsvField(answers, fields[0]);
  answers += time->expected ? fmt::format(",{}\n", *time->expected) : ",-1\n";
  return {};
}

}  // namespace

void AddForecast(CLI::App& app, ForecastCommand& command) {
  command.app = app.add_subcommand(
      "forecast", "How series go on, with 95 % intervals, or when they reach a limit");
  CLI::Option* series =
      command.app->add_flag("--stdin", command.series,
                            "Lines id,season,horizon,v1,...,vn from standard input, oldest value "
                            "first. Answers id,f1..fh,lo1..loh,hi1..hih: the next h values and "
                            "their 95 % intervals. Season: after how many values the rhythm "
                            "repeats, 24 for hourly ones, 1 for none");
  command.app
      ->add_flag("--fill", command.fill,
                 "Lines id,capacity,v1,...,vn from standard input, a value every 5 minutes, best "
                 "14 days of them. Answers id,steps: how many 5-minute steps until the capacity "
                 "is reached, -1 for not within 30 days")
      ->excludes(series);
  command.app->footer(
      "An empty value or nan is a gap. A bad line ends it with 65, naming the line.\n"
      "Examples:\n"
      "  printf 'visits,4,4,1,5,9,5,2,6,8,6,1,5,9,6\\n' | anomaly-detector forecast --stdin\n"
      "  anomaly-detector forecast --fill < disks.csv");
}

Result<ExitCode> RunForecast(const ForecastCommand& command) {
  if (!command.series && !command.fill) {
    return Fail(ErrorCode::kUsage,
                "forecast: expected --stdin (how series go on) or --fill (when a disk is full)");
  }
  const auto answer = command.fill ? AnswerFill : AnswerSeries;
  Fields fields;
  std::size_t count = 0;
  return AnswerLines([&](std::span<char> line, std::string& answers) -> Result<void> {
    ++count;
    if (!line.empty() && line.back() == '\r') line = line.first(line.size() - 1);
    const auto at_line = [&](const Error& error) {
      return Context(fmt::format("line {}", count), error);
    };
    const Result<bool> more = CsvReader(line).Next(fields);
    if (!more) return at_line(more.error());
    if (!*more) return {};
    const Result<void> answered = answer(fields, answers);
    return answered ? answered : at_line(answered.error());
  });
}

}  // namespace mon::anomaly_detector
