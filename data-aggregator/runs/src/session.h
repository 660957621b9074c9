#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/mysql_sample_store.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "mysql/pool.h"

namespace mon::data_aggregator {

/// Whether a run does its job alone, or with others that have leases of their own (mysql::Join).
enum class Sharing { kNone, kWithOthers };

/// The database side of a run: a connection to tables of a known version, and the lease that lets
/// one run at a time collect, or makes it one of several. It outlives its connection: after a
/// failure the next `Ready` opens a new one and goes on with the same lease.
class Session {
 public:
  Session(MysqlConfig config, std::chrono::seconds lease_duration,
          std::string lease_name = "aggregator", Sharing sharing = Sharing::kNone)
      : config_(std::move(config)),
        lease_duration_(lease_duration),
        lease_name_(std::move(lease_name)),
        sharing_(sharing) {}
  ~Session();  ///< gives the lease back
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Connects where there is no living connection, and takes or extends the lease. Errors: those of
  /// connecting, kConfig (schema), kBusy (somebody else holds the lease).
  [[nodiscard]] Result<void> Ready();

  /// Goes over to a new configuration; where it is the same, connection and lease stay;
  /// where only the login is another, the lease does.
  void Use(const MysqlConfig& config, std::chrono::seconds lease_duration);

  /// Gives the lease back and lets go of the connection.
  void End();

  /// Only after `Ready` succeeded.
  [[nodiscard]] mysql::Connection& Connection() { return **connection_; }
  /// Likewise. One of several may move to another slot (mysql::Membership).
  [[nodiscard]] mysql::Lease& Lease() { return *lease_; }

  /// Of this database.
  [[nodiscard]] StoreMemory& Memory() { return memory_; }

  /// After an error of the store: lets go of what it says is lost.
  void Recover(const Error& error);

  /// After a cycle whose store failed: so too, and stores on a new connection the reports that got
  /// lost with the old one.
  void Recover(CycleReport& report);

 private:
  Result<void> Connect();
  void Disconnect();
  Result<void> TakeLease();

  MysqlConfig config_;
  std::chrono::seconds lease_duration_;
  std::string lease_name_;
  Sharing sharing_;
  std::optional<mysql::Pool> pool_;  ///< of one, of `config_`
  std::optional<mysql::Pool::Lent> connection_;
  std::optional<mysql::Lease> lease_;
  StoreMemory memory_;
};

/// Makes the partitions of the coming days, as the admin account. A failure costs nothing yet and
/// is a matter for the log: a warning only where not even tomorrow has its partition.
void KeepPartitionsAhead(const MysqlConfig& config, TimePoint now);

}  // namespace mon::data_aggregator
