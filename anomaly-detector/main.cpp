#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "anomaly_detector/stream_model.h"
#include "answer_lines.h"
#include "common/expect.h"
#include "common/program.h"
#include "forecast_command.h"
#include "rca_command.h"
#include "stream_scorer.h"

namespace mon::anomaly_detector {
namespace {

constexpr std::size_t kMostDims = 10'000;
constexpr double kLeastPerMonth = 0.001;
constexpr double kMostPerMonth = 10'000;

struct Flags {
  std::string model;  ///< empty: threshold where there is a limit, else adaptive
  std::size_t dims = 1;
  std::optional<double> alerts_per_month;  ///< of the adaptive model
  std::vector<double> limits;
};

bool HasAny(const Flags& flags) {
  return !flags.model.empty() || !flags.limits.empty() || flags.alerts_per_month || flags.dims != 1;
}

/// One limit for each metric; a single one holds for all.
Result<std::vector<double>> LimitsOf(const Flags& flags) {
  if (flags.limits.empty()) {
    return Fail(ErrorCode::kUsage,
                "the threshold model needs --limit N: a value above N is an alert");
  }
  if (flags.limits.size() == 1) return std::vector<double>(flags.dims, flags.limits.front());
  if (flags.limits.size() == flags.dims) return flags.limits;
  return Fail(ErrorCode::kUsage,
              fmt::format("--limit: expected one number or {} (--dims), found {}", flags.dims,
                          flags.limits.size()));
}

Result<std::unique_ptr<StreamModel>> ModelOf(const Flags& flags) {
  const bool has_limit = !flags.limits.empty();
  if (flags.model == "adaptive" || (flags.model.empty() && !has_limit)) {
    if (has_limit) {
      return Fail(ErrorCode::kUsage,
                  "--limit is of the threshold model: the adaptive one needs none");
    }
    return MakeAdaptiveModel(flags.dims, flags.alerts_per_month.value_or(1));
  }
  if (flags.alerts_per_month) {
    return Fail(ErrorCode::kUsage,
                "--alerts-per-month is of the adaptive model: the threshold one has a limit");
  }
  Result<std::vector<double>> limits = LimitsOf(flags);
  if (!limits) return std::unexpected(limits.error());
  return MakeThresholdModel(*std::move(limits));
}

Result<ExitCode> Run(const Flags& flags) {
  const Result<std::unique_ptr<StreamModel>> model = ModelOf(flags);
  if (!model) return std::unexpected(model.error());
  StreamScorer scorer(**model, flags.dims);
  return AnswerLines(
      [&](std::span<char> line, std::string& answers) { return scorer.Next(line, answers); });
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--model", flags.model,
                 "adaptive: learns what is usual (default); threshold: a fixed limit (default "
                 "with --limit)")
      ->type_name("NAME")
      ->check(expect::OneOf({"adaptive", "threshold"}));
  app.add_option("--alerts-per-month", flags.alerts_per_month,
                 "False alerts to put up with, of each metric, by the adaptive model; default 1")
      ->type_name("N")
      ->check(expect::Number(kLeastPerMonth, kMostPerMonth));
  app.add_option("--limit", flags.limits,
                 "Limit of the threshold model: strictly above it is an alert. With --dims also "
                 "one for each metric: 0.5,2000")
      ->type_name("N[,N...]")
      ->delimiter(',')
      ->check(expect::Number());
  app.add_option("--dims", flags.dims, "How many values a line has; default 1")
      ->type_name("D")
      ->check(expect::WholeNumber(1, kMostDims));
}

}  // namespace
}  // namespace mon::anomaly_detector

int main(int argc, char** argv) {
  using namespace mon;
  anomaly_detector::Flags flags;
  anomaly_detector::ForecastCommand forecast;
  anomaly_detector::RcaCommand rca;
  const ProgramInfo info{
      .name = "anomaly-detector",
      .description =
          "Scores each line of a stream: timestamp,value[,v2...] in, timestamp,score "
          "out; a score above 0.5 is an alert. Beside that it forecasts series and ranks the "
          "probable causes of an incident.",
      .footer =
          "Examples:\n"
          "  anomaly-detector < values.csv\n"
          "  printf '1750000000,0.02\\n1750000010,0.62\\n' | anomaly-detector --limit 0.5\n"
          "  anomaly-detector forecast --help\n"
          "  anomaly-detector rca --help\n"
          "Exit codes: 0 done, 64 wrong usage, 65 a bad line, 66 input that cannot be read, "
          "74 output that cannot be written, 78 bad configuration.",
      .section = {},
      .check_rule = anomaly_detector::CheckRule};
  return RunProgram(
      argc, argv, info,
      [&](CLI::App& app) {
        anomaly_detector::AddFlags(app, flags);
        anomaly_detector::AddForecast(app, forecast);
        anomaly_detector::AddRca(app, rca);
        app.require_subcommand(0, 1);
      },
      [&](const LoadedConfig&, const ProgramOptions&) {
        const bool subcommand = forecast.app->parsed() || rca.app->parsed();
        if (subcommand && anomaly_detector::HasAny(flags)) {
          return Result<ExitCode>(Fail(
              ErrorCode::kUsage, "--model, --limit, --dims and --alerts-per-month are of streams"));
        }
        if (forecast.app->parsed()) return anomaly_detector::RunForecast(forecast);
        if (rca.app->parsed()) return anomaly_detector::RunRca(rca);
        return anomaly_detector::Run(flags);
      });
}
