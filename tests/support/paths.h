#pragma once

#include <string>

namespace mon::test {

/// Where this checkout keeps what tests read. Known to one source file only, so that a build
/// elsewhere can use a compiler cache for all others.
std::string DataDirectory();     ///< tests/data
std::string ServersDirectory();  ///< tests/servers
std::string SqlDirectory();      ///< sql
std::string ProgramDirectory();  ///< the programs of this build

}  // namespace mon::test
