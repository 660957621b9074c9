#include "support/paths.h"

namespace mon::test {

std::string DataDirectory() { return MON_TEST_DATA_DIR; }
std::string ServersDirectory() { return MON_TEST_SERVERS_DIR; }
std::string SqlDirectory() { return MON_SQL_DIR; }
std::string ProgramDirectory() { return MON_BIN_DIR; }

}  // namespace mon::test
