#include "stream_scorer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace mon::anomaly_detector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;
using testing::Pair;

/// Scores 0.25 and remembers what it was given.
class FakeModel final : public StreamModel {
 public:
  void Next(std::int64_t timestamp, std::span<const double> values, Score& score) override {
    seen.emplace_back(timestamp, std::vector<double>(values.begin(), values.end()));
    score.score = 0.25;
    score.shares.assign(values.size(), 0.5);
  }
  std::vector<std::pair<std::int64_t, std::vector<double>>> seen;
};

class StreamScorerTest : public testing::Test {
 protected:
  /// The answers to some lines, or the first error.
  std::string Answers(const std::vector<std::string>& lines, std::size_t dims = 1) {
    StreamScorer scorer(model_, dims);
    std::string out;
    for (std::string line : lines) {
      const Result<void> scored = scorer.Next(line, out);
      if (scored) continue;
      EXPECT_EQ(scored.error().code, ErrorCode::kInvalidData);
      return scored.error().message;
    }
    return out;
  }
  FakeModel model_;
};

TEST_F(StreamScorerTest, AnswersEachLineWithItsTimestampAsItCame) {
  EXPECT_EQ(Answers({"1750000000,5", "2025-06-15 15:06:50,6"}),
            "1750000000,0.25\n2025-06-15 15:06:50,0.25\n");
  EXPECT_THAT(model_.seen, ElementsAre(Pair(1'750'000'000, ElementsAre(5)),
                                       Pair(1'750'000'010, ElementsAre(6))));
}

TEST_F(StreamScorerTest, PrintsTheShareOfEachOfSeveralMetrics) {
  EXPECT_EQ(Answers({"10,1,2,3"}, 3), "10,0.25,0.5,0.5,0.5\n");
}

TEST_F(StreamScorerTest, SkipsOneHeader) {
  EXPECT_EQ(Answers({"timestamp,value", "10,1"}), "10,0.25\n");
  EXPECT_EQ(Answers({"time,a,b", "10,1,2"}, 2), "10,0.25,0.5,0.5\n");
  EXPECT_EQ(Answers({"\xEF\xBB\xBFtimestamp,value", "10,1"}), "10,0.25\n");
  EXPECT_THAT(Answers({"10,1", "timestamp,value"}), HasSubstr("line 2: expected epoch seconds"));
}

TEST_F(StreamScorerTest, ABadFirstLineIsNoHeader) {
  EXPECT_THAT(Answers({"yesterday,5"}), HasSubstr("line 1: expected epoch seconds"));
  EXPECT_THAT(Answers({"10,high"}), HasSubstr("line 1: expected a finite number"));
  EXPECT_THAT(Answers({"yesterday,"}), HasSubstr("line 1: expected epoch seconds"));
}

TEST_F(StreamScorerTest, TakesGapsCrlfQuotesAndBlankLines) {
  EXPECT_EQ(Answers({"10,\r", "", "\r", "11,nan", "\"12\",\"7\""}), "10,0.25\n11,0.25\n12,0.25\n");
  EXPECT_THAT(model_.seen, ElementsAre(Pair(10, ElementsAre(IsNan())),
                                       Pair(11, ElementsAre(IsNan())), Pair(12, ElementsAre(7))));
}

TEST_F(StreamScorerTest, RefusesABadLineByItsNumber) {
  EXPECT_EQ(Answers({"10,1", "11,1", "x,1"}),
            "line 3: expected epoch seconds or YYYY-MM-DD HH:MM:SS, found 'x'");
  EXPECT_EQ(Answers({"10,1x"}), "line 1: expected a finite number, nan or nothing, found '1x'");
  EXPECT_THAT(Answers({"10,inf"}), HasSubstr("line 1: expected a finite number"));
  EXPECT_THAT(Answers({"10,1e999"}), HasSubstr("line 1: expected a finite number"));
  EXPECT_THAT(Answers({"10, 1"}), HasSubstr("line 1: expected a finite number"));
  EXPECT_THAT(Answers({"10,\"1"}), HasSubstr("line 1: a quote that is not closed"));
}

TEST_F(StreamScorerTest, RefusesAnotherNumberOfValues) {
  EXPECT_EQ(Answers({"10"}),
            "line 1: expected a timestamp and 1 value, found 1 field (--dims tells how many values "
            "a line has)");
  EXPECT_THAT(Answers({"10,1,2"}), HasSubstr("found 3 fields"));
  EXPECT_THAT(Answers({"10,1"}, 2), HasSubstr("expected a timestamp and 2 values, found 2 fields"));
}

}  // namespace
}  // namespace mon::anomaly_detector
