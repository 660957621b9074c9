#include "common/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

#include "common/log.h"

namespace mon {

namespace {

/// What a shell reports for a program that an interrupt ended.
constexpr int kInterrupted = 128 + SIGINT;

sigset_t StopSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

sigset_t ReloadSet() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

struct StopSignals::Impl {
  std::stop_source stop;
  std::atomic<bool> closing = false;
  std::thread waiter;

  void Wait() {
    const sigset_t set = StopSet();
    int interrupts = 0;
    while (true) {
      int number = 0;
      if (sigwait(&set, &number) != 0) continue;
      if (closing) return;
      stop.request_stop();
      if (number == SIGINT && ++interrupts == 2) _exit(kInterrupted);
    }
  }
};

StopSignals::StopSignals() : impl_(new Impl) {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t set = StopSet();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // Whether SIGHUP ends the process is a matter of the main thread (see ReloadSignal): the waiter
  // begins with it blocked.
  const sigset_t reload = ReloadSet();
  sigset_t own;
  pthread_sigmask(SIG_BLOCK, &reload, &own);
  impl_->waiter = std::thread([this] { impl_->Wait(); });
  pthread_sigmask(SIG_SETMASK, &own, nullptr);
}

// The signals stay blocked: this object lives until the end of the work, and a late SIGTERM must
// not turn the exit code of a run that has done its work into "killed".
StopSignals::~StopSignals() {
  impl_->closing = true;
  pthread_kill(impl_->waiter.native_handle(), SIGTERM);
  impl_->waiter.join();
  delete impl_;
}

std::stop_token StopSignals::Token() const { return impl_->stop.get_token(); }

ReloadSignal::ReloadSignal() {
  const sigset_t set = ReloadSet();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::thread([this] { Watch(); });
}

ReloadSignal::~ReloadSignal() {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  pthread_kill(watcher_.native_handle(), SIGHUP);
  watcher_.join();
}

void ReloadSignal::Watch() {
  const sigset_t set = ReloadSet();
  while (true) {
    int number = 0;
    if (sigwait(&set, &number) != 0) continue;
    const std::scoped_lock lock(mutex_);
    if (closing_) return;
    requested_ = true;
    changed_.notify_all();
  }
}

bool ReloadSignal::WaitUntil(std::chrono::steady_clock::time_point deadline,
                             const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_until(lock, stop, deadline, [this] { return requested_; });
  return std::exchange(requested_, false);
}

StopLimit::StopLimit(std::stop_token stop, std::chrono::milliseconds limit)
    : watcher_([this, stop = std::move(stop), limit] { Watch(stop, limit); }) {}

StopLimit::~StopLimit() {
  {
    const std::scoped_lock lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  watcher_.join();
}

void StopLimit::Watch(const std::stop_token& stop, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto done = [this] { return done_; };
  if (changed_.wait(lock, stop, done) || changed_.wait_for(lock, limit, done)) return;
  log::Warning(
      "stopped before the work at hand was done: it is rolled back, the next run repeats it");
  _exit(0);
}

}  // namespace mon
