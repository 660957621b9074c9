#include "session.h"

#include <string>
#include <utility>

#include "common/log.h"
#include "data_aggregator/migrate.h"
#include "mysql/membership.h"
#include "mysql/schema.h"

namespace mon::data_aggregator {
namespace {

/// Rows that partitions may move while the platform is at work; some seconds.
constexpr std::uint64_t kMostMoved = 100'000;

}  // namespace

Session::~Session() { End(); }

void Session::End() {
  if (connection_ && lease_) {
    if (const auto released = lease_->Release(**connection_); !released)
      log::Info("lease not given back", {{"error", released.error().message}});
  }
  lease_.reset();
  memory_ = {};
  Disconnect();
}

void Session::Disconnect() {
  connection_.reset();
  pool_.reset();
  memory_.items = {};
  memory_.values = {};
}

void Session::Use(const MysqlConfig& config, std::chrono::seconds lease_duration) {
  if (config == config_ && lease_duration == lease_duration_) return;
  // With another login the lease goes on, as after a loss of the connection.
  if (mysql::SameDatabase(config, config_) && lease_duration == lease_duration_) {
    Disconnect();
  } else {
    End();
  }
  config_ = config;
  lease_duration_ = lease_duration;
}

Result<void> Session::Ready() {
  if (auto connected = Connect(); !connected) return connected;
  auto taken = TakeLease();
  if (!taken) Recover(taken.error());
  return taken;
}

Result<void> Session::Connect() {
  connection_.reset();
  if (!pool_)
    pool_.emplace(
        config_,
        mysql::PoolOptions{.most = 1, .connect = {.bulk = true}, .prepare = mysql::RequireSchema});
  auto taken = pool_->Take();
  if (!taken) return std::unexpected(taken.error());
  connection_.emplace(std::move(*taken));
  return {};
}

Result<void> Session::TakeLease() {
  if (lease_) {
    const auto renewed = lease_->Renew(**connection_);
    if (renewed || renewed.error().code != ErrorCode::kBusy) return renewed;
    log::Warning("another run has taken over", {{"error", renewed.error().message}});
    lease_.reset();
  }
  auto lease = sharing_ == Sharing::kNone
                   ? mysql::JoinAlone(**connection_, lease_name_, lease_duration_)
                   : mysql::Join(**connection_, lease_name_, lease_duration_);
  if (!lease) return std::unexpected(lease.error());
  lease_ = std::move(*lease);
  return {};
}

void Session::Recover(const Error& error) {
  if (error.code == ErrorCode::kBusy)
    lease_.reset();
  else
    Disconnect();
}

void Session::Recover(CycleReport& report) {
  Recover(*report.store_error);
  if (report.reported || !Ready()) return;
  MysqlSampleStore store(**connection_, *lease_, &memory_);
  StoreReports(store, report);
}

void KeepPartitionsAhead(const MysqlConfig& config, TimePoint now) {
  const auto make = [&](mysql::Connection& connection, int days) {
    return MakePartitionsAhead(connection, now, days, kMostMoved);
  };
  mysql::ConnectOptions options;
  options.account = mysql::Account::kAdmin;
  auto connection = mysql::Connection::Open(config, options);
  if (!connection) {
    log::Warning("partitions of zabbix_history not checked",
                 {{"error", connection.error().message}});
    return;
  }
  constexpr int kWeek = 7;
  constexpr int kTomorrow = 1;
  const auto made = make(*connection, kWeek);
  if (made) {
    if (*made > 0) log::Info("partitions made", {{"count", std::to_string(*made)}});
    return;
  }
  const bool urgent = !make(*connection, kTomorrow);
  log::Write(urgent ? log::Level::kWarning : log::Level::kInfo,
             "partitions of zabbix_history not made; nothing is lost, run 'data-aggregator "
             "--migrate' or give MYSQL_ADMIN_USER the right to",
             {{"error", made.error().message}});
}

}  // namespace mon::data_aggregator
