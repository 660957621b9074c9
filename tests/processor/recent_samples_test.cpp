#include "recent_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/fakes.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::Optional;

class RecentSamplesTest : public ::testing::Test {
 protected:
  /// Samples of "shop" come, and are stored.
  void Take(const std::vector<std::int64_t>& times) {
    std::vector<Sample> samples;
    for (const auto time : times) {
      samples.push_back(At(time, 0));
      history_.Store(samples.back());
    }
    const auto seen = [this](const std::string&) { return seen_; };
    ASSERT_TRUE(recent_.Take({{&shop_, samples}}, history_, seen));
  }

  std::optional<std::vector<std::int64_t>> Times(std::int64_t from, std::int64_t to) {
    const auto known = recent_.Within("shop", from, to);
    if (!known) return std::nullopt;
    std::vector<std::int64_t> times;
    for (const Sample& sample : *known) times.push_back(sample.timestamp);
    return times;
  }

  const std::string shop_ = "shop";
  FakeHistory history_;
  RecentSamples recent_{60s};
  std::optional<std::int64_t> seen_;  ///< before the first ones come
};

TEST_F(RecentSamplesTest, WhatIsStoredBeforeTheFirstOnesIsRead) {
  for (const auto time : {30, 40, 90}) history_.Store(At(time, 0));
  Take({100});
  EXPECT_THAT(Times(40, 100), Optional(ElementsAre(40, 90, 100)));
  EXPECT_EQ(Times(39, 100), std::nullopt) << "farther than rules look";
}

TEST_F(RecentSamplesTest, WhatFollowsIsNotReadAgain) {
  Take({100});
  const auto reads = history_.reads;
  Take({110, 120});
  Take({130});
  EXPECT_THAT(Times(70, 130), Optional(ElementsAre(100, 110, 120, 130)));
  EXPECT_EQ(history_.reads, reads);
}

TEST_F(RecentSamplesTest, LateOneIsPutInItsPlaceAndAnotherValueOfASecondCounts) {
  Take({100, 120});
  Take({110});
  Sample corrected = At(110, 0.5F);
  ASSERT_TRUE(recent_.Take({{&shop_, {&corrected, 1}}}, history_,
                           [](const std::string&) { return std::nullopt; }));
  EXPECT_THAT(recent_.Within("shop", 100, 120),
              Optional(ElementsAre(At(100, 0), corrected, At(120, 0))));
}

TEST_F(RecentSamplesTest, OneThatIsBehindWhatWasSeenTellsNothingOfWhatFollows) {
  for (const auto time : {90, 110, 120}) history_.Store(At(time, 0));
  seen_ = 120;
  Take({100});  // what is stored behind it is not read
  EXPECT_EQ(Times(60, 120), std::nullopt);
  Take({130});
  EXPECT_THAT(Times(70, 130), Optional(ElementsAre(90, 100, 110, 120, 130)));
}

TEST_F(RecentSamplesTest, NoMoreIsKeptThanRulesAskFor) {
  Take({100});
  Take({1'000});
  Take({1'010});
  EXPECT_EQ(Times(100, 1'010), std::nullopt);
  EXPECT_THAT(Times(950, 1'010), Optional(ElementsAre(1'000, 1'010)));
}

TEST_F(RecentSamplesTest, WithoutReachNothingIsRead) {
  recent_ = RecentSamples();
  Take({100});
  EXPECT_EQ(history_.reads, 0U);
  EXPECT_EQ(Times(100, 100), std::nullopt);
}

}  // namespace
}  // namespace mon::processor
