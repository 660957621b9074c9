#pragma once

#include <string>

#include "dispatch/labels.h"

namespace mon::dispatch {

/// The labels of an alert as its row has them. `hosts`: names, separated by commas; `rule_labels`:
/// a JSON object of texts; both may be empty.
[[nodiscard]] Labels LabelsOf(const std::string& rule, const std::string& application,
                              const std::string& severity, const std::string& hosts,
                              const std::string& rule_labels);

}  // namespace mon::dispatch
