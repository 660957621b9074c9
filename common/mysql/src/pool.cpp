#include "mysql/pool.h"

#include <fmt/format.h>

#include <utility>

namespace mon::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

Pool::Lent::Lent(Lent&&) noexcept = default;

Pool::Lent::~Lent() {
  if (connection_) pool_->Return(std::move(connection_), opened_);
}

Pool::Pool(MysqlConfig config, PoolOptions options)
    : config_(std::move(config)), options_(std::move(options)) {}

Result<Pool::Lent> Pool::Take(const std::stop_token& stop) {
  const auto deadline = SteadyClock::now() + options_.wait;
  for (;;) {
    auto idle = TakeIdle(deadline, stop);
    if (!idle) return std::unexpected(idle.error());
    if (!idle->connection) return OpenNew();
    if (StillGood(*idle)) return Lent(*this, std::move(idle->connection), idle->opened);
    // Its place is free for the next turn, which finds another one or opens it.
    std::vector<Idle> closed;
    closed.push_back(*std::move(idle));
    Forget(std::move(closed), 1);
  }
}

std::size_t Pool::Open() const {
  const std::scoped_lock lock(mutex_);
  return open_;
}

/// An idle connection, or the place for a new one.
Result<Pool::Idle> Pool::TakeIdle(Time deadline, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool come = came_back_.wait_until(
      lock, stop, deadline, [this] { return !idle_.empty() || open_ < options_.most; });
  if (!come && stop.stop_requested())
    return Fail(ErrorCode::kUnavailable, "mysql: stopped while waiting for a connection");
  if (!come) {
    return Fail(ErrorCode::kTimeout, fmt::format("mysql: all {} connections are in use for {} ms",
                                                 options_.most, options_.wait.count()));
  }
  if (idle_.empty()) {
    ++open_;
    return Idle{};
  }
  Idle idle = std::move(idle_.back());
  idle_.pop_back();
  return idle;
}

bool Pool::StillGood(const Idle& idle) const {
  const auto now = SteadyClock::now();
  if (now - idle.opened >= options_.max_age) return false;
  return now - idle.since < options_.check_after || idle.connection->Query("SELECT 1").has_value();
}

Result<Pool::Lent> Pool::OpenNew() {
  auto opened = Connection::Open(config_, options_.connect);
  if (opened && options_.prepare) {
    if (auto prepared = options_.prepare(*opened); !prepared)
      opened = std::unexpected(prepared.error());
  }
  if (opened)
    return Lent(*this, std::make_unique<Connection>(*std::move(opened)), SteadyClock::now());
  Forget({}, 1);
  return std::unexpected(opened.error());
}

void Pool::Return(std::unique_ptr<Connection> connection, Time opened) {
  if (connection->Usable() && connection->InTransaction()) connection->Rollback();
  std::vector<Idle> closed;
  Idle back{std::move(connection), opened, SteadyClock::now()};
  if (back.connection->Usable() && !back.connection->InTransaction()) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(back));
    came_back_.notify_one();
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    closed = std::exchange(idle_, {});
  }
  closed.push_back(std::move(back));
  const auto places = closed.size();
  Forget(std::move(closed), places);
}

/// Closing takes a round trip, or a time-out: not under the lock, and before the places are free,
/// so that there are never more connections than `most`.
void Pool::Forget(std::vector<Idle> closed, std::size_t places) {
  closed.clear();
  const std::scoped_lock lock(mutex_);
  open_ -= places;
  came_back_.notify_all();
}

}  // namespace mon::mysql
