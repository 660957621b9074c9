#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check_runner.h"
#include "finding.h"

namespace mon::data_aggregator::doctor {

struct Section {
  Group group = Group::kConfiguration;
  std::vector<Finding> findings;
};

/// The report as people read it: a line a finding, aligned, below it how to mend what is wrong, and
/// the sum of all at the end. Foreign text cannot break the lines. On a terminal with colours.
[[nodiscard]] std::string ToText(const std::vector<Section>& report, bool on_terminal);

/// And as programs do.
[[nodiscard]] std::string ToJson(const std::vector<Section>& report);

/// True where nothing failed; warnings are allowed.
[[nodiscard]] bool AllWell(const std::vector<Section>& report);

}  // namespace mon::data_aggregator::doctor
