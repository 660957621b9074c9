#include "common/service_notifier.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "support/child_process.h"
#include "support/notify_socket.h"

namespace mon {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

class ServiceNotifierTest : public testing::Test {
 protected:
  ~ServiceNotifierTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(ServiceNotifierTest, TellsAllItsStates) {
  const test::NotifySocket manager(directory_.Path() + "/notify");
  setenv("NOTIFY_SOCKET", manager.Name().c_str(), 1);
  const ServiceNotifier notifier;
  notifier.Ready();
  EXPECT_EQ(manager.Read(), "READY=1");
  notifier.Status("mysql: refused\nREADY=1");
  EXPECT_EQ(manager.Read(), "STATUS=mysql: refused\\nREADY=1");
  notifier.Stopping();
  EXPECT_EQ(manager.Read(), "STOPPING=1");
}

TEST_F(ServiceNotifierTest, ReloadingCarriesTheMonotonicTime) {
  const test::NotifySocket manager(directory_.Path() + "/notify");
  setenv("NOTIFY_SOCKET", manager.Name().c_str(), 1);
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  ServiceNotifier().Reloading();
  const std::string message = manager.Read();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_THAT(message, StartsWith(head));
  const std::chrono::microseconds told(std::stoll(message.substr(head.size())));
  EXPECT_GE(told, std::chrono::floor<std::chrono::microseconds>(before));
  EXPECT_LE(told, std::chrono::steady_clock::now().time_since_epoch());
}

TEST_F(ServiceNotifierTest, KnowsAbstractSockets) {
  const test::NotifySocket manager(fmt::format("@mon-notify-test-{}", getpid()));
  setenv("NOTIFY_SOCKET", manager.Name().c_str(), 1);
  ServiceNotifier().Ready();
  EXPECT_EQ(manager.Read(), "READY=1");
}

TEST_F(ServiceNotifierTest, WhereNobodyListensNothingHappens) {
  for (const std::string& name : {std::string(), std::string("relative"), std::string("/nowhere"),
                                  "/" + std::string(200, 'x'), std::string("@nobody")}) {
    setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_NO_THROW(ServiceNotifier().Ready()) << name;
  }
}

TEST_F(ServiceNotifierTest, FeedsTheWatchdogOfThisProcessAlone) {
  setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(ServiceNotifier().WatchdogTime(), 3s);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(ServiceNotifier().WatchdogTime(), 3s);
  setenv("WATCHDOG_PID", std::to_string(getppid()).c_str(), 1);
  EXPECT_EQ(ServiceNotifier().WatchdogTime(), std::nullopt);
  unsetenv("WATCHDOG_PID");
  for (const char* wrong : {"0", "-5", "soon", ""}) {
    setenv("WATCHDOG_USEC", wrong, 1);
    EXPECT_EQ(ServiceNotifier().WatchdogTime(), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace mon
