#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "dashboard/dashboard_file.h"
#include "dashboard/dashboard_seed.h"
#include "dashboard/grafana_query.h"
#include "dashboard/sql_session.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

/// Every query of the dashboard, sent as Grafana sends it and as the account that Grafana has.
class DashboardQueryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<TestDatabase>();
    SeedDashboard(*database_);
    grafana_ = OpenAsGrafana(*database_);
    dashboard_ = LoadDashboard();
  }
  static void TearDownTestSuite() {
    grafana_.reset();
    database_.reset();
  }

  static std::unique_ptr<SqlSession> OpenAsGrafana(const TestDatabase& database) {
    const MysqlConfig config = database.Config(Account::kGrafana);
    return std::make_unique<SqlSession>(database.Server().Socket(), config.user,
                                        config.password.Reveal(), config.database);
  }

  static SqlSession& Grafana() { return *grafana_; }

  /// The values that a query variable offers, read with the variables before it as they stand.
  static std::vector<std::string> Offered(const std::string& name, const GrafanaView& view) {
    for (const auto& variable : dashboard_["templating"]["list"]) {
      if (variable["name"] != name) continue;
      const auto result = Grafana().Query(ExpandGrafanaQuery(variable["query"], view));
      const std::size_t column = result.Find("__value").value_or(0);
      std::vector<std::string> values;
      for (const auto& row : result.rows) values.push_back(row[column].value());
      return values;
    }
    throw std::runtime_error("no variable " + name);
  }

  /// The last hour of the story with every host and every item, as the dashboard opens.
  static GrafanaView ViewOf(const std::string& application) {
    GrafanaView view{.from = kStoryStart, .to = kStoryEnd, .interval_seconds = 30};
    view.variables["application"] = {.values = {application}};
    view.variables["threshold"] = {.values = {"0.5"}};
    view.variables["host"] = {.values = Offered("host", view), .multi = true};
    view.variables["item"] = {.multi = true, .all = "i.name"};
    return view;
  }

  static std::string PanelSql(const std::string& title, const std::string& ref = "A") {
    for (const auto& query : PanelQueries(dashboard_)) {
      if (query.where == fmt::format("panel \"{}\" {}", title, ref)) return query.sql;
    }
    throw std::runtime_error("no panel " + title);
  }

  static std::vector<std::string> Column(const SqlResult& result, const std::string& name) {
    std::vector<std::string> values;
    for (const auto& row : result.rows) {
      values.push_back(row[result.Find(name).value()].value_or("NULL"));
    }
    return values;
  }

  static inline std::unique_ptr<TestDatabase> database_;
  static inline std::unique_ptr<SqlSession> grafana_;
  static inline nlohmann::json dashboard_;
};

void ExpectTimeSeries(const SqlResult& result, const std::string& where) {
  const auto time = result.Find("time") ? result.Find("time") : result.Find("time_sec");
  ASSERT_TRUE(time.has_value()) << where << " has no time";
  std::int64_t before = 0;
  for (const auto& row : result.rows) {
    ASSERT_TRUE(row[*time].has_value()) << where << " has a row without a time";
    const std::int64_t now = std::stoll(*row[*time]);
    EXPECT_GE(now, before) << where << " is not in the order of time";
    before = now;
  }
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    const bool is_name = result.columns[i].name == "metric";
    EXPECT_EQ(result.columns[i].number, !is_name) << where << ", column " << result.columns[i].name;
  }
}

void ExpectOverridesToMeetColumns(const DashboardQuery& query, std::set<std::string> names,
                                  const SqlResult& result) {
  if (const auto metric = result.Find("metric")) {
    for (const auto& row : result.rows) names.insert(row[*metric].value_or(""));
  }
  for (const auto& override_ : query.panel["fieldConfig"]["overrides"]) {
    EXPECT_THAT(names, Contains(override_["matcher"]["options"].get<std::string>())) << query.where;
  }
}

TEST_F(DashboardQueryTest, ShowsSomethingInEveryPanelOfAnApplication) {
  const GrafanaView view = ViewOf("shop");
  for (const auto& query : PanelQueries(dashboard_)) {
    const auto result = Grafana().Query(ExpandGrafanaQuery(query.sql, view));
    EXPECT_THAT(result.rows, Not(IsEmpty())) << query.where;
    if (query.format == "time_series") ExpectTimeSeries(result, query.where);
  }
}

TEST_F(DashboardQueryTest, StylesOnlyColumnsThatAreThere) {
  const GrafanaView view = ViewOf("shop");
  for (const auto& panel : dashboard_["panels"]) {
    std::set<std::string> names;
    DashboardQuery last;
    SqlResult result;
    for (const auto& query : PanelQueries({{"panels", {panel}}})) {
      last = query;
      result = Grafana().Query(ExpandGrafanaQuery(query.sql, view));
      for (const auto& column : result.columns) names.insert(column.name);
    }
    if (panel["type"] != "row") ExpectOverridesToMeetColumns(last, names, result);
  }
}

TEST_F(DashboardQueryTest, ShowsRowsOfOtherProgramsAsHyphenmon) {
  const GrafanaView view = ViewOf("hyphenmon");
  const auto now = Grafana().Query(ExpandGrafanaQuery(PanelSql("Response time now"), view));
  EXPECT_THAT(Column(now, "response_time_ms"), ElementsAre("200"));
  const auto rate = Grafana().Query(ExpandGrafanaQuery(PanelSql("Error rate"), view));
  EXPECT_THAT(Column(rate, "error_rate"), Contains("0.125"));  // the later of two rows of a second
  EXPECT_THAT(Column(rate, "error_rate"), Not(Contains("0.375")));
}

TEST_F(DashboardQueryTest, OffersApplicationsWithAndWithoutSamples) {
  EXPECT_THAT(Offered("application", {}), ElementsAre("hyphenmon", "idle", "shop"));
}

TEST_F(DashboardQueryTest, OffersTheHostsOfAnApplicationOrAllWhereNoneIsConfigured) {
  GrafanaView view;
  view.variables["application"] = {.values = {"shop"}};
  EXPECT_THAT(Offered("host", view), ElementsAre("10105"));
  view.variables["application"] = {.values = {"hyphenmon"}};
  EXPECT_THAT(Offered("host", view), ElementsAre("10106", "10105"));
}

TEST_F(DashboardQueryTest, OffersItemsWithNumbers) {
  const auto items = Offered("item", ViewOf("shop"));
  EXPECT_THAT(items, Contains("The shop's queue"));
  EXPECT_THAT(items, Not(Contains("Version")));
}

TEST_F(DashboardQueryTest, FollowsTheChoiceOfItems) {
  GrafanaView view = ViewOf("shop");
  view.variables["item"] = {.values = {"The shop's queue"}, .multi = true};
  const auto lines = Grafana().Query(ExpandGrafanaQuery(PanelSql("Other Zabbix items"), view));
  EXPECT_THAT(Column(lines, "metric"), Not(IsEmpty()));
  EXPECT_THAT(Column(lines, "metric"), Each("Shop, first machine: The shop's queue"));
}

TEST_F(DashboardQueryTest, ShowsBytesAsBits) {
  const auto lines = Grafana().Query(
      ExpandGrafanaQuery(PanelSql("Zabbix items in bits per second"), ViewOf("shop")));
  const auto names = Column(lines, "metric");
  const auto values = Column(lines, "value");
  ASSERT_GE(lines.rows.size(), 2U);
  ASSERT_EQ(names[0], "Shop, first machine: Traffic in");
  ASSERT_EQ(names[1], "Shop, first machine: Traffic out");
  EXPECT_DOUBLE_EQ(std::stod(values[0]) * 8, std::stod(values[1]));
}

TEST_F(DashboardQueryTest, DrawsTheThresholdOverTheWholeRange) {
  const auto line =
      Grafana().Query(ExpandGrafanaQuery(PanelSql("Error rate", "B"), ViewOf("shop")));
  EXPECT_THAT(Column(line, "time"),
              ElementsAre(std::to_string(kStoryStart), std::to_string(kStoryEnd)));
  EXPECT_THAT(Column(line, "threshold"), ElementsAre("0.500000", "0.500000"));
}

TEST_F(DashboardQueryTest, AnnotatesAlertsFromTheirStartToTheirEnd) {
  const auto& annotation = dashboard_["annotations"]["list"][0]["target"];
  const auto marks = Grafana().Query(ExpandGrafanaQuery(annotation["rawSql"], ViewOf("shop")));
  EXPECT_THAT(Column(marks, "time"),
              ElementsAre(std::to_string(kStoryEnd - 2400), std::to_string(kStoryEnd - 600)));
  EXPECT_THAT(Column(marks, "timeend"),  // one that lasts reaches to the edge
              ElementsAre(std::to_string(kStoryEnd - 2000), std::to_string(kStoryEnd)));
  EXPECT_THAT(Column(marks, "text"), Contains("Error rate of shop is 0.75"));
  EXPECT_THAT(Column(marks, "tags"), Contains("warning,slow,firing"));
}

TEST_F(DashboardQueryTest, SeparatesOpenFromPastAlerts) {
  const GrafanaView view = ViewOf("shop");
  const auto open = Grafana().Query(ExpandGrafanaQuery(PanelSql("Alerts open now"), view));
  EXPECT_THAT(Column(open, "open_alerts"), ElementsAre("1"));
  const auto past = Grafana().Query(ExpandGrafanaQuery(PanelSql("Past alerts"), view));
  EXPECT_THAT(Column(past, "rule"), ElementsAre("high-error-rate"));
  EXPECT_THAT(Column(past, "lasted"), ElementsAre("400"));
}

TEST_F(DashboardQueryTest, TellsWaitingFromFailedMails) {
  const auto mails = Grafana().Query(ExpandGrafanaQuery(PanelSql("Mails"), ViewOf("shop")));
  EXPECT_THAT(Column(mails, "waiting"), ElementsAre("1"));
  EXPECT_THAT(Column(mails, "failed"), ElementsAre("2"));
}

TEST_F(DashboardQueryTest, AnswersOnAnEmptyDatabase) {
  const TestDatabase empty;
  const auto session = OpenAsGrafana(empty);
  GrafanaView view{.from = kStoryStart, .to = kStoryEnd, .interval_seconds = 30};
  view.variables = {{"application", {.values = {""}}},
                    {"threshold", {.values = {"0.5"}}},
                    {"item", {.multi = true, .all = "i.name"}}};
  std::string host_query;
  for (const auto& variable : dashboard_["templating"]["list"]) {
    if (variable["name"] == "host") host_query = variable["query"];
  }
  const auto hosts = session->Query(ExpandGrafanaQuery(host_query, view));
  ASSERT_THAT(Column(hosts, "__value"), ElementsAre("-"));  // never an empty IN ()
  view.variables["host"] = {.values = {"-"}, .multi = true};
  for (const auto& query : PanelQueries(dashboard_)) {
    EXPECT_NO_THROW(session->Query(ExpandGrafanaQuery(query.sql, view))) << query.where;
  }
}

/// Tables that grow without end, under the names that the queries give them.
bool IsBig(const std::string& table) {
  return table == "hyphenmon_metrics" || table == "zabbix_history" || table == "h";
}

void ExpectIndexedReads(SqlSession& session, const std::string& sql, const std::string& where) {
  const auto plan = session.Query("EXPLAIN FORMAT=TRADITIONAL " + sql);
  const std::size_t table = plan.Find("table").value();
  const std::size_t type = plan.Find("type").value();
  const std::size_t key = plan.Find("key").value();
  for (const auto& row : plan.rows) {
    if (!row[table] || !IsBig(*row[table])) continue;
    EXPECT_TRUE(row[key].has_value()) << where << " reads " << *row[table] << " without an index";
    EXPECT_THAT(row[type].value(), ::testing::AnyOf("range", "ref", "ref_or_null", "eq_ref"))
        << where << " reads all of " << *row[table];
  }
}

TEST_F(DashboardQueryTest, ReadsBigTablesByIndex) {
  for (const auto* application : {"shop", "hyphenmon"}) {
    const GrafanaView view = ViewOf(application);
    for (const auto& query : PanelQueries(dashboard_)) {
      ExpectIndexedReads(Grafana(), ExpandGrafanaQuery(query.sql, view), query.where);
    }
    for (const auto& variable : dashboard_["templating"]["list"]) {
      if (variable["type"] != "query") continue;
      ExpectIndexedReads(Grafana(), ExpandGrafanaQuery(variable["query"], view), variable["name"]);
    }
  }
}

TEST_F(DashboardQueryTest, ReadsNoMoreThanADayOfTheChosenItems) {
  const GrafanaView view = ViewOf("shop");
  for (const auto& query : PanelQueries(dashboard_)) {
    const std::int64_t before = Grafana().RowsRead();
    const auto result = Grafana().Query(ExpandGrafanaQuery(query.sql, view));
    const std::int64_t read = Grafana().RowsRead() - before;
    // Two items of 1,440 values a day, in two days where the range touches both, and as much again
    // for sorting; the tables hold 20,000 and 70,000 rows.
    EXPECT_LT(read, 10000) << query.where;
  }
}

}  // namespace
}  // namespace mon::test
