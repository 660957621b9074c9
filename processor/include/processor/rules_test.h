#pragma once

#include <filesystem>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::processor {

struct RulesTestRequest {
  std::vector<std::filesystem::path> files;
  bool json = false;
};

/// Runs the unit tests for rules in `request.files` and prints how they went. `config`: the
/// configuration in force, for files that name none and have no rules of their own.
///
/// Returns kOk, or kFound where something differs. Errors: kNotFound for a file that cannot be
/// read, kInvalidData for one that is wrong, kConfig for the rules. All files are checked before
/// the first test runs.
[[nodiscard]] Result<ExitCode> TestRules(const Config& config, const RulesTestRequest& request);

}  // namespace mon::processor
