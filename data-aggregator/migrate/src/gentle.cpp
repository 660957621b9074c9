#include "data_aggregator/gentle.h"

#include <fmt/format.h>

#include <thread>
#include <utility>

#include "lock_watch.h"

namespace mon::data_aggregator {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kInterrupted = 1317;
/// An ALTER beside running writers can stumble over a row that is deleted and inserted meanwhile
/// (MySQL manual, "Online DDL Failure Conditions"). A real duplicate stays one.
constexpr int kDuplicate = 1062;
constexpr int kDuplicateAttempts = 10;

}  // namespace

Gentle::Gentle(mysql::Connection& connection, std::chrono::seconds patience,
               std::function<void(const std::string&)> progress)
    : connection_(connection), patience_(patience), progress_(std::move(progress)) {
  (void)connection_.Execute("SET @gentle = @@lock_wait_timeout, lock_wait_timeout = 1");
  // Without a second session the whole second has to do.
  if (auto second = connection_.OpenAnother())
    watch_ = std::make_unique<LockWatch>(std::move(*second), connection_.Id());
}

Gentle::~Gentle() { (void)connection_.Execute("SET lock_wait_timeout = @gentle"); }

Result<void> Gentle::Execute(const std::string& sql) {
  const auto deadline = SteadyClock::now() + patience_;
  bool told = false;
  int duplicates = 0;
  for (;;) {
    const auto begun = SteadyClock::now();
    if (watch_) watch_->Begin();
    const auto done = connection_.Execute(sql);
    const int error = connection_.LastErrorNumber();
    const bool conflict = connection_.LastErrorWasConflict() || error == kInterrupted ||
                          (error == kDuplicate && ++duplicates < kDuplicateAttempts);
    if (watch_ && watch_->End() && error != kInterrupted) (void)connection_.Execute("DO 0");
    if (done) return {};
    if (!conflict) return std::unexpected(done.error());
    if (SteadyClock::now() >= deadline)
      return Fail(ErrorCode::kTimeout,
                  fmt::format("{}; a transaction has been using the table for {} s: end it (SHOW "
                              "PROCESSLIST shows it) and run this again",
                              done.error().message, patience_.count()));
    if (!std::exchange(told, true)) progress_("waiting for a transaction that uses the table");
    // Give way for as long as others were held up.
    std::this_thread::sleep_for(SteadyClock::now() - begun);
  }
}

}  // namespace mon::data_aggregator
