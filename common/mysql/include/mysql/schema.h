#pragma once

#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::mysql {

/// Major and minor of a schema; the minor is the number of the last step of sql/. A newer minor
/// only adds and is accepted; a newer major is refused.
struct SchemaVersion {
  int major = 0;
  int minor = 0;
  bool operator==(const SchemaVersion&) const = default;
};

/// What this program was written for.
inline constexpr SchemaVersion kSchemaVersion{1, 15};

/// What the database has; 0.0 where it has no schema_version.
[[nodiscard]] Result<SchemaVersion> ReadSchemaVersion(Connection& connection);

/// Refuses to work on tables that this program does not know: kConfig "run data-aggregator
/// --migrate" when the tables are missing or too old, kConfig "use a newer release" when the major
/// version is newer.
[[nodiscard]] Result<SchemaVersion> CheckSchema(Connection& connection);

/// The same for those who do not ask which version it is; `prepare` of a Pool.
[[nodiscard]] Result<void> RequireSchema(Connection& connection);

/// A connection of the runtime account to tables that this program knows.
[[nodiscard]] Result<Connection> OpenChecked(const MysqlConfig& config,
                                             const ConnectOptions& options = {});

}  // namespace mon::mysql
