#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/processor_world.h"
#include "source_watch.h"

// What the processor says of sources that are silent, stale or wrong, and of a silent aggregator.

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSources =
    "[[application]]\nname = \"shop\"\nurl = \"http://127.0.0.1:1/metrics\"\n"
    "[[application]]\nname = \"cart\"\nurl = \"http://127.0.0.1:1/metrics\"\n";

class WatchTest : public ::testing::Test {
 protected:
  WatchTest() : world_(kSources) {
    for (const auto* name : {"application:shop", "application:cart"}) AddSource(name);
    world_.Pass();
  }

  /// Reported about a second ago, as every ten seconds, and well.
  void AddSource(const std::string& name) {
    world_.db.Execute(
        "INSERT INTO sources (name, kind, up, succeeded_at, reported_at, usual_interval_ms,"
        " last_sample, fresh_at, usual_step_ms)"
        " VALUES (?, 'application', 1, NOW(3), NOW(3), 10000, 1, NOW(3), 10000)",
        {name});
  }

  void Set(const std::string& assignments, const std::string& where = "1 = 1") {
    world_.db.Execute("UPDATE sources SET " + assignments + " WHERE " + where);
  }

  /// Passes until what was found has been there for some time.
  void Look() {
    world_.Pass();
    world_.db.Execute("UPDATE watches SET seen_at = seen_at - INTERVAL 1 MINUTE");
    world_.Pass();
    world_.Pass();
  }

  /// Both sources have gone; `stop` and `progress` go to a look of this process.
  void LookWith(const std::stop_token& stop, const std::function<void()>& progress) {
    Set("up = 0, failing_since = NOW(3) - INTERVAL 3 MINUTE, error_class = 'timeout'");
    Config config;
    for (const auto* name : {"shop", "cart"}) config.applications.emplace_back().name = name;
    config.smtp.maildir = world_.Directory();
    const auto setup = processor::Prepare(config);
    ASSERT_TRUE(setup) << setup.error().message;
    auto connection = world_.db.Connect(Account::kProcessor);
    const auto lease = mysql::Lease::Acquire(connection, "processor", std::chrono::seconds(60));
    ASSERT_TRUE(lease) << lease.error().message;
    processor::Summary summary;
    EXPECT_TRUE(processor::WatchSources(*setup, connection, &*lease, summary, stop, progress));
  }

  std::string StateOf(const std::string& subject) {
    return world_.db.QueryOne("SELECT state FROM watches WHERE subject = '" + subject + "'");
  }

  ProcessorWorld world_;
};

TEST_F(WatchTest, SourcesThatAreWellHaveARowAndNoMail) {
  Look();
  EXPECT_EQ(StateOf("application:shop"), "OK");
  EXPECT_EQ(StateOf("aggregator"), "OK");
  EXPECT_THAT(world_.Subjects(), IsEmpty());
}

TEST_F(WatchTest, UnreachableSourceIsTwoMailsAndOneAlert) {
  Set("up = 0, failing_since = NOW(3) - INTERVAL 3 MINUTE, error_class = 'unavailable',"
      " error = 'connection refused'",
      "name = 'application:shop'");
  Look();
  EXPECT_EQ(StateOf("application:shop"), "NODATA");
  EXPECT_THAT(world_.Subjects(), ElementsAre(AllOf(HasSubstr("PROBLEM critical"),
                                                   HasSubstr("shop: no data for 3 min"))));
  EXPECT_THAT(world_.Mails(), ElementsAre(HasSubstr("connection refused")));
  EXPECT_EQ(world_.db.QueryOne("SELECT CONCAT(rule, ' ', application, ' ', status) FROM alerts"),
            "no-data shop firing");

  Set("up = 1, failing_since = NULL", "name = 'application:shop'");
  Look();
  EXPECT_EQ(StateOf("application:shop"), "OK");
  EXPECT_THAT(world_.Subjects(), AllOf(SizeIs(2), Contains(HasSubstr("RESOLVED critical"))));
  EXPECT_EQ(world_.db.QueryOne("SELECT CONCAT(COUNT(*), MIN(status)) FROM alerts"), "1resolved");
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alert_events"), "2");
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM watches WHERE told_since IS NOT NULL"), "0");
}

TEST_F(WatchTest, SourceThatRepeatsItsSampleIsStale) {
  Set("fresh_at = NOW(3) - INTERVAL 3 MINUTE", "name = 'application:cart'");
  Look();
  EXPECT_EQ(StateOf("application:cart"), "STALE");
  EXPECT_THAT(world_.Subjects(), ElementsAre(HasSubstr("cart: the same data for 3 min")));
}

TEST_F(WatchTest, SourceThatAnswersNonsenseIsAnError) {
  Set("up = 0, failing_since = NOW(3) - INTERVAL 3 MINUTE, error_class = 'bad reply'",
      "name = 'application:cart'");
  Look();
  EXPECT_EQ(StateOf("application:cart"), "ERROR");
  EXPECT_THAT(world_.Subjects(), ElementsAre(HasSubstr("cart: no usable data")));
}

TEST_F(WatchTest, SilentAggregatorIsOneMailNotOneForEachSource) {
  Set("reported_at = NOW(3) - INTERVAL 5 MINUTE, fresh_at = NOW(3) - INTERVAL 5 MINUTE");
  Look();
  EXPECT_EQ(StateOf("aggregator"), "NODATA");
  EXPECT_EQ(StateOf("application:shop"), "OK");
  EXPECT_THAT(world_.Subjects(), ElementsAre(HasSubstr("aggregator: no data for 5 min")));
  EXPECT_THAT(world_.Mails(), ElementsAre(HasSubstr("doctor")));
  Set("reported_at = NOW(3), fresh_at = NOW(3)");
  Look();
  EXPECT_THAT(world_.Subjects(), SizeIs(2));
}

TEST_F(WatchTest, SourceThatIsNoLongerConfiguredIsNotMissed) {
  AddSource("application:old");
  Set("reported_at = NOW(3) - INTERVAL 5 DAY", "name = 'application:old'");
  Look();
  EXPECT_THAT(world_.Subjects(), IsEmpty());
}

TEST_F(WatchTest, ProblemOfASourceThatIsTakenOutOfTheConfigurationEnds) {
  Set("up = 0, failing_since = NOW(3) - INTERVAL 3 MINUTE, error_class = 'timeout'",
      "name = 'application:cart'");
  Look();
  world_.WriteConfig(
      "[smtp]\nfrom = \"monitoring@example.org\"\nto = [\"oncall@example.org\"]\n"
      "maildir = \"mails\"\n[[application]]\nname = \"shop\"\nurl = \"http://127.0.0.1:1/\"\n");
  Look();
  EXPECT_THAT(world_.Subjects(), SizeIs(2));
}

TEST_F(WatchTest, SourceThatWasNeverReadIsNotMissed) {
  world_.db.Execute("DELETE FROM watches");
  Set("succeeded_at = NULL, up = 0, failing_since = NOW(3) - INTERVAL 1 DAY");
  Look();
  EXPECT_THAT(world_.Subjects(), IsEmpty());
}

TEST(WatchOfOtherDatabaseTest, DatabaseThatOtherProgramsFillRaisesNothing) {
  ProcessorWorld world;
  world.Insert(world.now - 86'400, 0.1);
  world.Pass();
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM watches"), "0");
  EXPECT_THAT(world.Subjects(), IsEmpty());
}

TEST_F(WatchTest, DryRunTellsAndWritesNothing) {
  Set("up = 0, failing_since = NOW(3) - INTERVAL 3 MINUTE", "name = 'application:shop'");
  world_.Pass();
  world_.db.Execute("UPDATE watches SET seen_at = seen_at - INTERVAL 1 MINUTE");
  const auto run = world_.Run({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("no usable data"));
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM notifications"), "0");
}

TEST_F(WatchTest, ManySourcesThatGoAtOnceAreProgressOneByOne) {
  int progress = 0;
  LookWith({}, [&] { ++progress; });
  EXPECT_EQ(progress, 2);
  EXPECT_EQ(StateOf("application:cart"), "NODATA");
  EXPECT_EQ(StateOf("application:shop"), "NODATA");
}

TEST_F(WatchTest, RequestToStopIsHeardBetweenTwoSources) {
  std::stop_source stop;
  LookWith(stop.get_token(), [&] { stop.request_stop(); });
  EXPECT_EQ(StateOf("application:cart"), "NODATA");
  EXPECT_EQ(StateOf("application:shop"), "OK");
}

TEST_F(WatchTest, PassThatWentThroughIsRecorded) {
  EXPECT_EQ(world_.db.QueryOne("SELECT passed_at > NOW(3) - INTERVAL 1 MINUTE FROM leases"
                               " WHERE name = 'processor'"),
            "1");
}

TEST_F(WatchTest, AlertsGoOutThoughTheWatchFails) {
  world_.db.Execute("RENAME TABLE watches TO watches_away");
  world_.Insert(world_.now - 50, 0.9);
  world_.db.Execute("UPDATE hyphenmon_metrics SET application = 'shop'");
  EXPECT_EQ(world_.Run().exit_code, 78);
  EXPECT_THAT(world_.Subjects(), SizeIs(1));
}

}  // namespace
}  // namespace mon::test
