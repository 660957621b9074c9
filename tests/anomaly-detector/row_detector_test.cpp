#include "detector/row_detector.h"

#include <gmock/gmock.h>

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace mon::detector {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::StartsWith;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kMetrics = 8;
constexpr std::int64_t kSpacing = 300;
constexpr std::int64_t kOfDay = 288;

/// Eight metrics of a server, of quite different sizes.
class Server {
 public:
  explicit Server(RowDetector detector = RowDetector(kMetrics)) : detector_(std::move(detector)) {}

  Judgement Next(const std::vector<double>& values) {
    return detector_.Next(1'750'000'000 + kSpacing * row_++, values);
  }
  std::vector<double> HealthyRow() {
    std::vector<double> values;
    double size = 0.001;
    for (std::size_t i = 0; i < kMetrics; ++i) {
      values.push_back(size * (10 + noise_(random_)));
      size *= 10;
    }
    return values;
  }
  int Healthy(std::int64_t rows) {
    int raised = 0;
    for (std::int64_t i = 0; i < rows; ++i) raised += Next(HealthyRow()).raised ? 1 : 0;
    return raised;
  }
  RowDetector& Detector() { return detector_; }

 private:
  RowDetector detector_;
  std::int64_t row_ = 0;
  std::mt19937 random_{3};
  std::normal_distribution<double> noise_{0, 1};
};

TEST(RowDetectorTest, IsQuietWhereNothingIsWrong) {
  Server server;
  EXPECT_LE(server.Healthy(20 * kOfDay), 2);
}

TEST(RowDetectorTest, AnIncidentOfManyMetricsIsOneAlert) {
  Server server;
  (void)server.Healthy(7 * kOfDay);
  int raised = 0;
  for (int i = 0; i < 40; ++i) {
    std::vector<double> row = server.HealthyRow();
    for (std::size_t metric = 0; metric < 6; ++metric) row[metric] *= 3;
    raised += server.Next(row).raised ? 1 : 0;
  }
  EXPECT_EQ(raised, 1);
}

TEST(RowDetectorTest, TheGuiltyMetricHasTheLargestShareWhateverItsSize) {
  for (std::size_t guilty = 0; guilty < kMetrics; ++guilty) {
    Server server;
    (void)server.Healthy(4 * kOfDay);
    std::vector<double> row = server.HealthyRow();
    row[guilty] *= 4;
    (void)server.Next(row);
    const std::vector<double> shares(server.Detector().Shares().begin(),
                                     server.Detector().Shares().end());
    EXPECT_EQ(std::ranges::max_element(shares) - shares.begin(),
              static_cast<std::ptrdiff_t>(guilty));
    EXPECT_THAT(std::accumulate(shares.begin(), shares.end(), 0.0), DoubleNear(1, 1e-12));
    EXPECT_THAT(shares, Each(AllOf(Ge(0), Le(1))));
  }
}

TEST(RowDetectorTest, SaysWhichMetricsAndWhatIsUsualOfThem) {
  Server server;
  (void)server.Healthy(4 * kOfDay);
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  EXPECT_EQ(server.Detector().Sentence(names), "");
  std::vector<double> row = server.HealthyRow();
  row[3] = 1000;  // usually 10
  ASSERT_TRUE(server.Next(row).raised);
  EXPECT_THAT(server.Detector().Sentence(names, 1),
              AllOf(StartsWith("d: usually "), HasSubstr(", saw 1000")));
}

TEST(RowDetectorTest, SaysTheRateOfACounterBesideWhatIsUsualOfIt) {
  Server server;
  double total = 1e9;
  std::vector<double> row;
  for (std::int64_t i = 0; i < 4 * kOfDay; ++i) {
    row = server.HealthyRow();
    row[3] = total += row[3];
    (void)server.Next(row);
  }
  row = server.HealthyRow();
  row[3] = total + 3000;
  ASSERT_TRUE(server.Next(row).raised);
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  EXPECT_THAT(server.Detector().Sentence(names, 1),
              AllOf(StartsWith("d: usually 0.03"), HasSubstr(", saw 10")));
}

TEST(RowDetectorTest, SaysWhyWhateverItRaises) {
  Server server{RowDetector(kMetrics, Setting{.alerts_per_month = 100})};
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g", "h"};
  int raised = 0;
  for (std::int64_t i = 0; i < 20 * kOfDay; ++i) {
    if (!server.Next(server.HealthyRow()).raised) continue;
    ++raised;
    ASSERT_NE(server.Detector().Sentence(names), "") << i;
  }
  EXPECT_GT(raised, 50);
}

TEST(RowDetectorTest, GapsAreLeftOut) {
  Server server;
  (void)server.Healthy(3 * kOfDay);
  EXPECT_EQ(server.Next(std::vector<double>(kMetrics, kNan)).score, 0);
  EXPECT_THAT(server.Detector().Shares(), Each(0));
  std::vector<double> row = server.HealthyRow();
  row[2] = kNan;
  EXPECT_FALSE(server.Next(row).raised);
  EXPECT_EQ(server.Detector().Shares()[2], 0);
}

TEST(RowDetectorTest, AnInfinityIsAGap) {
  Server server;
  (void)server.Healthy(3 * kOfDay);
  Server same = server;
  std::vector<double> row(kMetrics, 1000);
  row[2] = kNan;
  const double without = server.Next(row).score;
  row[2] = kInfinity;
  EXPECT_GT(without, 0.5);
  EXPECT_EQ(same.Next(row).score, without);
}

TEST(RowDetectorTest, ACounterThatBeginsAnewIsAGap) {
  Server server;
  double total = 0;
  const auto row = [&] {
    std::vector<double> values = server.HealthyRow();
    values[2] = total += values[2];
    return values;
  };
  for (std::int64_t i = 0; i < 3 * kOfDay; ++i) (void)server.Next(row());
  Server same = server;
  std::vector<double> odd(kMetrics, 1000);
  odd[2] = kNan;
  const double without = server.Next(odd).score;
  odd[2] = 0;
  EXPECT_GT(without, 0.5);
  EXPECT_EQ(same.Next(odd).score, without);
  EXPECT_EQ(same.Detector().Shares()[2], 0);
}

TEST(RowDetectorTest, ARowOfGapsOnlyIsAGapAndNotLearning) {
  Server server;
  (void)server.Healthy(3 * kOfDay);
  std::vector<double> row(kMetrics, kNan);
  row[1] = -kInfinity;
  const Judgement judgement = server.Next(row);
  EXPECT_TRUE(judgement.gap);
  EXPECT_FALSE(judgement.learning);
  row[3] = 10;
  EXPECT_FALSE(server.Next(row).gap);
}

TEST(RowDetectorTest, AMetricThatNeverHadAValueDoesNotKeepTheOthersLearning) {
  Server server;
  Judgement judgement;
  for (std::int64_t i = 0; i < 2 * kOfDay; ++i) {
    std::vector<double> row = server.HealthyRow();
    row[7] = kNan;
    judgement = server.Next(row);
  }
  EXPECT_FALSE(judgement.learning);
}

TEST(RowDetectorTest, ScoresStayWithinZeroAndOneWhateverComes) {
  const std::vector<double> odd = {0, -1e308, 1e308, 5e-324, kNan, -kInfinity, 1e-310, 7};
  std::mt19937 random(5);
  RowDetector detector(kMetrics);
  for (int i = 0; i < 5000; ++i) {
    std::vector<double> row;
    for (std::size_t metric = 0; metric < kMetrics; ++metric) {
      row.push_back(odd[random() % odd.size()]);
    }
    ASSERT_THAT(detector.Next(60 * i, row).score, AllOf(Ge(0), Le(1))) << i;
    ASSERT_THAT(detector.Shares(), Each(AllOf(Ge(0), Le(1)))) << i;
  }
}

TEST(RowDetectorTest, SavedAndLoadedItGoesOnWithTheSameBits) {
  Server whole;
  Server broken;
  for (int i = 0; i < 3 * kOfDay; ++i) {
    std::vector<double> row = whole.HealthyRow();
    if (i == 700) row[1] *= 9;
    if (i % 50 == 0) row[4] = kNan;
    if (i % 17 == 0) {
      Result<RowDetector> loaded = RowDetector::Load(broken.Detector().Save(), kMetrics);
      ASSERT_TRUE(loaded) << loaded.error().message;
      broken.Detector() = *std::move(loaded);
    }
    ASSERT_EQ(std::bit_cast<std::uint64_t>(broken.Next(row).score),
              std::bit_cast<std::uint64_t>(whole.Next(row).score))
        << i;
  }
  EXPECT_EQ(broken.Detector().Save(), whole.Detector().Save());
}

TEST(RowDetectorTest, RefusesTheStateOfAnotherNumberOfMetrics) {
  const Result<RowDetector> loaded = RowDetector::Load(RowDetector(3).Save(), 4);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("expected 4 metrics, found 3"));
}

}  // namespace
}  // namespace mon::detector
