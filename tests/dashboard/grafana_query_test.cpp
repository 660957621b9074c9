#include "dashboard/grafana_query.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mon::test {
namespace {

GrafanaView View() {
  return {.from = 1000,
          .to = 2000,
          .interval_seconds = 60,
          .variables = {{"one", {.values = {"it's"}}},
                        {"many", {.values = {"a", "it's"}, .multi = true}},
                        {"all", {.values = {}, .multi = true, .all = "i.name"}}}};
}

TEST(GrafanaQueryTest, PutsInASingleValueWithItsQuotesDoubled) {
  EXPECT_EQ(ExpandGrafanaQuery("x = '$one' AND y = '${one}'", View()),
            "x = 'it''s' AND y = 'it''s'");
}

TEST(GrafanaQueryTest, QuotesEachValueOfAMultiValueVariable) {
  EXPECT_EQ(ExpandGrafanaQuery("x IN ($many)", View()), "x IN ('a','it''s')");
}

TEST(GrafanaQueryTest, PutsInATextOfItsOwnForAllAsItIs) {
  EXPECT_EQ(ExpandGrafanaQuery("x IN ($all)", View()), "x IN (i.name)");
}

TEST(GrafanaQueryTest, ExpandsTimeMacros) {
  EXPECT_EQ(ExpandGrafanaQuery("$__unixEpochFilter(t)", View()), "t >= 1000 AND t <= 2000");
  EXPECT_EQ(ExpandGrafanaQuery("$__timeFilter( t )", View()),
            "t BETWEEN FROM_UNIXTIME(1000) AND FROM_UNIXTIME(2000)");
  EXPECT_EQ(ExpandGrafanaQuery("$__unixEpochGroupAlias(h.clock,$__interval)", View()),
            "h.clock DIV 60 * 60 AS \"time\"");
  EXPECT_EQ(ExpandGrafanaQuery("$__timeGroup(t, '5m')", View()), "UNIX_TIMESTAMP(t) DIV 300 * 300");
  EXPECT_EQ(ExpandGrafanaQuery("$__unixEpochFrom() + $__unixEpochTo()", View()), "1000 + 2000");
}

TEST(GrafanaQueryTest, RefusesWhatGrafanaRefuses) {
  EXPECT_THROW(ExpandGrafanaQuery("$__nothing(t)", View()), std::runtime_error);
  EXPECT_THROW(ExpandGrafanaQuery("$__unixEpochGroup(t)", View()), std::out_of_range);
  EXPECT_THROW(ExpandGrafanaQuery("SELECT current_user", View()), std::runtime_error);
  EXPECT_THROW(ExpandGrafanaQuery("x = '$unknown'", View()), std::runtime_error);
}

}  // namespace
}  // namespace mon::test
