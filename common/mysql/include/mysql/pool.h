#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"

namespace mon::mysql {

struct PoolOptions {
  std::size_t most = 4;                   ///< connections at one time, lent and idle
  std::chrono::milliseconds wait{5'000};  ///< for one that comes back, where all are lent
  std::chrono::seconds max_age{3'600};    ///< an older one is closed when it is its turn
  /// One that was idle for longer is asked whether it lives before it is lent: a round trip.
  std::chrono::seconds check_after{15};
  ConnectOptions connect{};
  /// Called with each new connection, such as CheckSchema; an error is that of Take. May be empty.
  std::function<Result<void>(Connection&)> prepare{};
};

/// Connections of one account that outlive their use: for the threads of a daemon, and for one that
/// works now and then. None is ever repaired: a lost one is closed and another one opened, with its
/// whole session, and what is idle beside it is closed as well, for it has most likely met the same
/// end. Safe from any thread.
///
///     mysql::Pool pool(config.mysql, {.most = 2});
///     auto connection = pool.Take(stop);
///     if (!connection) return std::unexpected(connection.error());
///     auto rows = (*connection)->Query("SELECT 1");
class Pool {
 public:
  /// A connection on loan. It comes back with the end of this object, and stays where it is still
  /// usable; a transaction that is left open is rolled back. The pool must outlive it.
  class Lent {
   public:
    Lent(Lent&&) noexcept;
    Lent& operator=(Lent&&) = delete;
    ~Lent();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    friend class Pool;
    using Time = std::chrono::steady_clock::time_point;
    Lent(Pool& pool, std::unique_ptr<Connection> connection, Time opened)
        : pool_(&pool), connection_(std::move(connection)), opened_(opened) {}
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    Time opened_;
  };

  explicit Pool(MysqlConfig config, PoolOptions options = {});
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// An idle connection that lives, or a new one. Errors: those of opening and of `prepare`;
  /// kTimeout where all are lent for longer than `wait`, kUnavailable where `stop` ends the wait.
  [[nodiscard]] Result<Lent> Take(const std::stop_token& stop = {});

  /// Those that are open now, lent or idle.
  [[nodiscard]] std::size_t Open() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Idle {
    std::unique_ptr<Connection> connection;
    Time opened;
    Time since;
  };

  Result<Idle> TakeIdle(Time deadline, const std::stop_token& stop);
  [[nodiscard]] bool StillGood(const Idle& idle) const;
  Result<Lent> OpenNew();
  void Return(std::unique_ptr<Connection> connection, Time opened);
  void Forget(std::vector<Idle> closed, std::size_t places);

  const MysqlConfig config_;
  const PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any came_back_;
  std::vector<Idle> idle_;  ///< the last that came back is the first to go: the others grow old
  std::size_t open_ = 0;    ///< places that are taken: idle, lent, and being opened
};

}  // namespace mon::mysql
