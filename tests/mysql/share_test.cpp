#include "mysql/share.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

namespace mon::mysql {
namespace {

using testing::ElementsAre;

constexpr int kTargets = 10'000;

std::string Target(int i) { return "application:shop-" + std::to_string(i); }

/// Members with these slots, token 10 × slot.
Members Of(std::initializer_list<int> slots) {
  std::vector<Member> members;
  for (const int slot : slots) members.push_back({slot, static_cast<std::uint64_t>(slot) * 10, ""});
  return Members(members);
}

/// The rows of `leases`, and the members that write them: what one of them publishes the others
/// see when they look next.
class ShareTest : public testing::Test {
 protected:
  struct One {
    int slot = 0;
    std::uint64_t token = 0;
    Share share{};
  };

  One Join(int slot) {
    rows_[slot] = {slot, ++token_, ""};
    return {slot, token_};
  }

  /// Its lease is given back, or it was put out.
  void Leave(const One& one) { rows_.erase(one.slot); }

  void Look(One& one) const {
    std::vector<Member> members;
    for (const auto& [slot, row] : rows_) members.push_back(row);
    one.share.See(one.slot, one.token, members);
  }

  void Agree(One& one) {
    if (const auto text = one.share.Agree()) rows_[one.slot].agreed = *text;
  }

  /// A whole beat.
  void Settle(One& one) {
    Look(one);
    Agree(one);
    Look(one);
  }

  void SettleAll(std::initializer_list<One*> all) {
    for (int round = 0; round < 2; ++round)
      for (One* one : all) Settle(*one);
  }

  /// So many, in the slots from 1 on, that have agreed.
  template <std::size_t kCount>
  std::array<One, kCount> Settled() {
    std::array<One, kCount> all;
    for (std::size_t i = 0; i < kCount; ++i) all[i] = Join(static_cast<int>(i) + 1);
    for (int round = 0; round < 2; ++round)
      for (One& one : all) Settle(one);
    return all;
  }

  static int CountOwned(const One& one) {
    int count = 0;
    for (int i = 0; i < kTargets; ++i) count += one.share.Owns(Target(i)) ? 1 : 0;
    return count;
  }

  /// How many targets have that many owners among `all`: {0: …, 1: …, 2: …}.
  static std::map<int, int> Owners(std::initializer_list<const One*> all) {
    std::map<int, int> counts;
    for (int i = 0; i < kTargets; ++i) {
      int owners = 0;
      for (const One* one : all) owners += one->share.Owns(Target(i)) ? 1 : 0;
      ++counts[owners];
    }
    return counts;
  }

  std::map<int, Member> rows_;
  std::uint64_t token_ = 0;
};

using OwnedOnce = std::map<int, int>;

TEST(MembersTest, AreToldInTheOrderOfTheirSlots) {
  EXPECT_EQ(Of({3, 1, 2}).Text(), "1:10,2:20,3:30");
  EXPECT_EQ(Of({3, 1}), Of({1, 3}));
}

// Pinned: a release that decided otherwise would own what an older one beside it owns.
TEST(MembersTest, DecideTheSameInEveryRelease) {
  const Members members = Of({1, 2, 3, 4});
  std::vector<int> owners;
  for (int i = 0; i < 8; ++i) owners.push_back(members.OwnerOf(Target(i)));
  EXPECT_THAT(owners, ElementsAre(2, 3, 1, 3, 3, 3, 2, 3));
}

TEST(MembersTest, NobodyOwnsWhereThereIsNoMember) { EXPECT_EQ(Members().OwnerOf("a"), 0); }

TEST(MembersTest, OwnEquallyMuch) {
  const Members members = Of({1, 2, 3, 4, 5});
  std::map<int, int> owned;
  for (int i = 0; i < kTargets; ++i) ++owned[members.OwnerOf(Target(i))];
  for (const auto& [slot, count] : owned) EXPECT_NEAR(count, kTargets / 5, kTargets / 50) << slot;
}

TEST(MembersTest, OneMoreTakesFromAllAndMovesNothingElse) {
  const Members before = Of({1, 2, 3});
  const Members after = Of({1, 2, 3, 4});
  int moved = 0;
  for (int i = 0; i < kTargets; ++i) {
    if (before.OwnerOf(Target(i)) == after.OwnerOf(Target(i))) continue;
    EXPECT_EQ(after.OwnerOf(Target(i)), 4);
    ++moved;
  }
  EXPECT_NEAR(moved, kTargets / 4, kTargets / 50);
}

TEST_F(ShareTest, OwnsNothingBeforeItHasAgreed) {
  One one = Join(1);
  Look(one);
  EXPECT_FALSE(one.share.Owns(Target(0)));
  EXPECT_FALSE(one.share.First());
}

TEST_F(ShareTest, OwnsAllWhereItIsAlone) {
  One one = Join(1);
  Settle(one);
  EXPECT_EQ(CountOwned(one), kTargets);
  EXPECT_TRUE(one.share.First());
  EXPECT_TRUE(one.share.Settled());
}

TEST_F(ShareTest, OnceAllAgreeEachTargetHasOneOwner) {
  auto [one, two, three] = Settled<3>();
  EXPECT_EQ(Owners({&one, &two, &three}), (OwnedOnce{{1, kTargets}}));
  EXPECT_TRUE(one.share.First());
  EXPECT_FALSE(two.share.First());
}

TEST_F(ShareTest, NewOneWaitsForThoseWhoHaveNotAgreed) {
  One one = Join(1);
  Settle(one);
  One two = Join(2);
  Settle(two);
  EXPECT_EQ(CountOwned(two), 0);
  EXPECT_THAT(two.share.Waiting(), ElementsAre(1));
  EXPECT_EQ(CountOwned(one), kTargets) << "it has not looked yet";
}

TEST_F(ShareTest, OldOneGoesOnWithWhatStaysItsOwn) {
  auto [one, two] = Settled<2>();
  const int before = CountOwned(one);
  One three = Join(3);
  Settle(one);
  EXPECT_FALSE(one.share.Settled());
  EXPECT_LT(CountOwned(one), before);
  EXPECT_NEAR(CountOwned(one), kTargets / 3, kTargets / 50);
}

TEST_F(ShareTest, NothingIsGivenUpByLookingAlone) {
  One one = Join(1);
  Settle(one);
  Join(2);
  Look(one);
  EXPECT_EQ(CountOwned(one), kTargets) << "work may be under way";
}

TEST_F(ShareTest, OnesThatStayTakeOverFromOneThatLeft) {
  auto [one, two, three] = Settled<3>();
  Leave(two);
  Settle(one);
  EXPECT_EQ(Owners({&one, &three})[2], 0);
  Settle(three);
  Settle(one);
  EXPECT_EQ(Owners({&one, &three}), (OwnedOnce{{1, kTargets}}));
}

TEST_F(ShareTest, OneThatSharesWithNobodyIsWaitedForAlways) {
  rows_[1] = {1, ++token_, ""};  // a run from cron
  One two = Join(2);
  Settle(two);
  Settle(two);
  EXPECT_EQ(CountOwned(two), 0);
}

// Its predecessor in the slot has left its text behind.
TEST_F(ShareTest, AgreementOfAnEarlierOwnerIsNone) {
  auto [one, two] = Settled<2>();
  rows_[2].token = ++token_;
  Settle(one);
  EXPECT_FALSE(one.share.Settled());
  EXPECT_THAT(one.share.Waiting(), ElementsAre(2));
}

TEST_F(ShareTest, LostLeaseTakesAllAway) {
  One one = Join(1);
  Settle(one);
  rows_[1] = {1, ++token_, ""};
  Look(one);
  EXPECT_FALSE(one.share.OwnsAny());
}

TEST_F(ShareTest, NewLeaseBeginsWithNothing) {
  One one = Join(1);
  Settle(one);
  const One again = Join(1);
  one.token = again.token;
  Look(one);
  EXPECT_FALSE(one.share.OwnsAny());
}

TEST_F(ShareTest, WhoMovesToAnotherSlotKeepsWhatStaysItsOwn) {
  auto [one, two, three] = Settled<3>();
  Leave(one);
  Leave(two);
  rows_[1] = {1, ++token_, ""};
  two.share.Move(1, token_);
  two.slot = 1;
  two.token = token_;
  Settle(two);
  EXPECT_GT(CountOwned(two), 0);
  EXPECT_EQ(Owners({&two, &three})[2], 0);
  SettleAll({&three, &two});
  EXPECT_EQ(Owners({&two, &three}), (OwnedOnce{{1, kTargets}}));
}

// Every order in which three members may look and agree while a fourth comes, and one goes.
TEST_F(ShareTest, NoTargetEverHasTwoOwnersInAnyOrderOfSteps) {
  constexpr int kSteps = 7;  // of four members: 4^7 orders
  for (int order = 0; order < 1 << (2 * kSteps); order += 5) {
    rows_.clear();
    const auto three = Settled<3>();
    std::vector<One> all(three.begin(), three.end());
    all.push_back(Join(4));
    bool left = false;
    for (int step = 0; step < kSteps; ++step) {
      One& one = all[static_cast<std::size_t>(order >> (2 * step)) % 4];
      if (one.slot == 2 && left) continue;
      if (one.slot == 2 && step > 2) {
        Leave(one);
        one.share = Share();
        left = true;
        continue;
      }
      Look(one);
      if (step % 2 == 1) Agree(one);
      for (int i = 0; i < 40; ++i) {
        int owners = 0;
        for (const One& other : all) owners += other.share.Owns(Target(i)) ? 1 : 0;
        ASSERT_LE(owners, 1) << "order " << order << ", step " << step << ", " << Target(i);
      }
    }
  }
}

}  // namespace
}  // namespace mon::mysql
