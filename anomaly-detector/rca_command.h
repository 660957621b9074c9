#pragma once

#include <string>

#include "common/error.h"

namespace CLI {
class App;
}

namespace mon::anomaly_detector {

/// `anomaly-detector rca DIR`: which component is the probable cause.
struct RcaCommand {
  CLI::App* app = nullptr;  ///< the subcommand, which knows whether it was called
  std::string directory;
};

void AddRca(CLI::App& app, RcaCommand& command);

/// Reads the incident in `command.directory` and prints the ranking. Errors: kNotFound and
/// kInvalidData, naming the file and in it the line; kIo.
[[nodiscard]] Result<ExitCode> RunRca(const RcaCommand& command);

}  // namespace mon::anomaly_detector
