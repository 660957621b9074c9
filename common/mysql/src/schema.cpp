#include "mysql/schema.h"

#include <fmt/format.h>

namespace mon::mysql {
namespace {

constexpr int kNoSuchTable = 1146;

}  // namespace

Result<SchemaVersion> ReadSchemaVersion(Connection& connection) {
  auto rows = connection.Query(
      "SELECT major, minor FROM schema_version ORDER BY major DESC, minor DESC LIMIT 1");
  if (!rows && connection.LastErrorNumber() == kNoSuchTable) return SchemaVersion{};
  if (!rows) return std::unexpected(rows.error());
  if (!rows->Next()) return SchemaVersion{};
  return SchemaVersion{static_cast<int>(rows->Int(0)), static_cast<int>(rows->Int(1))};
}

Result<SchemaVersion> CheckSchema(Connection& connection) {
  auto version = ReadSchemaVersion(connection);
  if (!version) return version;
  if (version->major > kSchemaVersion.major)
    return Fail(
        ErrorCode::kConfig,
        fmt::format("mysql {}: the schema is version {}.{}, this program knows {}.x; use a "
                    "newer release",
                    connection.ServerName(), version->major, version->minor, kSchemaVersion.major));
  if (version->major == 0)
    return Fail(ErrorCode::kConfig,
                fmt::format("mysql {}: the database has no tables of this platform; run "
                            "data-aggregator --migrate",
                            connection.ServerName()));
  if (version->major < kSchemaVersion.major || version->minor < kSchemaVersion.minor)
    return Fail(ErrorCode::kConfig,
                fmt::format("mysql {}: the schema is version {}.{}, this program needs {}.{}; run "
                            "data-aggregator --migrate",
                            connection.ServerName(), version->major, version->minor,
                            kSchemaVersion.major, kSchemaVersion.minor));
  return version;
}

Result<void> RequireSchema(Connection& connection) {
  const auto version = CheckSchema(connection);
  if (!version) return std::unexpected(version.error());
  return {};
}

Result<Connection> OpenChecked(const MysqlConfig& config, const ConnectOptions& options) {
  auto connection = Connection::Open(config, options);
  if (!connection) return connection;
  if (const auto known = RequireSchema(*connection); !known) return std::unexpected(known.error());
  return connection;
}

}  // namespace mon::mysql
