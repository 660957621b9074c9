#include "mysql/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "support/mariadb_server.h"

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::TestDatabase;
using testing::HasSubstr;

class LeaseTest : public testing::Test {
 protected:
  /// Makes the stored owner a process of this host that has ended.
  void KillOwner() {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    database_.Execute("UPDATE leases SET owner_pid = " + std::to_string(child));
  }
  /// Makes it one of another host, of which nothing can be known.
  void MoveOwnerAway() { database_.Execute("UPDATE leases SET owner_boot = 'elsewhere'"); }
  void Expire() { database_.Execute("UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND"); }

  TestDatabase database_;
  Connection first_ = database_.Connect(Account::kProcessor);
  Connection second_ = database_.Connect(Account::kProcessor);
};

TEST_F(LeaseTest, SecondOfTwoLivingRunsIsBusy) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held) << held.error().message;
  const auto second = Lease::Acquire(second_, "processor", 60s);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid())));
}

TEST_F(LeaseTest, JobsDoNotHinderEachOther) {
  EXPECT_TRUE(Lease::Acquire(first_, "processor", 60s));
  EXPECT_TRUE(Lease::Acquire(second_, "delivery", 60s));
}

TEST_F(LeaseTest, ReleasedOneIsFreeAtOnce) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  ASSERT_TRUE(held->Release(first_));
  auto next = Lease::Acquire(second_, "processor", 60s);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->Token(), held->Token() + 1);
}

TEST_F(LeaseTest, DeadOwnerOnThisHostIsReplacedAtOnce) {
  auto held = Lease::Acquire(first_, "processor", 3600s);
  ASSERT_TRUE(held);
  KillOwner();
  auto next = Lease::Acquire(second_, "processor", 60s);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_GT(next->Token(), held->Token());
}

TEST_F(LeaseTest, IsHeldByALivingOwnerOnly) {
  EXPECT_FALSE(*Lease::IsHeld(second_, "processor"));
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 3600s));
  EXPECT_TRUE(*Lease::IsHeld(second_, "processor"));
  MoveOwnerAway();
  EXPECT_TRUE(*Lease::IsHeld(second_, "processor")) << "of another host nothing is known";
  Expire();
  EXPECT_FALSE(*Lease::IsHeld(second_, "processor"));
}

TEST_F(LeaseTest, DeadOwnerHoldsNothing) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 3600s));
  KillOwner();
  EXPECT_FALSE(*Lease::IsHeld(second_, "processor"));
}

TEST_F(LeaseTest, ConnectionOfADeadOwnerIsEnded) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 3600s));
  KillOwner();
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  EXPECT_FALSE(first_.Query("SELECT 1"));
  EXPECT_TRUE(second_.Query("SELECT 1"));
}

TEST_F(LeaseTest, ConnectionOfAnOwnerWhoseTimeIsOverIsEnded) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 60s));
  Expire();
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  EXPECT_FALSE(first_.Query("SELECT 1"));
}

// It stands still between the check and the commit, where it has the row of the lease locked.
TEST_F(LeaseTest, OwnerWhoseTimeIsOverCannotBlock) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  Expire();
  auto transaction = Transaction::Begin(first_);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(held->CheckInTransaction(first_));
  ASSERT_TRUE(second_.Execute("SET innodb_lock_wait_timeout = 1"));
  const auto taken = Lease::Acquire(second_, "processor", 60s);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_FALSE(transaction->Commit());
}

TEST_F(LeaseTest, ConnectionOfAnotherServerRunIsLeftAlone) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 3600s));
  // Taken before the server was started: whose id that is now, nobody knows.
  database_.Execute("UPDATE leases SET acquired_at = NOW(3) - INTERVAL 1 DAY");
  KillOwner();
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  EXPECT_TRUE(first_.Query("SELECT 1"));
}

TEST_F(LeaseTest, OwnerElsewhereIsReplacedOnlyWhenExpired) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 60s));
  MoveOwnerAway();
  const auto early = Lease::Acquire(second_, "processor", 60s);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kBusy);
  Expire();
  EXPECT_TRUE(Lease::Acquire(second_, "processor", 60s));
}

TEST_F(LeaseTest, ExpiresByTheServersClock) {
  ASSERT_TRUE(Lease::Acquire(first_, "processor", 60s));
  EXPECT_EQ(database_.QueryOne("SELECT TIMESTAMPDIFF(SECOND, acquired_at, expires_at) FROM leases"
                               " WHERE name = 'processor'"),
            "60");
}

TEST_F(LeaseTest, RenewExtendsOwnAndRefusesLost) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  Expire();
  EXPECT_TRUE(held->Renew(first_)) << "nobody took it";
  EXPECT_TRUE(held->Renew(first_)) << "within the same millisecond";
  Expire();
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  Connection next = database_.Connect(Account::kProcessor);
  const auto renewed = held->Renew(next);
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().code, ErrorCode::kBusy);
}

TEST_F(LeaseTest, WorkOnTheWayShowsAndIsNoPass) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  held->NotePass();
  ASSERT_TRUE(held->Renew(first_));
  database_.Execute("UPDATE leases SET passed_at = NOW(3) - INTERVAL 1 HOUR");
  ASSERT_TRUE(held->CheckOnTheWay(first_));
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT(worked_at > NOW(3) - INTERVAL 1 MINUTE,"
                               " passed_at > NOW(3) - INTERVAL 1 MINUTE,"
                               " usual_interval_ms IS NULL) FROM leases WHERE name = 'processor'"),
            "101");
}

TEST_F(LeaseTest, ReplacedOwnerCannotCommit) {
  database_.Execute("CREATE TABLE work (a INT)");
  database_.Execute("GRANT INSERT ON work TO '" + database_.Name() + "_processor'@'%'");
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  auto transaction = Transaction::Begin(first_);
  ASSERT_TRUE(first_.Execute("INSERT INTO work VALUES (1)"));
  // Paused here for longer than the lease, and replaced by a run on another host.
  MoveOwnerAway();
  Expire();
  database_.Execute("UPDATE leases SET connection_id = 0");
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  const auto checked = held->CheckInTransaction(first_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kBusy);
}

TEST_F(LeaseTest, CannotBeTakenBetweenCheckAndCommit) {
  auto held = Lease::Acquire(first_, "processor", 1s);
  ASSERT_TRUE(held);
  auto transaction = Transaction::Begin(first_);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(held->CheckInTransaction(first_));
  ASSERT_TRUE(second_.Execute("SET innodb_lock_wait_timeout = 1"));
  const auto other =
      second_.Execute("UPDATE leases SET token = token + 1 WHERE name = 'processor'");
  ASSERT_FALSE(other);
  EXPECT_TRUE(second_.LastErrorWasConflict());
  EXPECT_TRUE(transaction->Commit());
}

TEST_F(LeaseTest, LostOneIsNotGivenAway) {
  auto held = Lease::Acquire(first_, "processor", 60s);
  ASSERT_TRUE(held);
  KillOwner();
  database_.Execute("UPDATE leases SET connection_id = 0");
  ASSERT_TRUE(Lease::Acquire(second_, "processor", 60s));
  EXPECT_TRUE(held->Release(first_));
  EXPECT_FALSE(Lease::Acquire(first_, "processor", 60s));
}

TEST_F(LeaseTest, RowThatIsMissingIsMade) {
  auto held = Lease::Acquire(first_, "new-job", 60s);
  ASSERT_TRUE(held) << held.error().message;
  EXPECT_FALSE(Lease::Acquire(second_, "new-job", 60s));
}

}  // namespace
}  // namespace mon::mysql
