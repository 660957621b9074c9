#include "common/signals.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <future>
#include <stop_token>

namespace mon {
namespace {

/// Waits until `token` is stopped.
void Await(const std::stop_token& token) {
  std::promise<void> stopped;
  const std::stop_callback callback(token, [&stopped] { stopped.set_value(); });
  stopped.get_future().wait();
}

/// Runs `body` in a process of its own, for signals change a process for good; its exit code, or
/// 128 + the signal that ended it.
template <typename Body>
int InChild(const Body& body) {
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(StopSignalsTest, TerminationStopsTheToken) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              if (signals.Token().stop_requested()) _exit(1);
              kill(getpid(), SIGTERM);
              Await(signals.Token());
            }),
            0);
}

TEST(StopSignalsTest, AnInterruptStopsTheToken) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              kill(getpid(), SIGINT);
              Await(signals.Token());
            }),
            0);
}

TEST(StopSignalsTest, ASecondInterruptEndsTheProcess) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              kill(getpid(), SIGINT);
              Await(signals.Token());
              kill(getpid(), SIGINT);
              while (true) pause();
            }),
            130);
}

TEST(StopSignalsTest, ALateTerminationDoesNotKill) {
  EXPECT_EQ(InChild([] {
              {
                const StopSignals signals;
              }
              kill(getpid(), SIGTERM);
            }),
            0);
}

TEST(StopSignalsTest, ABrokenPipeIsAnErrorAndNoSignal) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              int ends[2];
              if (pipe(ends) != 0) _exit(1);
              close(ends[0]);
              _exit(write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 2);
            }),
            0);
}

using namespace std::chrono_literals;

constexpr auto kNever = std::chrono::steady_clock::time_point::max();

TEST(ReloadSignalTest, AHangUpIsARequest) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              ReloadSignal reload;
              if (reload.WaitUntil({}, signals.Token())) _exit(1);
              kill(getpid(), SIGHUP);
              if (!reload.WaitUntil(kNever, signals.Token())) _exit(2);
              if (reload.WaitUntil({}, signals.Token())) _exit(3);
            }),
            0);
}

TEST(ReloadSignalTest, ARequestToStopEndsTheWait) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              ReloadSignal reload;
              kill(getpid(), SIGTERM);
              if (reload.WaitUntil(kNever, signals.Token())) _exit(1);
            }),
            0);
}

TEST(ReloadSignalTest, WithoutItAHangUpEndsTheProcess) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              kill(getpid(), SIGHUP);
              while (true) pause();
            }),
            128 + SIGHUP);
}

TEST(StopLimitTest, EndsAProcessThatIsStillAtWork) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              const StopLimit limit(signals.Token(), 1ms);
              kill(getpid(), SIGTERM);
              while (true) pause();
            }),
            0);
}

TEST(StopLimitTest, WorkThatIsDoneInTimeGoesOnToItsOwnEnd) {
  EXPECT_EQ(InChild([] {
              const StopSignals signals;
              {
                const StopLimit limit(signals.Token(), 1h);
                kill(getpid(), SIGTERM);
                Await(signals.Token());
              }
              _exit(7);
            }),
            7);
}

TEST(StopLimitTest, NothingEndsWithoutARequest) {
  EXPECT_EQ(InChild([] {
              const std::stop_source source;
              {
                const StopLimit limit(source.get_token(), 0ms);
              }
              _exit(7);
            }),
            7);
}

}  // namespace
}  // namespace mon
