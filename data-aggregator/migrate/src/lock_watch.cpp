#include "lock_watch.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace mon::data_aggregator {
namespace {

constexpr std::chrono::milliseconds kLook{100};
constexpr int kLooks = 5;

}  // namespace

LockWatch::LockWatch(mysql::Connection connection, std::uint64_t id)
    : connection_(std::move(connection)),
      id_(id),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

LockWatch::~LockWatch() {
  thread_.request_stop();
  thread_.join();
}

void LockWatch::Begin() {
  const std::scoped_lock lock(mutex_);
  active_ = true;
  told_ = false;
  changed_.notify_all();
}

bool LockWatch::End() {
  const std::scoped_lock lock(mutex_);
  active_ = false;
  return told_;
}

void LockWatch::Run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  int waiting = 0;
  while (!stop.stop_requested()) {
    if (!changed_.wait(lock, stop, [this] { return active_; })) return;
    // Looks only every so often; the statement may begin and end meanwhile.
    changed_.wait_for(lock, stop, kLook, [] { return false; });
    waiting = active_ && WaitsForTable() ? waiting + 1 : 0;
    if (waiting < kLooks) continue;
    waiting = 0;
    told_ = connection_.Execute(fmt::format("KILL QUERY {}", id_)).has_value();
  }
}

bool LockWatch::WaitsForTable() {
  auto rows =
      connection_.Query("SELECT state FROM information_schema.processlist WHERE id = ?", {id_});
  return rows && rows->Next() && rows->Text(0).starts_with("Waiting for table");
}

}  // namespace mon::data_aggregator
