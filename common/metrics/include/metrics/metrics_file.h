#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "metrics/metrics.h"

namespace mon {

/// The metrics of a program that does not stay, as a file for the textfile collector of
/// Prometheus's node_exporter: `<state_dir>/metrics/<program>.prom`, made where it is missing,
/// readable for everyone. `record` adds what this run did to what the runs before left; then the
/// file is replaced as a whole. A disk that does not let us is no failure of the run, and told at
/// `--log-level debug`.
void UpdateMetricsFile(const std::filesystem::path& state_dir, std::string_view program,
                       const std::function<void(Metrics&)>& record);

}  // namespace mon
