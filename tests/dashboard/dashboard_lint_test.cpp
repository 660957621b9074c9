#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "dashboard/dashboard_file.h"

namespace mon::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

const nlohmann::json kDataSource = {{"type", "mysql"}, {"uid", "${datasource}"}};

std::vector<nlohmann::json> PanelsWithData() {
  std::vector<nlohmann::json> panels;
  const auto dashboard = LoadDashboard();
  for (const auto& panel : dashboard["panels"]) {
    if (panel["type"] != "row") panels.push_back(panel);
  }
  return panels;
}

TEST(DashboardLintTest, IsAClassicDashboardWithAStableAddress) {
  const auto dashboard = LoadDashboard();
  EXPECT_EQ(dashboard["schemaVersion"], 42);
  EXPECT_EQ(dashboard["uid"], "monitoring-platform");
  EXPECT_TRUE(dashboard["id"].is_null());
  EXPECT_EQ(dashboard["editable"], false);
  EXPECT_TRUE(dashboard["refresh"].is_string());
  EXPECT_FALSE(dashboard.contains("__inputs"));
}

TEST(DashboardLintTest, HasUniquePanelIds) {
  std::set<int> ids;
  const auto dashboard = LoadDashboard();
  for (const auto& panel : dashboard["panels"]) {
    EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second) << panel["title"];
  }
}

TEST(DashboardLintTest, HasNoTwoPanelsOnOnePlace) {
  std::set<std::pair<int, int>> taken;
  const auto dashboard = LoadDashboard();
  for (const auto& panel : dashboard["panels"]) {
    const auto& place = panel["gridPos"];
    const int left = place["x"];
    const int top = place["y"];
    EXPECT_LE(left + place["w"].get<int>(), 24) << panel["title"];
    for (int x = left; x < left + place["w"].get<int>(); ++x) {
      for (int y = top; y < top + place["h"].get<int>(); ++y) {
        EXPECT_TRUE(taken.emplace(x, y).second) << panel["title"] << " at " << x << "," << y;
      }
    }
  }
}

TEST(DashboardLintTest, ExplainsEveryPanel) {
  std::set<std::string> titles;
  for (const auto& panel : PanelsWithData()) {
    const std::string title = panel["title"];
    EXPECT_FALSE(title.empty());
    EXPECT_TRUE(titles.insert(title).second) << title << " is there twice";
    EXPECT_FALSE(panel["description"].get<std::string>().empty()) << title;
    EXPECT_FALSE(panel["fieldConfig"]["defaults"]["noValue"].get<std::string>().empty()) << title;
  }
}

TEST(DashboardLintTest, UsesUnitsThatGrafanaKnows) {
  const std::set<std::string> known = {"none", "short", "percent", "percentunit", "bytes",
                                       "bps",  "ms",    "s",       "dtdurations", "dateTimeAsIso"};
  for (const auto& panel : PanelsWithData()) {
    EXPECT_TRUE(known.contains(panel["fieldConfig"]["defaults"]["unit"])) << panel["title"];
    for (const auto& override_ : panel["fieldConfig"]["overrides"]) {
      for (const auto& property : override_["properties"]) {
        if (property["id"] == "unit") {
          EXPECT_TRUE(known.contains(property["value"])) << panel["title"] << property;
        }
      }
    }
  }
}

TEST(DashboardLintTest, StartsThresholdsWithoutAValueAndThenRises) {
  for (const auto& panel : PanelsWithData()) {
    const auto& steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"];
    ASSERT_FALSE(steps.empty()) << panel["title"];
    EXPECT_TRUE(steps[0]["value"].is_null()) << panel["title"];
    for (std::size_t i = 2; i < steps.size(); ++i) {
      EXPECT_LT(steps[i - 1]["value"], steps[i]["value"]) << panel["title"];
    }
  }
}

TEST(DashboardLintTest, ReadsEverythingFromTheChosenDataSource) {
  const auto dashboard = LoadDashboard();
  const auto& variables = dashboard["templating"]["list"];
  EXPECT_EQ(variables[0]["type"], "datasource");
  EXPECT_EQ(variables[0]["name"], "datasource");
  EXPECT_EQ(variables[0]["query"], "mysql");
  for (const auto& variable : variables) {
    if (variable["type"] == "query") {
      EXPECT_EQ(variable["datasource"], kDataSource) << variable["name"];
    }
  }
  for (const auto& annotation : dashboard["annotations"]["list"]) {
    EXPECT_EQ(annotation["datasource"], kDataSource);
    EXPECT_EQ(annotation["target"]["datasource"], kDataSource);
  }
  for (const auto& panel : PanelsWithData()) {
    EXPECT_EQ(panel["datasource"], kDataSource) << panel["title"];
    ASSERT_FALSE(panel["targets"].empty()) << panel["title"];
    for (const auto& target : panel["targets"]) {
      EXPECT_EQ(target["datasource"], kDataSource) << panel["title"];
      EXPECT_EQ(target["rawQuery"], true) << panel["title"];
      EXPECT_THAT(target["format"], AnyOf("time_series", "table")) << panel["title"];
    }
  }
}

TEST(DashboardLintTest, AsksForNoPointsCloserThanTheyAreWritten) {
  for (const auto& panel : PanelsWithData()) {
    if (panel["type"] == "timeseries") {
      EXPECT_EQ(panel["interval"], "10s") << panel["title"];
    }
  }
}

TEST(DashboardLintTest, PutsAllTimeAxesUnderEachOther) {
  for (const auto& panel : PanelsWithData()) {
    if (panel["type"] != "timeseries") continue;
    EXPECT_EQ(panel["gridPos"]["w"], 24) << panel["title"];
    EXPECT_EQ(panel["fieldConfig"]["defaults"]["custom"]["axisWidth"], 80) << panel["title"];
    EXPECT_EQ(panel["options"]["legend"]["placement"], "bottom") << panel["title"];
  }
}

std::string ReadText(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(MON_DASHBOARD_DIR "/provisioning/" + name).rdbuf();
  return text.str();
}

TEST(ProvisioningTest, ConnectsAsTheReadingAccountInUtc) {
  const std::string text = ReadText("datasources/monitoring.yaml");
  EXPECT_THAT(text, HasSubstr("apiVersion: 1\n"));
  EXPECT_THAT(text, HasSubstr("    type: mysql\n"));
  EXPECT_THAT(text, HasSubstr("    user: monitoring_grafana\n"));
  EXPECT_THAT(text, HasSubstr("      timezone: '+00:00'\n"));
  EXPECT_THAT(text, HasSubstr("      password: ${MONITORING_GRAFANA_PASSWORD}\n"));
}

TEST(ProvisioningTest, NamesTheDataSourceThatTheDashboardChoosesFirst) {
  const std::string chosen = LoadDashboard()["templating"]["list"][0]["current"]["value"];
  EXPECT_THAT(ReadText("datasources/monitoring.yaml"), HasSubstr("    uid: " + chosen + "\n"));
}

TEST(ProvisioningTest, ReadsDashboardsFromAFolder) {
  const std::string text = ReadText("dashboards/monitoring.yaml");
  EXPECT_THAT(text, HasSubstr("apiVersion: 1\n"));
  EXPECT_THAT(text, HasSubstr("    type: file\n"));
  EXPECT_THAT(text, HasSubstr("      path: ${MONITORING_DASHBOARD_DIR}\n"));
}

TEST(ProvisioningTest, IsWrittenWithoutTabs) {
  for (const auto* name : {"datasources/monitoring.yaml", "dashboards/monitoring.yaml"}) {
    EXPECT_THAT(ReadText(name), Not(HasSubstr("\t"))) << name;
  }
}

}  // namespace
}  // namespace mon::test
