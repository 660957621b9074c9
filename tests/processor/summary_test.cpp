#include "summary.h"

#include <gtest/gtest.h>

namespace mon::processor {
namespace {

TEST(SummaryTest, QuietPassIsOneLine) { EXPECT_EQ(SummaryText({}, false), "0 new rows read\n"); }

TEST(SummaryTest, TellsEachThing) {
  Summary summary;
  summary.rows = 7;
  summary.late = 2;
  summary.waiting = 1;
  summary.skipped = {{"timestamp is NULL", 3}};
  summary.fired = {"shop: it broke"};
  summary.resolved = {"web: it works"};
  summary.mails = {"[PROBLEM] shop"};
  EXPECT_EQ(SummaryText(summary, false),
            "7 new rows read, 2 late, 1 sample waiting for values of items\n"
            "skipped   3 rows: timestamp is NULL\n"
            "fired     shop: it broke\n"
            "resolved  web: it works\n"
            "mail      [PROBLEM] shop\n");
}

TEST(SummaryTest, DryRunSaysThatNothingWasChanged) {
  EXPECT_NE(SummaryText({}, true).find("Nothing was changed"), std::string::npos);
}

}  // namespace
}  // namespace mon::processor
