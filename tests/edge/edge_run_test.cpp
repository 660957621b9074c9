// The real programs through an absence of the database: what data-aggregator tells by itself, the
// processor knows.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "mysql/lease.h"
#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/maildir.h"
#include "support/mariadb_server.h"

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ResultOf;
using ::testing::SizeIs;
namespace fs = std::filesystem;

std::string MessageIdOf(const std::string& mail) {
  std::smatch found;
  std::regex_search(mail, found, std::regex("\nMessage-ID: (<[^>]*>)"));
  return found[1].str();
}

class EdgeRunTest : public ::testing::Test {
 protected:
  EdgeRunTest() {
    std::ofstream(directory_.Path() + "/monitoring.toml") << fmt::format(
        "[smtp]\nmaildir = \"{}\"\nfrom = \"monitoring@example.test\"\n"
        "to = [\"oncall@example.test\"]\n",
        Maildir().string());
  }

  [[nodiscard]] fs::path Maildir() const { return directory_.Path() + "/mails"; }
  [[nodiscard]] std::vector<std::string> Mails() const { return MailsOf(Maildir()); }

  void ApplicationFails() { Play(0.9); }
  void ApplicationIsWell() { Play(0.01); }

  /// A run from cron, in a second that no run before it has seen.
  Finished Aggregate(std::map<std::string, std::string> more = {}) {
    const auto last = last_run_;
    while ((last_run_ = std::time(nullptr)) == last)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    more.insert({"HYPHENMON_URL", application_->Url()});
    return Cron("data-aggregator", Account::kAggregator, more);
  }
  void AggregateWithoutDatabase() {
    const auto run = Aggregate({{"MYSQL_PORT", "1"}});
    ASSERT_EQ(run.exit_code, 69) << run.err;
  }
  void AggregateWell() {
    const auto run = Aggregate();
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  void Process() {
    const auto run = Cron("processor", Account::kProcessor, {});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }

  /// Changes what the last run left to the next.
  void ChangeState(const std::function<void(nlohmann::json&)>& change) {
    const fs::path file = State() / "edge.json";
    auto state = nlohmann::json::parse(std::ifstream(file));
    change(state);
    std::ofstream(file, std::ios::trunc) << state;
  }

  /// The database has been away for a minute more.
  void AMinutePasses() {
    ChangeState([](auto& state) {
      state["away_since"] = state.at("away_since").template get<std::int64_t>() - 60;
    });
  }

  [[nodiscard]] std::vector<std::vector<std::string>> Alerts() {
    return database_.Query("SELECT status, judged FROM alerts ORDER BY id");
  }

  TestDatabase database_;
  TemporaryDirectory directory_;

 private:
  [[nodiscard]] fs::path State() const {
    for (const auto& entry : fs::recursive_directory_iterator(directory_.Path() + "/state")) {
      if (entry.path().filename() == "edge.json") return entry.path().parent_path();
    }
    return {};
  }

  void Play(double error_rate) {
    const std::string story = directory_.Path() + "/story.csv";
    std::ofstream(story) << fmt::format("seconds,response_time_ms,error_rate\n0,120,{}\n",
                                        error_rate);
    application_.emplace(std::vector<std::string>{"--seed", "7", "--scenario", story});
  }

  Finished Cron(const std::string& program, Account account,
                const std::map<std::string, std::string>& more) {
    auto environment = database_.Environment(account);
    for (const auto& [name, value] : more) environment[name] = value;
    environment["MONITORING_STATE_DIR"] = directory_.Path() + "/state";
    return test::Run({Program(program), "--config", directory_.Path() + "/monitoring.toml"},
                     environment);
  }

  std::optional<Hyphenmon> application_;
  std::time_t last_run_ = 0;
};

TEST_F(EdgeRunTest, IncidentThatLastsIsToldOnceAndItsEndByTheProcessor) {
  ApplicationIsWell();
  AggregateWell();
  Process();
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  ASSERT_THAT(Mails(), ElementsAre(HasSubstr("PROBLEM")));
  Process();  // whose database is there

  AggregateWell();
  Process();
  EXPECT_THAT(Mails(), SizeIs(1)) << "the samples came, and tell nothing new";
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("firing", "1")));
  ApplicationIsWell();
  AggregateWell();
  AggregateWell();
  Process();
  const auto mails = Mails();
  ASSERT_THAT(mails, SizeIs(2));
  EXPECT_THAT(mails[1],
              AllOf(HasSubstr("RESOLVED"), HasSubstr("In-Reply-To: " + MessageIdOf(mails[0]))));
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("resolved", "1")));
}

TEST_F(EdgeRunTest, IncidentThatEndedMeanwhileIsAnAlertWithoutFurtherMails) {
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  ApplicationIsWell();
  AggregateWithoutDatabase();
  AggregateWithoutDatabase();
  ASSERT_THAT(Mails(), ElementsAre(HasSubstr("PROBLEM"), HasSubstr("RESOLVED")));

  AggregateWell();
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("resolved", "0")));
  Process();
  AggregateWell();
  Process();
  EXPECT_THAT(Mails(), SizeIs(2));
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("resolved", "1")));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts a WHERE a.ended_at IS NOT NULL AND"
                               " EXISTS (SELECT 1 FROM hyphenmon_metrics m WHERE"
                               "  m.timestamp = a.started_at AND m.error_rate > 0.5) AND"
                               " EXISTS (SELECT 1 FROM hyphenmon_metrics m WHERE"
                               "  m.timestamp = a.ended_at AND m.error_rate < 0.5)"),
            "1");
}

TEST_F(EdgeRunTest, ShortAbsenceIsNoMatterForTheAggregator) {
  ApplicationFails();
  AggregateWithoutDatabase();
  EXPECT_THAT(Mails(), IsEmpty());
  AggregateWell();
  Process();
  EXPECT_THAT(Mails(), ElementsAre(HasSubstr("PROBLEM")));
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("firing", "1")));
}

TEST_F(EdgeRunTest, WhatWasToldIsHandedOverThoughAnotherRunCollects) {
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  auto connection = database_.Connect(Account::kAggregator);
  ASSERT_TRUE(mysql::Lease::Acquire(connection, "aggregator", std::chrono::minutes(5)));
  EXPECT_EQ(Aggregate().exit_code, 75);
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("firing", "0")));
  Process();
  EXPECT_THAT(Mails(), SizeIs(1));
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("firing", "1")));
}

TEST_F(EdgeRunTest, WhatWasNotToldBeforeAnotherRunCollectedIsTheProcessors) {
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  {
    auto connection = database_.Connect(Account::kAggregator);
    const auto other = mysql::Lease::Acquire(connection, "aggregator", std::chrono::minutes(5));
    ASSERT_TRUE(other);
    EXPECT_EQ(Aggregate().exit_code, 75);
    ASSERT_TRUE(other->Release(connection));
  }
  AggregateWithoutDatabase();
  EXPECT_THAT(Mails(), IsEmpty()) << "the database has been there meanwhile";
}

TEST_F(EdgeRunTest, RecoveryIsNotQueuedForWhomeverWasRefusedTheProblem) {
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  ApplicationIsWell();
  AggregateWithoutDatabase();
  AggregateWithoutDatabase();
  ChangeState([](auto& state) {
    auto& incident = state["incidents"][0];
    incident["problem"]["to"]["gone@example.test"] = {
        {"status", "refused"}, {"reply", "550 nobody"}, {"sent_at", 0}};
    incident["recovery"]["to"]["gone@example.test"] = {
        {"status", "waiting"}, {"reply", ""}, {"sent_at", 0}};
  });
  AggregateWell();
  EXPECT_THAT(database_.Query("SELECT n.kind, r.recipient, r.status FROM notification_recipients r"
                              " JOIN notifications n ON n.id = r.notification_id ORDER BY n.id, 2"),
              ElementsAre(ElementsAre("problem", "gone@example.test", "dead"),
                          ElementsAre("problem", "oncall@example.test", "sent"),
                          ElementsAre("recovery", "gone@example.test", "skipped"),
                          ElementsAre("recovery", "oncall@example.test", "sent")));
}

TEST_F(EdgeRunTest, ManyIncidentsAreHandedOverInSeveralTransactions) {
  constexpr int kMany = 450;
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  ChangeState([](auto& state) {
    auto& incidents = state["incidents"];
    for (int i = 1; i < kMany; ++i) {
      auto incident = incidents[0];
      incident["alert"]["application"] = fmt::format("application-{}", i);
      incident["problem"]["dedup_key"] = fmt::format("alert/{}/problem", i);
      incident["problem"]["thread_key"] = fmt::format("alert/{}", i);
      incidents.push_back(incident);
    }
  });
  AggregateWell();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM alerts a JOIN notifications n"
                               " ON n.alert_id = a.id WHERE a.judged = 0"),
            std::to_string(kMany));
  ChangeState([](const auto& state) { EXPECT_TRUE(state.at("incidents").empty()); });
}

TEST_F(EdgeRunTest, WithoutRightsTheProcessorTellsItAgainByTheSameMail) {
  ApplicationFails();
  AggregateWithoutDatabase();
  AMinutePasses();
  AggregateWithoutDatabase();
  const auto before = Mails();
  database_.Execute(
      fmt::format("REVOKE INSERT ON {0}.alerts FROM '{0}_aggregator'@'%'", database_.Name()));
  const auto run = Aggregate();
  EXPECT_THAT(run.err, HasSubstr("sql/accounts.sql"));
  Process();
  EXPECT_THAT(Mails(), Each(ResultOf(MessageIdOf, MessageIdOf(before[0]))));
  EXPECT_THAT(Alerts(), ElementsAre(ElementsAre("firing", "1")));
}

}  // namespace
}  // namespace mon::test
