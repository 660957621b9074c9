#include "spool_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "support/child_process.h"

namespace mon::data_aggregator {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;

class SpoolStateTest : public testing::Test {
 protected:
  void Save(std::uint64_t freed, bool durable) const {
    const SpoolState state{freed, freed + 5, {{outcome::kInserted, freed}}};
    const auto saved = SaveSpoolState(file_, state, durable);
    ASSERT_TRUE(saved) << saved.error().message;
  }

  [[nodiscard]] std::uint64_t Freed() const {
    const auto state = LoadSpoolState(file_);
    EXPECT_TRUE(state);
    return state ? state->freed : 0;
  }

  [[nodiscard]] std::string Bytes() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void Become(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  test::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.Path() + "/state";
};

TEST_F(SpoolStateTest, IsFreshAtFirst) { EXPECT_EQ(Freed(), 0U); }

TEST_F(SpoolStateTest, GivesBackWhatWasSavedLast) {
  for (std::uint64_t freed = 1; freed <= 6; ++freed) {
    Save(freed, freed % 3 == 0);
    const auto state = LoadSpoolState(file_);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->freed, freed);
    EXPECT_EQ(state->last, freed + 5);
    EXPECT_EQ(state->totals, (Outcomes{{outcome::kInserted, freed}}));
  }
}

TEST_F(SpoolStateTest, NeedsNoMoreRoomOnceItIsThere) {
  const auto look = [&] {
    struct stat status{};
    EXPECT_EQ(stat(file_.c_str(), &status), 0);
    return std::tuple(status.st_ino, status.st_size, status.st_blocks);
  };
  Save(1, true);
  const auto first = look();
  for (std::uint64_t freed = 2; freed <= 9; ++freed) Save(freed << 40U, freed % 2 == 0);
  EXPECT_EQ(look(), first);
}

TEST_F(SpoolStateTest, CrashAtAnyByteOfAWriteLeavesTheOldStateOrTheNew) {
  Save(1, true);
  Save(2, true);
  const std::string before = Bytes();
  Save(3, true);
  const std::string after = Bytes();
  for (std::size_t cut = 0; cut <= after.size(); cut += 31) {
    Become(after.substr(0, cut) + before.substr(cut));
    EXPECT_THAT(Freed(), AnyOf(Eq(2U), Eq(3U))) << cut;
  }
}

TEST_F(SpoolStateTest, CrashOfTheMachineLeavesWhatWasSynced) {
  Save(1, true);
  Save(2, true);
  const std::string synced = Bytes();
  Save(3, false);
  Save(4, false);
  const std::string after = Bytes();
  for (std::size_t cut = 0; cut <= after.size(); cut += 31) {
    Become(synced.substr(0, cut) + after.substr(cut));
    EXPECT_THAT(Freed(), AnyOf(Eq(2U), Eq(4U))) << cut;
  }
}

TEST_F(SpoolStateTest, CrashWhileItIsMadeLeavesAFreshOne) {
  Save(1, true);
  const std::string whole = Bytes();
  Become(whole.substr(0, 100));
  EXPECT_EQ(Freed(), 0U);
  Save(2, true);
  EXPECT_EQ(Freed(), 2U);
  EXPECT_EQ(Bytes().size(), whole.size());
}

TEST_F(SpoolStateTest, SomethingElseIsToldAndBeginsAnew) {
  Become("{}");
  testing::internal::CaptureStderr();
  EXPECT_EQ(Freed(), 0U);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("spool state not understood"));
}

}  // namespace
}  // namespace mon::data_aggregator
