#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/processor_world.h"

// What a mail names as the probable cause, on a real database: applications that are called, and
// items as the configuration says what they are.

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kCalls =
    "[[application]]\nname = \"shop\"\nurl = \"http://shop.example/\"\ndepends_on = [\"auth\"]\n"
    "[[application]]\nname = \"auth\"\nurl = \"http://auth.example/\"\ndepends_on = [\"db\"]\n"
    "[[application]]\nname = \"db\"\nurl = \"http://db.example/\"\ndepends_on = [\"shop\"]\n";

/// Samples of several applications, 10 s apart, of an hour and a bit up to now; nobody judges those
/// of the past.
class CausesTest : public testing::Test {
 protected:
  explicit CausesTest(const std::string& config = kCalls) : world_(config) {
    world_.Pass();
    onset_ = world_.now - 30;
  }

  void Store(const std::string& application, double errors, double errors_since,
             std::int64_t since) {
    std::string sql;
    for (std::int64_t t = onset_ - 4'000; t < onset_; t += 10) {
      const double error_rate =
          t < since ? errors + 0.0001 * static_cast<double>(t / 10 % 7) : errors_since;
      sql += fmt::format("{}({}, {}, {:.4f}, '{}', NOW() - INTERVAL 1 DAY)", sql.empty() ? "" : ",",
                         t, 100 + t / 10 % 5, error_rate, application);
    }
    world_.db.Execute(
        "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application,"
        " recorded_at) VALUES " +
        sql);
  }

  ProcessorWorld world_;
  std::int64_t onset_ = 0;
};

TEST_F(CausesTest, MailOfTheCallerNamesItsCallee) {
  Store("shop", 0.01, 0.01, onset_);
  Store("auth", 0.01, 0.01, onset_);
  Store("db", 0.01, 0.3, onset_ - 40);
  world_.InsertOf("auth", onset_, 0.01);
  world_.InsertOf("db", onset_, 0.3);
  world_.InsertOf("shop", onset_, 0.97);
  world_.Pass();
  ASSERT_THAT(world_.Subjects(), ElementsAre(HasSubstr("shop")));
  const auto mail = world_.Mails().front();
  EXPECT_THAT(mail, HasSubstr("Probable causes, of 2 applications that it calls"));
  EXPECT_THAT(mail, HasSubstr("error_rate of db, which auth calls, rose to 0.3 from a usual"));
  EXPECT_THAT(mail, Not(HasSubstr("error_rate of auth")));
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_VALUE(evidence, '$.moved[0].application') FROM alerts"),
            "db");
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_VALUE(evidence, '$.called') FROM alerts"), "2");
}

TEST_F(CausesTest, AlertOfTheCalleeIsNamedAndBothShareAMail) {
  Store("shop", 0.01, 0.01, onset_);
  Store("auth", 0.01, 0.01, onset_);
  world_.InsertOf("auth", onset_, 0.8);
  world_.InsertOf("shop", onset_, 0.97);
  world_.Pass();
  ASSERT_THAT(world_.Subjects(), ElementsAre(HasSubstr("2 alerts:")));
  EXPECT_THAT(world_.Mails().front(),
              AllOf(HasSubstr("shop: Error rate of shop is 0.97"),
                    HasSubstr("auth, which shop calls, is in alert: Error rate of auth is 0.8,")));
}

TEST_F(CausesTest, CalleeThatIsInAlertAlreadyIsNamedLater) {
  Store("shop", 0.01, 0.01, onset_);
  world_.InsertOf("auth", onset_ - 10, 0.8);
  world_.Pass();
  world_.InsertOf("shop", onset_, 0.97);
  world_.Pass();
  ASSERT_THAT(world_.Subjects(), SizeIs(2));
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_VALUE(evidence, '$.moved[0].sentence') FROM alerts"
                               " WHERE application = 'shop'"),
            "auth, which shop calls, is in alert: Error rate of auth is 0.8, since 10 s before the "
            "errors");
}

TEST_F(CausesTest, WhereNothingMovedTheMailSaysWhatWasLookedAt) {
  for (const char* name : {"shop", "auth", "db"}) Store(name, 0.01, 0.01, onset_);
  world_.InsertOf("shop", onset_, 0.97);
  world_.Pass();
  EXPECT_THAT(world_.Mails().at(0),
              HasSubstr("None of the 2 applications that it calls did anything unusual"));
}

class ContextTest : public CausesTest {
 protected:
  static constexpr const char* kContexts =
      "[[context]]\napplication = \"shop\"\nhosts = [\"web-*\"]\nitems = [\"proc.num\"]\n"
      "role = \"symptom\"\n"
      "[[context]]\napplication = \"shop\"\ntags = [\"team=other\"]\nrole = \"unrelated\"\n"
      "[[context]]\napplication = \"shop\"\nitems = [\"slow.*\"]\nwindow = \"auto\"\n";

  ContextTest() : CausesTest(std::string(kShop) + kContexts) {
    world_.db.Execute("INSERT INTO application_hosts VALUES ('shop', 10105)");
  }

  static constexpr const char* kShop =
      "[[application]]\nname = \"shop\"\nurl = \"http://shop.example/\"\n"
      "zabbix_hosts = [\"web-1\"]\n";

  /// An item that shows 1 or so, and from `since` on `value`.
  void StoreItem(std::uint64_t itemid, const std::string& key, int every, std::int64_t since,
                 double value) {
    world_.AddItem(itemid, 10105, "web-1", key, world_.now);
    std::string sql;
    for (std::int64_t t = onset_ - 4'000; t <= onset_; t += every) {
      const double usual = 1 + 0.05 * static_cast<double>(t / every % 5);
      sql += fmt::format("{}({}, {}, 0, {})", sql.empty() ? "" : ",", itemid, t,
                         t < since ? usual : value);
    }
    world_.db.Execute("INSERT INTO zabbix_history (itemid, clock, ns, value) VALUES " + sql);
    world_.db.Execute("UPDATE zabbix_items SET lastclock = ? WHERE itemid = ?",
                      {onset_, std::to_string(itemid)});
  }
};

TEST_F(ContextTest, SymptomIsShownLastAndUnrelatedNotAtAll) {
  Store("shop", 0.01, 0.01, onset_);
  StoreItem(1, "proc.num", 10, onset_ - 60, 900);
  StoreItem(2, "cpu.load", 10, onset_ - 30, 12);
  StoreItem(3, "backup.size", 10, onset_ - 60, 900);
  world_.db.Execute("UPDATE zabbix_items SET tags = 'team=other' WHERE itemid = '3'");
  world_.InsertOf("shop", onset_, 0.97);
  world_.Pass();
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_EXTRACT(evidence, '$.moved[*].key') FROM alerts"),
            "[\"cpu.load\", \"proc.num\"]");
  EXPECT_EQ(world_.db.QueryOne("SELECT JSON_EXTRACT(evidence, '$.joined[*].key') FROM alerts"),
            "[\"cpu.load\", \"proc.num\"]");
  const auto mail = world_.Mails().at(0);
  EXPECT_THAT(mail, AllOf(HasSubstr("key proc.num; a symptom"), Not(HasSubstr("backup.size"))));
}

TEST_F(ContextTest, WindowFollowsTheCadenceOfAnItemWhereAsked) {
  StoreItem(1, "slow.scan", 60, onset_, 12);
  StoreItem(2, "other.scan", 60, onset_, 12);
  const auto off = onset_ - (onset_ - (onset_ - 4'000)) % 60;  // when both had their last values
  world_.InsertOf("shop", off + 25, 0.97);
  world_.Pass();
  const auto in_window = [&](int itemid) {
    return world_.db.QueryOne(fmt::format(
        "SELECT j.inside FROM alerts, JSON_TABLE(evidence, '$.joined[*]' COLUMNS (itemid INT PATH "
        "'$.itemid', inside VARCHAR(9) PATH '$.within_window')) j WHERE j.itemid = {}",
        itemid));
  };
  EXPECT_EQ(in_window(1), "true");
  EXPECT_EQ(in_window(2), "false");
  EXPECT_THAT(world_.Mails().at(0), HasSubstr("within 10 s or their own window"));
}

TEST_F(ContextTest, CheckConfigNamesThePlaceOfWhatIsWrong) {
  const auto refusal = [this](const std::string& more) {
    world_.WriteConfig(std::string(kShop) + more);
    const auto run = world_.Run({"--check-config"});
    EXPECT_EQ(run.exit_code, 78);
    return run.err;
  };
  EXPECT_THAT(refusal("[[context]]\napplication = \"shop\"\nactive = \"noon\"\nrole = \"cause\"\n"),
              AllOf(HasSubstr("monitoring.toml:5: [[context]]: active"),
                    HasSubstr("expected days and times")));
  EXPECT_THAT(refusal("depends_on = [\"shopp\"]\n"),
              HasSubstr("monitoring.toml:5: application[0].depends_on: \"shopp\" is the name of no "
                        "application, did you mean \"shop\"?"));
}

}  // namespace
}  // namespace mon::test
