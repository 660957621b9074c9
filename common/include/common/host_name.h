#pragma once

#include <string>

namespace mon {

/// The name of this host, as gethostname(2) has it.
[[nodiscard]] std::string HostName();

}  // namespace mon
