#include "processor/run_backtest.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "alerting_system/time_argument.h"
#include "anomaly_detector/rule.h"
#include "backtest.h"
#include "backtest_report.h"
#include "common/clock.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "progress.h"
#include "setup.h"

namespace mon::processor {
namespace {

/// The configuration in force, with the rules of `file`.
Result<Config> WithRulesOf(const std::filesystem::path& file, Config config) {
  LoadOptions options;
  options.config_file = file;
  options.check_rule = anomaly_detector::CheckRule;
  auto other = LoadConfig(options);
  if (!other) return std::unexpected(other.error());
  config.rules = std::move(other->config.rules);
  return config;
}

Result<void> ReadTimes(const BacktestRequest& request, const alerting_system::TimeZone& zone,
                       BacktestOptions& options) {
  const auto from = alerting_system::ParseTime(request.from, options.now, zone);
  if (!from) return Context("--from", from.error());
  const auto to = alerting_system::ParseTime(request.to, options.now, zone);
  if (!to) return Context("--to", to.error());
  if (*to < *from) return Fail(ErrorCode::kUsage, "--to lies before --from");
  options.from = *from;
  options.to = *to;
  return {};
}

}  // namespace

Result<ExitCode> RunBacktest(const Config& in_force, const BacktestRequest& request,
                             const std::stop_token& stop) {
  auto config =
      request.rules.empty() ? Result<Config>(in_force) : WithRulesOf(request.rules, in_force);
  if (!config) return std::unexpected(config.error());
  auto setup = Prepare(*config);
  if (!setup) return std::unexpected(setup.error());
  BacktestOptions options;
  options.now = EpochSeconds(SystemClock().Now());
  if (auto read = ReadTimes(request, setup->zone, options); !read) {
    return std::unexpected(read.error());
  }
  options.recipients = [&](const Alert& alert) {
    dispatch::Labels labels = {{"rule", alert.rule},
                               {"application", alert.application},
                               {"severity", std::string(ToString(alert.severity))}};
    for (const auto& host : alert.hosts) labels.emplace("host", host);
    labels.insert(alert.labels.begin(), alert.labels.end());
    return dispatch::RouteOf(setup->policy, labels, alert.fired_at).recipients;
  };

  auto connection = mysql::OpenChecked(config->mysql, {.bulk = true});
  if (!connection) return std::unexpected(connection.error());
  auto result = [&] {
    ProgressBar bar;
    options.count_rows = bar.IsShown();
    options.progress = [&](std::size_t done, std::size_t total) { bar.Show(done, total); };
    return Backtest(*connection, *config, setup->rules, options, stop);
  }();
  if (stop.stop_requested()) {
    fmt::print(stderr, "processor: stopped before the end, nothing was compared\n");
    return ExitCode::kOk;
  }
  if (!result) return std::unexpected(result.error());
  fmt::print("{}", request.json ? BacktestJson(*result, options.from, options.to)
                                : BacktestText(*result, options.from, options.to, setup->zone));
  return result->Differs() ? ExitCode::kFound : ExitCode::kOk;
}

}  // namespace mon::processor
