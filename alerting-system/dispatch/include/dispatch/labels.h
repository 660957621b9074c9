#pragma once

#include <map>
#include <string>

namespace mon::dispatch {

/// What an alert is known by: rule, application, severity, host (one for each host that it
/// concerns), and the labels of its rule. Names as in Prometheus.
using Labels = std::multimap<std::string, std::string>;

}  // namespace mon::dispatch
