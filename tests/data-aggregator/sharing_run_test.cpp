#include <fmt/format.h>
#include <signal.h>

#include <regex>

#include "aggregator_fixture.h"
#include "support/hyphenmon.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

constexpr int kApplications = 12;

/// Real daemons that share made-up applications, each with a state directory of its own.
class SharingRunTest : public AggregatorTest {
 protected:
  std::unique_ptr<Background> Start() {
    Environment environment = EnvironmentFor("");
    environment.erase("HYPHENMON_URL");
    environment["MONITORING_STATE_DIR"] = fmt::format("{}/state-{}", directory_.Path(), ++started_);
    std::string text = "[aggregator]\nshare = \"on\"\n";
    for (int i = 0; i < kApplications; ++i)
      text += fmt::format("[[application]]\nname = \"a{}\"\nurl = \"{}\"\n", i, application_.Url());
    return std::make_unique<Background>(
        std::vector<std::string>{Program("data-aggregator"), "--daemon", "--interval", "200ms",
                                 "--listen", "none", "--log-level", "info", "--config",
                                 ConfigFile(text)},
        environment);
  }

  /// Of how many applications the daemon last said that they are its own.
  static int Owned(const Background& daemon) {
    const std::string log = daemon.ErrorText();
    int owned = -1;
    const std::regex line(R"(shares (\d+) of )");
    for (std::sregex_iterator i(log.begin(), log.end(), line), end; i != end; ++i)
      owned = std::stoi((*i)[1]);
    return owned;
  }

  /// True once all of them own something, and together all.
  static testing::AssertionResult EventuallyShared(std::vector<const Background*> daemons) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    do {
      int sum = 0;
      bool all = true;
      for (const Background* daemon : daemons) {
        const int owned = Owned(*daemon);
        all = all && owned > 0;
        sum += owned;
      }
      if (all && sum == kApplications) return testing::AssertionSuccess();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } while (std::chrono::steady_clock::now() < deadline);
    return testing::AssertionFailure() << daemons[0]->ErrorText();
  }

  /// Each application has a row that is newer than now.
  testing::AssertionResult EventuallyAllAreRead() {
    const std::string since = database_.QueryOne("SELECT MAX(timestamp) FROM hyphenmon_metrics");
    return Eventually(
        "SELECT COUNT(DISTINCT application) FROM hyphenmon_metrics WHERE timestamp > " + since,
        std::to_string(kApplications), std::chrono::seconds(60));
  }

  Hyphenmon application_;
  int started_ = 0;
};

TEST_F(SharingRunTest, DaemonsShareAllApplicationsAndTakeOverFromEachOther) {
  const auto first = Start();
  EXPECT_TRUE(EventuallyShared({first.get()}));
  const auto second = Start();
  EXPECT_TRUE(EventuallyShared({first.get(), second.get()}));
  EXPECT_TRUE(EventuallyAllAreRead());
  const auto third = Start();
  EXPECT_TRUE(EventuallyShared({first.get(), second.get(), third.get()}));
  first->Signal(SIGTERM);
  EXPECT_EQ(first->Wait(), 0);
  EXPECT_TRUE(EventuallyShared({second.get(), third.get()}));
  EXPECT_TRUE(
      Eventually("SELECT expires_at IS NOT NULL FROM leases WHERE name = 'aggregator'", "1"))
      << "one of those that stay is the first now";
  second->Signal(SIGKILL);
  second->Wait();
  EXPECT_TRUE(EventuallyShared({third.get()}));
  EXPECT_TRUE(EventuallyAllAreRead());
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) - COUNT(DISTINCT application, timestamp)"
                               " FROM hyphenmon_metrics"),
            "0");
}

TEST_F(SharingRunTest, SinglePassFindsThemAtIt) {
  const auto first = Start();
  EXPECT_TRUE(EventuallyShared({first.get()}));
  EXPECT_EQ(Aggregate(EnvironmentFor(application_.Url())).exit_code, 75);
}

TEST_F(SharingRunTest, OneThatStoodStillForLongerThanItsLeaseCommitsNothing) {
  const auto first = Start();
  const auto second = Start();
  EXPECT_TRUE(EventuallyShared({first.get(), second.get()}));
  second->Signal(SIGSTOP);
  const std::string name = database_.QueryOne(
      fmt::format("SELECT name FROM leases WHERE owner_pid = {}", second->Pid()));
  const std::string token =
      database_.QueryOne("SELECT token FROM leases WHERE name = '" + name + "'");
  database_.Execute("UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE name = '" +
                    name + "'");
  EXPECT_TRUE(
      Eventually("SELECT token > " + token + " FROM leases WHERE name = '" + name + "'", "1"));
  EXPECT_TRUE(EventuallyShared({first.get()}) || Owned(*first) == kApplications);
  second->Signal(SIGCONT);
  EXPECT_TRUE(EventuallyShared({first.get(), second.get()}));
  EXPECT_THAT(second->ErrorText(), HasSubstr("another run has taken over"));
}

}  // namespace
}  // namespace mon::test
