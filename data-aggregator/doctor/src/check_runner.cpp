#include "check_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "common/text.h"

namespace mon::data_aggregator::doctor {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kGrace{2'000};     // for a check that was told to stop
constexpr milliseconds kPatience{1'000};  // until progress is told
constexpr milliseconds kBeat{100};

/// What the threads share; it outlives the call where one of them does.
struct Board {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Outcome>> outcomes;

  void Put(std::size_t index, Outcome outcome) {
    {
      const std::scoped_lock lock(mutex);
      outcomes[index] = std::move(outcome);
    }
    changed.notify_one();
  }
};

Outcome Guarded(const Check& check, const std::stop_token& stop) {
  Outcome outcome;
  try {
    outcome = check.run(stop);
  } catch (const std::exception& error) {
    outcome.Fail(check.name, fmt::format("internal error: {}", error.what()),
                 "this is a bug of ours: report it with this line");
  }
  return outcome;
}

/// A check under way.
struct Run {
  const Check& check;
  std::stop_source stop;
  std::thread thread;
  SteadyClock::time_point until;
};

Outcome NoAnswer(const Check& check) {
  Outcome outcome;
  outcome.Fail(check.name, fmt::format("no answer within {}", FormatDuration(check.limit)),
               "something between here and there swallows what is sent, or the disk stands still: "
               "look at name resolution, firewalls and mounts of this machine");
  return outcome;
}

/// Waits until every check is done or its time is over.
void WaitForAll(Board& board, std::vector<Run>& runs, const std::stop_token& stop,
                const Progress& progress) {
  const auto begun = SteadyClock::now();
  std::unique_lock lock(board.mutex);
  while (true) {
    const auto now = SteadyClock::now();
    bool any = false;
    std::vector<std::string> waiting;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Run& run = runs[i];
      if (board.outcomes[i]) continue;
      if (stop.stop_requested()) run.until = std::min(run.until, now);
      if (now >= run.until) run.stop.request_stop();
      any = any || now < run.until + kGrace;
      waiting.push_back(run.check.name);
    }
    if (!any) return;
    if (now - begun >= kPatience) progress(waiting);
    board.changed.wait_for(lock, kBeat);
  }
}

}  // namespace

CheckResults RunChecks(const std::vector<Check>& checks, const std::stop_token& stop,
                       const Progress& progress) {
  const auto board = std::make_shared<Board>();
  board->outcomes.resize(checks.size());
  std::vector<Run> runs;
  runs.reserve(checks.size());
  for (std::size_t i = 0; i < checks.size(); ++i) {
    std::stop_source source;
    // A copy of the check, for a thread that is left behind.
    std::thread thread([board, i, check = checks[i], token = source.get_token()] {
      board->Put(i, Guarded(check, token));
    });
    runs.push_back({checks[i], source, std::move(thread), SteadyClock::now() + checks[i].limit});
  }
  WaitForAll(*board, runs, stop, progress);
  CheckResults results;
  const std::unique_lock lock(board->mutex);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    const bool done = board->outcomes[i].has_value();
    results.abandoned = results.abandoned || !done;
    results.outcomes.push_back(done ? std::move(*board->outcomes[i]) : NoAnswer(checks[i]));
    // Put notifies outside of the lock, so that a thread that is done needs it no more.
    if (done)
      runs[i].thread.join();
    else
      runs[i].thread.detach();
  }
  return results;
}

}  // namespace mon::data_aggregator::doctor
