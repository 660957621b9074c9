#include "delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "delivery_worker.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;

DeliveryCommand Shell(const std::string& script) { return {{"/bin/sh", "-c", script}}; }

TEST(RunDeliveryTest, GivesTheExitCode) {
  EXPECT_EQ(*RunDelivery(Shell("exit 0"), {}), 0);
  EXPECT_EQ(*RunDelivery(Shell("exit 75"), {}), 75);
}

TEST(RunDeliveryTest, SaysWhichProgramCannotBeStarted) {
  const auto code = RunDelivery({{"/nowhere/alerting-system", "deliver"}}, {});
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(code.error().message, ::testing::HasSubstr("/nowhere/alerting-system"));
}

TEST(RunDeliveryTest, AsksToStopWhenTheTimeIsUp) {
  const auto code = RunDelivery(Shell("trap 'exit 7' TERM; while :; do sleep 0.01; done"), {},
                                {.run = 1s, .drain = 10s});
  EXPECT_EQ(*code, 7);
}

TEST(RunDeliveryTest, KillsWhatDoesNotDrain) {
  const auto code = RunDelivery(Shell("trap '' TERM; while :; do sleep 0.01; done"), {},
                                {.run = 50ms, .drain = 50ms});
  EXPECT_EQ(*code, 128 + SIGKILL);
}

TEST(RunDeliveryTest, AsksToStopWhenWeAreStopped) {
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  const auto code = RunDelivery(Shell("exec sleep 60"), stop.get_token());
  EXPECT_EQ(*code, 128 + SIGTERM);
}

TEST(RunDeliveryTest, ChildTakesSignalsThoughOursAreBlocked) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto code = RunDelivery(Shell("kill -TERM $$; exit 0"), {});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(*code, 128 + SIGTERM);
}

TEST(RunDeliveryTest, ChildGetsNoOtherDescriptorsOfOurs) {
  const int kept_open = dup2(STDERR_FILENO, 9);
  ASSERT_EQ(kept_open, 9);
  const auto code = RunDelivery(Shell("test ! -e /proc/self/fd/9"), {});
  close(kept_open);
  EXPECT_EQ(*code, 0);
}

TEST(FindDeliveryTest, PassesTheSharedFlagsOn) {
  const auto command = FindDelivery({"--config", "a.toml"});
  ASSERT_EQ(command.words.size(), 4U);
  EXPECT_EQ(command.words[1], "deliver");
  EXPECT_EQ(command.words[3], "a.toml");
}

TEST(DeliveryWorkerTest, RunsOneForEachRequestThatFindsNoneRunning) {
  std::mutex mutex;
  std::condition_variable done;
  int runs = 0;
  DeliveryWorker worker(Shell("exit 0"), {}, [&](const Result<int>& code) {
    EXPECT_EQ(*code, 0);
    const std::lock_guard lock(mutex);
    ++runs;
    done.notify_one();
  });
  worker.Request();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(done.wait_for(lock, 10s, [&] { return runs == 1; }));
}

TEST(DeliveryWorkerTest, EndsARunningDeliveryWithItself) {
  std::mutex mutex;
  int code = -1;
  {
    DeliveryWorker worker(Shell("exec sleep 60"), {}, [&](const Result<int>& result) {
      const std::lock_guard lock(mutex);
      code = *result;
    });
    worker.Request();
    for (int i = 0; i < 1000 && !worker.Running(); ++i) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(worker.Running());
  }
  EXPECT_EQ(code, 128 + SIGTERM);
}

}  // namespace
}  // namespace mon::processor
