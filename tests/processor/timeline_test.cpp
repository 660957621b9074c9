#include "timeline.h"

#include <gtest/gtest.h>

#include "progress.h"

namespace mon::processor {
namespace {

using namespace std::chrono_literals;
using Mark = Timeline::Mark;

/// A column is ten seconds.
Timeline TwelveMinutes() { return {1000, 1719}; }

TEST(TimelineTest, NothingButBlanksWithoutSamples) {
  EXPECT_EQ(TwelveMinutes().Marks(), std::string(72, ' '));
  EXPECT_DOUBLE_EQ(TwelveMinutes().ColumnSeconds(), 10);
}

TEST(TimelineTest, BothEndsAreInside) {
  auto timeline = TwelveMinutes();
  for (const std::int64_t time : {999, 1000, 1719, 1720}) timeline.Add(time, Mark::kQuiet);
  EXPECT_EQ(timeline.Marks(), "." + std::string(70, ' ') + ".");
}

TEST(TimelineTest, WorstOfAColumnShows) {
  auto timeline = TwelveMinutes();
  timeline.Add(1000, Mark::kPending);
  timeline.Add(1001, Mark::kQuiet);
  timeline.Add(1010, Mark::kPending);
  timeline.AddFiring(1015, 1020);
  timeline.Add(1019, Mark::kQuiet);
  EXPECT_EQ(timeline.Marks().substr(0, 3), "-# ");
}

TEST(TimelineTest, IncidentFillsItsTimeWithoutItsEnd) {
  auto timeline = TwelveMinutes();
  timeline.AddFiring(900, 1010);
  timeline.AddFiring(1700, 5000);
  timeline.AddFiring(5000, 6000);
  EXPECT_EQ(timeline.Marks(), "#" + std::string(69, ' ') + "##");
}

TEST(TimelineTest, OneSecondIsARangeToo) {
  Timeline timeline(1000, 1000);
  timeline.AddFiring(1000, 2000);
  EXPECT_EQ(timeline.Marks().front(), '#');
}

TEST(ProgressTest, TellsRowsAndTimeLeft) {
  EXPECT_EQ(ProgressText(250, 1000, 30s),
            "[#######                       ]  25 %  250 of 1000 rows, 90s left");
}

TEST(ProgressTest, NoEstimateWhereThereIsNothingToGoBy) {
  EXPECT_EQ(ProgressText(0, 1000, 0s), "[" + std::string(30, ' ') + "]   0 %  0 of 1000 rows");
  EXPECT_EQ(ProgressText(1000, 1000, 9s),
            "[" + std::string(30, '#') + "] 100 %  1000 of 1000 rows");
  EXPECT_EQ(ProgressText(1, 0, 9s), "[" + std::string(30, '#') + "] 100 %  0 of 0 rows");
}

}  // namespace
}  // namespace mon::processor
