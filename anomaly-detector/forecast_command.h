#pragma once

#include "common/error.h"

namespace CLI {
class App;
}

namespace mon::anomaly_detector {

/// `anomaly-detector forecast`: how series go on, or when they reach a limit.
struct ForecastCommand {
  CLI::App* app = nullptr;  ///< the subcommand, which knows whether it was called
  bool series = false;      ///< --stdin
  bool fill = false;        ///< --fill
};

void AddForecast(CLI::App& app, ForecastCommand& command);

/// Answers the lines of standard input. Errors: those of AnswerLines; kUsage where it is not said
/// what to forecast.
[[nodiscard]] Result<ExitCode> RunForecast(const ForecastCommand& command);

}  // namespace mon::anomaly_detector
