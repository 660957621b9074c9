#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "mysql/lease.h"
#include "processor/processor_world.h"

// What goes wrong around a pass, and that nothing is lost or doubled by it.

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Polls a condition of the database, which cannot be awaited.
template <typename Condition>
void WaitFor(const Condition& condition) {
  for (int i = 0; i < 2'000; ++i) {
    if (condition()) return;
    usleep(10'000);
  }
  FAIL() << "it did not happen within 20 s";
}

TEST(TroubleTest, MissingTablesAreABadConfiguration) {
  ProcessorWorld world;
  world.db.Execute("DROP TABLE processed_ranges, schema_version");
  const auto run = world.Run();
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("--migrate"));
}

TEST(TroubleTest, WrongPasswordIsRefusedAndNotShown) {
  ProcessorWorld world;
  auto environment = world.Environment();
  environment["MYSQL_PASSWORD"] = "wrong-Secret.2";
  const auto run = test::Run({Program("processor"), "--config", world.ConfigFile()}, environment);
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, ::testing::Not(HasSubstr("wrong-Secret.2")));
}

TEST(TroubleTest, UnreachableServerIsUnavailable) {
  ProcessorWorld world;
  auto environment = world.Environment();
  environment["MYSQL_PORT"] = "1";
  EXPECT_EQ(
      test::Run({Program("processor"), "--config", world.ConfigFile()}, environment).exit_code, 69);
}

TEST(TroubleTest, SecondOfTwoRunsLeavesQuietly) {
  ProcessorWorld world;
  auto other = world.db.Connect(Account::kProcessor);
  auto lease = mysql::Lease::Acquire(other, "processor", 60s);
  ASSERT_TRUE(lease);
  const auto quiet = world.Run();
  EXPECT_EQ(quiet.exit_code, 75);
  EXPECT_EQ(quiet.err, "");
  EXPECT_THAT(world.Run({"--log-level", "info"}).err, HasSubstr("lease"));
  ASSERT_TRUE(lease->Release(other));
  world.Pass();
}

TEST(TroubleTest, RunsAtOnceAlertOnce) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 50, 0.9);
  std::vector<std::unique_ptr<Background>> runs;
  for (int i = 0; i < 4; ++i) {
    runs.push_back(std::make_unique<Background>(
        std::vector<std::string>{Program("processor"), "--config", world.ConfigFile()},
        world.Environment()));
  }
  int done = 0;
  for (const auto& run : runs) {
    const int code = run->Wait(60s);
    EXPECT_THAT(code, ::testing::AnyOf(0, 75)) << run->ErrorText();
    done += code == 0 ? 1 : 0;
  }
  EXPECT_GE(done, 1);
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, LostLeaseRollsThePageBack) {
  ProcessorWorld world;
  world.Insert(world.now - 50, 0.9);
  // The lease is taken away in the middle of the pass: when the alert is inserted.
  world.db.Execute(
      "CREATE TRIGGER steal AFTER INSERT ON alerts FOR EACH ROW"
      " UPDATE leases SET token = token + 1 WHERE name = 'processor'");
  EXPECT_EQ(world.Run().exit_code, 75);
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM processed_ranges"), "0");
  world.db.Execute("DROP TRIGGER steal");
  world.db.Execute("UPDATE leases SET expires_at = NULL");
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, KilledAtAnyStatementDoesTheSameAgain) {
  // What a pass decides is one transaction, what it tells another.
  for (const std::string table :
       {"alerts", "alert_tellings", "processed_ranges", "notifications", "notification_alerts"}) {
    SCOPED_TRACE(table);
    ProcessorWorld world;
    world.Pass();
    world.Insert(world.now - 60, 0.1);
    world.Insert(world.now - 50, 0.9);
    // A pass that inserts into the table stands still in that statement, while `hold` has a row.
    world.db.Execute("CREATE TABLE hold (here INT)");
    world.db.Execute("INSERT INTO hold VALUES (1)");
    world.db.Execute(
        "CREATE TRIGGER stand_still BEFORE INSERT ON " + table +
        " FOR EACH ROW SET @slept = IF((SELECT COUNT(*) FROM hold) > 0, SLEEP(60), 0)");
    Background run({Program("processor"), "--config", world.ConfigFile()}, world.Environment());
    WaitFor([&] {
      return world.db.QueryOne("SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" +
                               world.db.Name() + "' AND state = 'User sleep'") == "1";
    });
    run.Signal(SIGKILL);
    EXPECT_EQ(run.Wait(), 128 + SIGKILL);
    const bool decided = table.starts_with("notification");
    EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), decided ? "1" : "0");
    EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM notifications"), "0");

    world.db.Execute("DELETE FROM hold");
    world.Pass();  // replaces the dead owner and ends what it still does on the server
    world.Pass();
    EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
    EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alert_events"), "1");
    EXPECT_THAT(world.Subjects(), SizeIs(1));
  }
}

TEST(TroubleTest, PassThatOtherTransactionsHinderIsMadeAgain) {
  ProcessorWorld world;
  world.Pass();
  world.Insert(world.now - 50, 0.9);
  // Fails as a deadlock does, once a session.
  world.db.Execute(
      "CREATE TRIGGER conflict BEFORE INSERT ON alerts FOR EACH ROW BEGIN"
      " IF @conflicts IS NULL THEN"
      "  SET @conflicts = 1;"
      "  SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213;"
      " END IF; END");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, AlertOfARuleThatIsGoneIsEnded) {
  ProcessorWorld world("[[rule]]\nname = \"old\"\nexpr = \"error_rate > 0.5\"\n");
  world.Pass();
  world.Insert(world.now - 50, 0.9);
  world.Pass();
  world.WriteConfig(
      "[smtp]\nfrom = \"monitoring@example.org\"\nto = [\"oncall@example.org\"]\n"
      "maildir = \"mails\"\n[[rule]]\nname = \"new\"\nexpr = \"error_rate > 0.95\"\n");
  world.Insert(world.now - 40, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT rule, status FROM alerts"),
            (std::vector<std::vector<std::string>>{{"old", "resolved"}}));
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(2));
  EXPECT_THAT(mails[1], HasSubstr("no longer in the configuration"));
}

TEST(TroubleTest, MailThatCannotBeDeliveredStaysQueuedAndGoesOutOnce) {
  ProcessorWorld world;
  world.Pass();
  // A file where the Maildir should be.
  std::ofstream(world.Directory() + "/mails") << "in the way";
  world.Insert(world.now - 50, 0.9);
  const auto failed = world.Run();
  EXPECT_EQ(failed.exit_code, 69) << failed.err;
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM notification_recipients"), "queued");

  // A mail that waits for its next attempt is no failure.
  EXPECT_EQ(world.Run().exit_code, 0);
  std::filesystem::remove(world.Directory() + "/mails");
  world.db.Execute("UPDATE notification_recipients SET next_attempt_at = NOW(3)");
  world.Pass();
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, DeliveryThatIsAtWorkIsLeftAlone) {
  ProcessorWorld world;
  world.Pass();
  auto other = world.db.Connect(Account::kProcessor);
  auto lease = mysql::Lease::Acquire(other, "delivery", 60s);
  ASSERT_TRUE(lease);
  world.Insert(world.now - 50, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), IsEmpty());
  ASSERT_TRUE(lease->Release(other));
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, DeliveryThatDiedIsReplacedAtOnce) {
  ProcessorWorld world;
  world.Pass();
  auto other = world.db.Connect(Account::kProcessor);
  ASSERT_TRUE(mysql::Lease::Acquire(other, "delivery", 3600s));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  world.db.Execute("UPDATE leases SET owner_pid = " + std::to_string(child) +
                   " WHERE name = 'delivery'");
  world.Insert(world.now - 50, 0.9);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST(TroubleTest, StoppedPassEndsWell) {
  ProcessorWorld world;
  Background run({Program("processor"), "--config", world.ConfigFile(), "--daemon", "--interval",
                  "200ms", "--listen", "none"},
                 world.Environment());
  WaitFor([&] { return world.db.QueryOne("SELECT COUNT(*) FROM processed_ranges") == "1"; });
  run.Signal(SIGTERM);
  EXPECT_EQ(run.Wait(5s), 0);
  EXPECT_EQ(run.ErrorText(), "");
  EXPECT_EQ(world.db.QueryOne("SELECT expires_at FROM leases WHERE name = 'processor'"), "NULL");
}

TEST(TroubleTest, StoppedPassDoesNotWaitForALock) {
  for (const std::string mode : {"--once", "--daemon"}) {
    SCOPED_TRACE(mode);
    ProcessorWorld world;
    world.Pass();
    world.Insert(world.now - 50, 0.9);
    world.db.Execute("START TRANSACTION");
    world.db.Execute("UPDATE processed_ranges SET last_id = last_id + 1");
    Background run({Program("processor"), "--config", world.ConfigFile(), mode},
                   world.Environment());
    WaitFor([&] {
      return world.db.QueryOne(
                 "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" +
                 world.db.Name() +
                 "' AND info LIKE '%processed_ranges%' AND info NOT LIKE 'SELECT%'") == "1";
    });
    run.Signal(SIGTERM);
    EXPECT_EQ(run.Wait(6s), 0);
    EXPECT_THAT(run.ErrorText(), HasSubstr("rolled back"));
    world.db.Execute("ROLLBACK");
    EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
    world.Pass();
    EXPECT_THAT(world.Subjects(), SizeIs(1));
  }
}

TEST(TroubleTest, UnknownTimeZoneIsABadConfiguration) {
  ProcessorWorld world;
  world.WriteConfig("[mail]\ntime_zone = \"Europe/Nowhere\"\n");
  const auto run = world.Run();
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("Europe/Nowhere"));
}

TEST(TroubleTest, BadRuleIsRefusedBeforeAnythingIsOpened) {
  ProcessorWorld world("[[rule]]\nname = \"x\"\nexpr = \"error_rate >\"\n");
  const auto run = world.Run();
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("monitoring.toml"));
}

}  // namespace
}  // namespace mon::test
