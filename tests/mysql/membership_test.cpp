#include "mysql/membership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "support/mariadb_server.h"

// Members are leases: "aggregator" is the first one's, "aggregator:2" the second one's.

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::TestDatabase;
using testing::ElementsAre;

class MembershipTest : public testing::Test {
 protected:
  Lease Joined(Connection& connection) { return Join(connection, "aggregator", 60s).value(); }

  std::vector<int> SlotsThat(Connection& connection, const Lease& own) {
    std::vector<int> slots;
    const auto members = ReadMembers(connection, own).value();
    for (const Member& member : members) slots.push_back(member.slot);
    return slots;
  }

  void Expire(const Lease& lease) {
    database_.Execute("UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE name = '" +
                      lease.Name() + "'");
  }

  /// Whoever puts a member out ends its connection, where the server is old enough to know it.
  Connection ConnectAgain() { return database_.Connect(Account::kProcessor); }

  TestDatabase database_;
  Connection one_ = database_.Connect(Account::kProcessor);
  Connection other_ = database_.Connect(Account::kProcessor);
};

TEST_F(MembershipTest, EachTakesTheFirstSlotThatIsFree) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  EXPECT_EQ(SlotOf(first), 1);
  EXPECT_EQ(SlotOf(second), 2);
  EXPECT_THAT(SlotsThat(one_, first), ElementsAre(1, 2));
  ASSERT_TRUE(first.Release(one_));
  EXPECT_EQ(SlotOf(Joined(one_)), 1);
}

TEST_F(MembershipTest, WhoseTimeIsOverIsPutOut) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  Expire(second);
  EXPECT_THAT(SlotsThat(one_, first), ElementsAre(1));
  auto new_connection = ConnectAgain();
  EXPECT_EQ(second.Renew(new_connection).error().code, ErrorCode::kBusy)
      << "nor can it commit anything";
}

TEST_F(MembershipTest, OneMovesToTheFirstSlotWhenThatIsFree) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  auto moved = MoveToFirst(other_, second);
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_FALSE(*moved) << "taken";
  ASSERT_TRUE(first.Release(one_));
  moved = MoveToFirst(other_, second);
  ASSERT_TRUE(moved && *moved);
  EXPECT_EQ(SlotOf(**moved), 1);
  EXPECT_THAT(SlotsThat(other_, **moved), ElementsAre(1)) << "and is no longer the second";
}

TEST_F(MembershipTest, OneThatWasPutOutMovesNowhere) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  Expire(second);
  ASSERT_THAT(SlotsThat(one_, first), ElementsAre(1)) << "and others go by that";
  ASSERT_TRUE(first.Release(one_));
  auto new_connection = ConnectAgain();
  const auto moved = MoveToFirst(new_connection, second);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::kBusy) << moved.error().message;
  EXPECT_EQ(SlotOf(Joined(one_)), 1) << "the slot is free for others";
}

TEST_F(MembershipTest, OneThatIsAloneBeginsOnlyWhereThereIsNoOther) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  auto third = ConnectAgain();
  EXPECT_EQ(JoinAlone(third, "aggregator", 60s).error().code, ErrorCode::kBusy);
  ASSERT_TRUE(first.Release(one_));
  const auto busy = JoinAlone(third, "aggregator", 60s);
  ASSERT_EQ(busy.error().code, ErrorCode::kBusy);
  EXPECT_THAT(busy.error().message, testing::HasSubstr("aggregator:2"));
  ASSERT_TRUE(second.Release(other_));
  EXPECT_TRUE(JoinAlone(third, "aggregator", 60s));
}

TEST_F(MembershipTest, OneThatIsAlonePutsOutWhoseTimeIsOver) {
  const Lease first = Joined(one_);
  const Lease second = Joined(other_);
  ASSERT_TRUE(first.Release(one_));
  Expire(second);
  ASSERT_TRUE(JoinAlone(one_, "aggregator", 60s));
  auto connection = ConnectAgain();
  ASSERT_TRUE(connection.Begin());
  EXPECT_EQ(second.CheckInTransaction(connection).error().code, ErrorCode::kBusy);
}

TEST_F(MembershipTest, JobOfOneThatIsAloneMayHaveAnyName) {
  EXPECT_TRUE(JoinAlone(one_, "spool:web-1", 60s));
  EXPECT_TRUE(JoinAlone(other_, "spool:12", 60s));
}

}  // namespace
}  // namespace mon::mysql
