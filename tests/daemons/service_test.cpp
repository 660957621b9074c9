// What a service manager hears.
#include <signal.h>

#include "daemons/daemons_fixture.h"
#include "support/notify_socket.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

class ServiceTest : public DaemonsTest {
 protected:
  /// Reads on until a message begins so.
  std::string ReadUntil(const std::string& head) {
    for (std::string message = manager_.Read(); !message.empty(); message = manager_.Read())
      if (message.starts_with(head)) return message;
    return "no " + head;
  }

  NotifySocket manager_{directory_.Path() + "/notify"};
  Environment manager_environment_ = {{"NOTIFY_SOCKET", manager_.Name()},
                                      {"WATCHDOG_USEC", "800000"}};
};

TEST_P(ServiceTest, IsToldOfTheWholeLife) {
  const auto daemon = Start(manager_environment_);
  EXPECT_EQ(manager_.Read(), "READY=1");
  EXPECT_EQ(ReadUntil("STATUS="), "STATUS=all is well");
  daemon->Signal(SIGHUP);
  EXPECT_THAT(ReadUntil("RELOADING=1"), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(ReadUntil("READY=1"), "READY=1");
  database_.Execute("RENAME TABLE leases TO away");
  EXPECT_THAT(ReadUntil("STATUS="), StartsWith("STATUS=mysql: "));
  database_.Execute("RENAME TABLE away TO leases");
  EXPECT_EQ(ReadUntil("STATUS="), "STATUS=all is well");
  daemon->Signal(SIGTERM);
  EXPECT_EQ(ReadUntil("STOPPING=1"), "STOPPING=1");
  EXPECT_EQ(daemon->Wait(5s), 0);
}

TEST_P(ServiceTest, TheWatchdogIsFedByProgressAlone) {
  const auto daemon = Start(manager_environment_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ReadUntil("WATCHDOG=1"), "WATCHDOG=1");
  mysql::Connection other = database_.Connect(Account::kRoot);
  ASSERT_TRUE(other.Execute("LOCK TABLES leases WRITE"));
  // Held up in its cycle, it falls silent for longer than its manager would wait.
  EXPECT_TRUE(Eventually([&] { return manager_.Read(1s).empty(); }));
  ASSERT_TRUE(other.Execute("UNLOCK TABLES"));
  EXPECT_EQ(ReadUntil("WATCHDOG=1"), "WATCHDOG=1");
}

INSTANTIATE_TEST_SUITE_P(All, ServiceTest, testing::ValuesIn(AllDaemons()));

}  // namespace
}  // namespace mon::test
