#pragma once

#include <functional>
#include <string_view>

#include "common/error.h"
#include "mysql/connection.h"

namespace mon::mysql {

/// Major and minor of a schema. A newer minor only adds and is accepted; a newer major is refused.
struct SchemaVersion {
  int major = 0;
  int minor = 0;
};

/// Refuses to work on tables that this program does not know: kConfig "run data-aggregator
/// --migrate" when the tables are missing or too old, kConfig "use a newer release" when the major
/// version is newer.
[[nodiscard]] Result<SchemaVersion> CheckSchema(Connection& connection);

}  // namespace mon::mysql
