#pragma once

#include <string>

namespace mon {

/// The name that this host gives itself, as `hostname` prints it; empty where it has none.
[[nodiscard]] std::string HostName();

}  // namespace mon
