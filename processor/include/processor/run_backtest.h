#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "common/config.h"
#include "common/error.h"

namespace mon::processor {

struct BacktestRequest {
  std::string from;             ///< a time as alerting_system::ParseTime reads it
  std::string to = "now";       ///< likewise
  std::filesystem::path rules;  ///< a file with other [[rule]] tables; empty: those of the config
  bool json = false;
};

/// Prints what the rules would have fired on the stored data of a range, and how that compares with
/// what was recorded. Writes nothing; an account that may only read is enough.
///
/// Returns kOk, or kFound where the two differ. Errors: kUsage for times, kConfig for the rules,
/// those of the database. A request to stop ends it without a result, with kOk.
[[nodiscard]] Result<ExitCode> RunBacktest(const Config& config, const BacktestRequest& request,
                                           const std::stop_token& stop);

}  // namespace mon::processor
