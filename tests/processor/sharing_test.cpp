#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "parts.h"
#include "processor/processor_world.h"
#include "support/plain_http.h"

// Real daemons that share the applications among them.

namespace mon::test {
namespace {

using namespace std::chrono_literals;

constexpr int kApplications = 40;

class ProcessorSharingTest : public ::testing::Test {
 protected:
  explicit ProcessorSharingTest(const std::string& rules = "") : rules_(rules) { WriteShare("on"); }

  void WriteShare(const std::string& share) {
    world_.Configure("[processor]\nshare = \"" + share + "\"\n" + rules_);
  }

  std::unique_ptr<Background> Start() {
    return std::make_unique<Background>(
        std::vector<std::string>{Program("processor"), "--config", world_.ConfigFile(), "--daemon",
                                 "--interval", "200ms", "--listen", "127.0.0.1:0", "--log-level",
                                 "info"},
        world_.Environment());
  }

  /// What a daemon's /metrics say of all its passes.
  static double Metric(const Background& daemon, const std::string& name) {
    std::smatch found;
    const std::string log = daemon.ErrorText();
    if (!std::regex_search(log, found, std::regex("port=(\\d+)"))) return -1;
    const std::string text = PlainConnection(std::stoi(found[1])).Get("/metrics").body;
    if (!std::regex_search(text, found, std::regex("\n" + name + " (\\S+)"))) return -1;
    return std::stod(found[1]);
  }
  /// Rows that it has judged, and those of them that had been judged before, or were late.
  static double Rows(const Background& daemon) { return Metric(daemon, "processor_rows_total"); }
  static double Late(const Background& daemon) {
    return Metric(daemon, "processor_late_samples_total");
  }

  /// Together they have judged so many rows, each once. A pass is counted when it is over.
  static testing::AssertionResult EventuallyCounted(double rows,
                                                    const std::vector<const Background*>& daemons) {
    double judged = 0;
    double late = 0;
    for (int i = 0; i < 3'000 && judged < rows; ++i) {
      judged = late = 0;
      for (const Background* daemon : daemons) {
        judged += Rows(*daemon);
        late += Late(*daemon);
      }
      usleep(10'000);
    }
    if (judged == rows && late == 0) return testing::AssertionSuccess();
    return testing::AssertionFailure() << judged << " rows, " << late << " late";
  }

  testing::AssertionResult Eventually(const std::string& query, const std::string& answer) {
    std::string last;
    for (int i = 0; i < 3'000; ++i) {
      last = world_.db.QueryOne(query);
      if (last == answer) return testing::AssertionSuccess();
      usleep(10'000);
    }
    return testing::AssertionFailure() << query << " is " << last << ", not " << answer;
  }

  /// So many are members, and all of them have agreed on that.
  testing::AssertionResult EventuallyShare(int members) {
    return Eventually(
        "SELECT CONCAT(COUNT(*), '/', COUNT(DISTINCT agreed), '/',"
        " MAX(LENGTH(agreed) - LENGTH(REPLACE(agreed, ':', '')))) FROM leases"
        " WHERE name LIKE 'processor%' AND expires_at IS NOT NULL",
        fmt::format("{}/1/{}", members, members));
  }

  /// A sample of each application.
  void InsertOfAll(double error_rate) {
    time_ += 10;
    for (int i = 0; i < kApplications; ++i)
      world_.InsertOf(fmt::format("a{}", i), time_, error_rate);
  }

  testing::AssertionResult EventuallyAllAreJudged() {
    return Eventually(
        "SELECT COUNT(*) FROM rule_states WHERE newest_sample = " + std::to_string(time_),
        std::to_string(kApplications));
  }

  /// Every application had an incident that began and ended in these samples, once.
  void ExpectIncidents(int of_each) {
    const std::string number = std::to_string(of_each * kApplications);
    EXPECT_TRUE(Eventually("SELECT COUNT(*) FROM alerts WHERE status = 'resolved'", number));
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alerts"), number);
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alert_events WHERE kind = 'fired'"), number);
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alert_events WHERE kind = 'resolved'"),
              number);
    EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM alert_events WHERE kind = 'late_data'"),
              "0");
  }

  void MakeIncident() {
    InsertOfAll(0.9);
    EXPECT_TRUE(EventuallyAllAreJudged());
    InsertOfAll(0.1);
    InsertOfAll(0.1);
    EXPECT_TRUE(EventuallyAllAreJudged());
  }

  std::string rules_;
  ProcessorWorld world_;
  std::int64_t time_ = world_.now - 1'000;
};

TEST_F(ProcessorSharingTest, DaemonsShareAllApplicationsAndTakeOverFromEachOther) {
  const auto first = Start();
  ASSERT_TRUE(EventuallyShare(1));
  MakeIncident();
  const auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  MakeIncident();
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(DISTINCT part) FROM part_ranges"), "64");
  EXPECT_TRUE(EventuallyCounted(6 * kApplications, {first.get(), second.get()}));
  EXPECT_GT(Rows(*second), 0);
  const auto third = Start();
  ASSERT_TRUE(EventuallyShare(3));
  InsertOfAll(0.9);
  first->Signal(SIGKILL);  // while they are at it
  first->Wait();
  ASSERT_TRUE(EventuallyShare(2));
  EXPECT_TRUE(EventuallyAllAreJudged());
  InsertOfAll(0.1);
  second->Signal(SIGTERM);
  EXPECT_EQ(second->Wait(), 0);
  InsertOfAll(0.1);
  ASSERT_TRUE(EventuallyShare(1));
  EXPECT_TRUE(EventuallyAllAreJudged());
  ExpectIncidents(3);
  // Who is alone keeps one ledger for all again.
  EXPECT_TRUE(Eventually("SELECT COUNT(*) FROM part_ranges", "0"));
  EXPECT_EQ(Late(*third), 0);
}

TEST_F(ProcessorSharingTest, ServerComputesTheSameParts) {
  for (const std::string application : {"shop", "caf\xC3\xA9", "\xF0\x9F\x9B\x92 1", ""}) {
    world_.db.Execute(
        "REPLACE INTO pending_samples (sample_id, application, timestamp)"
        " VALUES (1, '" +
        application + "', 0)");
    EXPECT_EQ(world_.db.QueryOne("SELECT CRC32(application) % 64 FROM pending_samples"),
              std::to_string(processor::PartOf(application)));
  }
}

TEST_F(ProcessorSharingTest, MailsOfAllAreToldByOne) {
  const auto first = Start();
  const auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  MakeIncident();
  ExpectIncidents(1);
  EXPECT_TRUE(Eventually("SELECT COUNT(*) FROM alert_tellings", "0")) << "all of it was told";
  EXPECT_TRUE(
      Eventually("SELECT COUNT(*) FROM notification_recipients WHERE status <> 'sent'", "0"));
  // Each alert is told once in a mail about problems, or in one that tells beginning and end.
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM (SELECT alert_id FROM notification_alerts"
                               " WHERE kind IN ('problem', 'both') GROUP BY alert_id"
                               " HAVING COUNT(*) = 1) told"),
            std::to_string(kApplications));
}

TEST_F(ProcessorSharingTest, OneThatStoodStillForLongerThanItsLeaseCommitsNothing) {
  const auto first = Start();
  const auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  MakeIncident();
  // Both are held up within the transaction of a page.
  auto holder = world_.db.Connect(Account::kProcessor);
  ASSERT_TRUE(holder.Begin());
  ASSERT_TRUE(holder.Query("SELECT * FROM rule_states FOR UPDATE"));
  InsertOfAll(0.9);
  ASSERT_TRUE(
      Eventually("SELECT COUNT(*) FROM information_schema.processlist"
                 " WHERE db = DATABASE() AND info LIKE 'INSERT INTO rule_states%'",
                 "2"));
  second->Signal(SIGSTOP);
  world_.db.Execute(
      fmt::format("UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE owner_pid = {}",
                  second->Pid()));
  holder.Rollback();
  ASSERT_TRUE(EventuallyShare(1));
  EXPECT_TRUE(EventuallyAllAreJudged());
  EXPECT_EQ(Late(*first), 0);
  second->Signal(SIGCONT);
  ASSERT_TRUE(EventuallyShare(2));
  InsertOfAll(0.1);
  InsertOfAll(0.1);
  EXPECT_TRUE(EventuallyAllAreJudged());
  ExpectIncidents(2);
  EXPECT_EQ(Late(*first) + Late(*second), 0);
}

TEST_F(ProcessorSharingTest, ReloadLetsOneWorkAloneAndShareAgain) {
  const auto first = Start();
  const auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  MakeIncident();
  const std::string held =
      "SELECT COUNT(*) FROM leases WHERE name LIKE 'processor%'"
      " AND expires_at IS NOT NULL";
  const auto reload = [&](const std::string& share) {
    WriteShare(share);
    first->Signal(SIGHUP);
    second->Signal(SIGHUP);
  };
  reload("off");
  ASSERT_TRUE(Eventually(held, "1"));
  MakeIncident();
  reload("on");
  ASSERT_TRUE(EventuallyShare(2));
  MakeIncident();
  ExpectIncidents(3);
  EXPECT_TRUE(EventuallyCounted(9 * kApplications, {first.get(), second.get()}));
}

TEST_F(ProcessorSharingTest, OneThatIsAloneFindsThemAtIt) {
  const auto first = Start();
  ASSERT_TRUE(EventuallyShare(1));
  EXPECT_EQ(world_.Run().exit_code, 75);
}

TEST_F(ProcessorSharingTest, OneThatIsAloneGoesOnWhereTheyStopped) {
  auto first = Start();
  auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  InsertOfAll(0.9);
  EXPECT_TRUE(EventuallyAllAreJudged());
  for (auto* daemon : {&first, &second}) {
    (*daemon)->Signal(SIGTERM);
    EXPECT_EQ((*daemon)->Wait(), 0);
  }
  InsertOfAll(0.1);
  InsertOfAll(0.1);
  const auto run = world_.Run();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  ExpectIncidents(1);
  EXPECT_EQ(world_.db.QueryOne("SELECT COUNT(*) FROM part_ranges"), "0");
}

class SharingWithItemsTest : public ProcessorSharingTest {
 protected:
  SharingWithItemsTest()
      : ProcessorSharingTest("[[rule]]\nname = \"load\"\nexpr = 'item(\"load\") > 4'\n") {}
};

TEST_F(SharingWithItemsTest, SamplesThatWaitAreJudgedByWhoHasTheirApplicationThen) {
  const auto first = Start();
  const auto second = Start();
  ASSERT_TRUE(EventuallyShare(2));
  time_ = world_.now - 30;
  world_.AddItem(1, 10, "web-1", "load", time_ - 60);
  for (int i = 0; i < kApplications; ++i)
    world_.db.Execute(fmt::format("INSERT INTO application_hosts VALUES ('a{}', 10)", i));
  InsertOfAll(0.1);
  const std::string waiting = "SELECT COUNT(*) FROM pending_samples";
  EXPECT_TRUE(Eventually(waiting, std::to_string(kApplications)));
  second->Signal(SIGKILL);
  second->Wait();
  world_.AddValue(1, time_, 5);
  world_.db.Execute("UPDATE zabbix_hosts SET read_until = " + std::to_string(time_ + 60));
  EXPECT_TRUE(Eventually(waiting, "0")) << first->ErrorText();
  EXPECT_TRUE(Eventually("SELECT COUNT(*) FROM alerts", std::to_string(kApplications)));
}

}  // namespace
}  // namespace mon::test
