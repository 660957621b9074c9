#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/processor_world.h"

// Passes on databases with Zabbix values: evidence, and rules that name items.

namespace mon::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kLoadRule =
    "[[rule]]\nname = \"load\"\nexpr = 'item(\"system.cpu.load\") > 4'\n"
    "summary = \"Load of {hosts} is {value}\"\n";

TEST(EvidenceTest, MailQuotesTheNearestValueOfEachItem) {
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(42237, 10105, "web-1", "system.cpu.load", world.now);
  world.AddItem(42238, 10105, "web-1", "vm.memory.size", world.now);
  world.AddValue(42237, t - 9, 1.5);
  world.AddValue(42237, t + 3, 12.25);
  world.AddValue(42238, t - 300, 77);
  world.Insert(t, 0.9);
  world.Pass();
  const auto mails = world.Mails();
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_THAT(mails[0], AllOf(HasSubstr("42237"), HasSubstr("12.25"),
                              HasSubstr(std::to_string(t + 3)), HasSubstr("42238")));
  const auto joined = "SELECT CAST(JSON_EXTRACT(evidence, '$.joined[{}].{}') AS CHAR) FROM alerts";
  const auto cell = [&](int row, const std::string& member) {
    std::string sql = joined;
    sql.replace(sql.find("{}"), 2, std::to_string(row));
    sql.replace(sql.find("{}"), 2, member);
    return world.db.QueryOne(sql);
  };
  EXPECT_EQ(cell(0, "offset_seconds"), "3");
  EXPECT_EQ(cell(0, "within_window"), "true");
  EXPECT_EQ(cell(1, "offset_seconds"), "-300");
  EXPECT_EQ(cell(1, "within_window"), "false");
}

TEST(EvidenceTest, ShowsValuesCharacterByCharacter) {
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddItem(2, 10, "web-1", "status", world.now);
  world.AddItem(3, 10, "web-1", "uptime", world.now);
  world.db.Execute(
      "INSERT INTO zabbix_history (itemid, clock, ns, value, value_uint, value_text) VALUES"
      " (1, ?, 0, 0.25, NULL, '0.2500'), (2, ?, 0, NULL, NULL, 'degraded'),"
      " (3, ?, 0, 18446744073709551615, 18446744073709551615, NULL)",
      {t, t, t});
  world.Insert(t, 0.9);
  world.Pass();
  EXPECT_THAT(world.db.QueryOne("SELECT evidence FROM alerts"),
              AllOf(HasSubstr("\"0.2500\""), HasSubstr("\"degraded\""),
                    HasSubstr("\"18446744073709551615\"")));
}

TEST(EvidenceTest, ApplicationShowsItsOwnHostsOnly) {
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddItem(2, 20, "web-2", "load", world.now);
  world.AddValue(1, t, 1);
  world.AddValue(2, t, 1);
  world.db.Execute("INSERT INTO application_hosts VALUES ('shop', 20)");
  world.InsertOf("shop", t, 0.9);
  world.Pass();
  const auto evidence = world.db.QueryOne("SELECT evidence FROM alerts");
  EXPECT_THAT(evidence, AllOf(HasSubstr("web-2"), Not(HasSubstr("web-1"))));
}

TEST(ItemRuleTest, TagChoosesAmongTheHosts) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = 'item(\"load\", tag=\"role=db\") > 4'\n");
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddItem(2, 20, "db-1", "load", world.now);
  world.AddValue(1, t, 9);
  world.AddValue(2, t, 9);
  world.db.Execute("UPDATE zabbix_items SET tags = 'component=cpu\nrole=db' WHERE itemid = '2'");
  world.Insert(t, 0);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT GROUP_CONCAT(hosts) FROM alerts"), "db-1");
}

constexpr const char* kOnWeb2 =
    "[[application]]\nname = \"hyphenmon\"\nurl = \"http://localhost:5001/metrics\"\n"
    "zabbix_hosts = [\"web-2\"]\n";

TEST(EvidenceTest, ConfiguredHostsCountBeforeTheyAreResolved) {
  ProcessorWorld world(kOnWeb2);
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddItem(2, 20, "web-2", "load", world.now);
  world.AddValue(1, t, 1);
  world.AddValue(2, t, 1);
  world.Insert(t, 0.9);
  world.Pass();
  const auto evidence = world.db.QueryOne("SELECT evidence FROM alerts");
  EXPECT_THAT(evidence, AllOf(HasSubstr("web-2"), Not(HasSubstr("web-1"))));
}

TEST(EvidenceTest, UnknownConfiguredHostIsNotEveryHost) {
  ProcessorWorld world(kOnWeb2);
  world.Pass();
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddValue(1, world.now - 60, 1);
  world.Insert(world.now - 60, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT JSON_LENGTH(evidence, '$.joined') FROM alerts"), "0");
}

TEST(EvidenceTest, DatabaseOfOtherProgramsShowsTheNewestValues) {
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 60;
  world.db.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid) VALUES"
      " ('100', 'CPU load', '0.50', ?, '10105'), ('101', 'Never', NULL, NULL, '10105'),"
      " ('102', 'Old', '7', ?, NULL), ('no id', 'Bad', '1', ?, '10105')",
      {t + 10, t - 1000, t});
  world.Insert(t, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT JSON_LENGTH(evidence, '$.joined') FROM alerts"), "2");
  const auto evidence = world.db.QueryOne("SELECT evidence FROM alerts");
  EXPECT_THAT(evidence, AllOf(HasSubstr("0.50"), HasSubstr("CPU load"), HasSubstr("Old"),
                              Not(HasSubstr("Never")), Not(HasSubstr("Bad"))));
  EXPECT_THAT(world.Mails(), SizeIs(1));
}

TEST(EvidenceTest, ItemWithHistoryIsNotReadFromItsNewestValue) {
  ProcessorWorld world;
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddValue(1, t - 100, 5);
  world.db.Execute("UPDATE zabbix_items SET lastvalue = '99', lastclock = ?", {t});
  world.Insert(t, 0.9);
  world.Pass();
  const auto evidence = world.db.QueryOne("SELECT evidence FROM alerts");
  EXPECT_THAT(evidence, AllOf(Not(HasSubstr("\"99\"")), HasSubstr("\"within_window\":false")));
}

TEST(ItemRuleTest, WaitsUntilTheHostWasReadBeyondTheWindow) {
  ProcessorWorld world(kLoadRule);
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "system.cpu.load", t);
  world.AddValue(1, t - 2, 1);
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "1");
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");

  world.AddValue(1, t + 1, 9);  // nearer
  world.db.Execute("UPDATE zabbix_hosts SET read_until = ?", {t + 11});
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "0");
  EXPECT_EQ(world.db.Query("SELECT hosts, summary, CONCAT(value) FROM alerts"),
            (std::vector<std::vector<std::string>>{{"web-1", "Load of web-1 is 9", "9"}}));
  EXPECT_THAT(world.Mails(), SizeIs(1));
}

TEST(ItemRuleTest, HistoryOfAnotherProgramLetsTheWindowPass) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = 'item(\"CPU load\") > 4'\n");
  world.Pass();
  const auto t = world.now + 600;
  world.db.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid)"
      " VALUES ('100', 'CPU load', '1', ?, '10105')",
      {t - 9});
  world.AddValue(100, t - 9, 1);
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "1");
}

TEST(ItemRuleTest, ItemThatComesWithinNinetySecondsCounts) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = 'item(\"CPU load\") > 4'\n");
  world.Pass();
  const auto t = world.now;
  world.Insert(t, 0.1);
  world.Pass();
  world.db.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid)"
      " VALUES ('100', 'CPU load', '9.5', ?, '10105')",
      {t + 5});
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
}

TEST(ItemRuleTest, DecidesAfterNinetySecondsOnWhatIsThere) {
  ProcessorWorld world(kLoadRule);
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "system.cpu.load", t - 500);
  world.AddValue(1, t - 2, 9);
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  world.db.Execute("UPDATE pending_samples SET waits_since = waits_since - INTERVAL 90 SECOND");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1");
}

TEST(ItemRuleTest, UnknownNeitherFiresNorResolves) {
  ProcessorWorld world(kLoadRule);
  world.Pass();
  const auto t = world.now - 900;
  world.AddItem(1, 10, "web-1", "system.cpu.load", world.now);
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  world.AddValue(1, t + 100, 9);
  world.Insert(t + 100, 0.1);
  world.Insert(t + 200, 0.1);
  world.Insert(t + 300, 0.1);
  world.Insert(t + 400, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM alerts"), "firing");
}

/// An alert about a load of 9 at -5 s, and then `late` at the very second of the sample.
std::string RecoveryAfterLateValue(double late, const std::string& expr) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = '" + expr + "'\n");
  world.Pass();
  const auto t = world.now - 900;
  world.AddItem(1, 10, "web-1", "system.cpu.load", world.now);
  world.AddValue(1, t - 5, 9);
  world.Insert(t, 0.3);
  world.Pass();
  EXPECT_THAT(world.Mails(), SizeIs(1));

  world.AddValue(1, t, late);
  for (const auto after : {100, 200}) {
    world.AddValue(1, t + after, 1);
    world.Insert(t + after, 0.1);
  }
  world.Pass();
  EXPECT_THAT(world.Mails(), SizeIs(2));
  return world.db.QueryOne("SELECT body_text FROM notifications WHERE kind = 'recovery'");
}

TEST(ItemRuleTest, RecoveryTellsOfALateValueThatChangesTheStory) {
  const std::string load = "item(\"system.cpu.load\") > 4";
  EXPECT_THAT(RecoveryAfterLateValue(1, load), HasSubstr("the condition was not true at"));
  EXPECT_THAT(RecoveryAfterLateValue(7, load), HasSubstr("item(\"system.cpu.load\") 7"));
  EXPECT_THAT(RecoveryAfterLateValue(9, load), Not(HasSubstr("arrived late")));
  EXPECT_THAT(RecoveryAfterLateValue(7, "error_rate > 0.2 and " + load),
              Not(HasSubstr("arrived late")));
}

TEST(SpanRuleTest, ReadsTheSamplesBeforeThePass) {
  ProcessorWorld world(
      "[[rule]]\nname = \"busy\"\nexpr = \"avg(error_rate, 5m) * 100 > 50\"\n"
      "labels = { team = \"shop\" }\nsummary = \"{metric} is {value} for {label.team}\"\n"
      "description = \"First line\\nsecond line\"\nowner = \"Shop team\"\n"
      "runbook = \"https://wiki.example/busy\"\n");
  world.Pass();
  const auto t = world.now - 60;
  for (int i = 4; i > 0; --i) world.Insert(t - 10 * i, 0.25);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  for (const auto after : {0, 10}) {
    world.Insert(t + after, 1);
    world.Pass();
  }
  // 0.25 × 4 and 1 × 2: not above 0.5 yet; one more, and it is.
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "0");
  world.Insert(t + 20, 1);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT started_at, summary, labels FROM alerts"),
            (std::vector<std::vector<std::string>>{
                {std::to_string(t + 20), "avg(error_rate, 5m) * 100 is 57.142857 for shop",
                 "{\"team\":\"shop\"}"}}));
  ASSERT_THAT(world.Mails(), SizeIs(1));
  EXPECT_THAT(world.Mails()[0], AllOf(HasSubstr("First line"), HasSubstr("second line"),
                                      HasSubstr("Shop team"), HasSubstr("wiki.example/busy")));
}

TEST(SpanRuleTest, ReadsTheValuesOfItemsBeforeTheSample) {
  ProcessorWorld world(
      "[[rule]]\nname = \"in\"\nexpr = 'rate(item(\"bytes\", host=\"db-1\"), 5m) > 100'\n");
  world.Pass();
  const auto t = world.now - 60;
  world.AddItem(1, 10, "web-1", "load", world.now);
  world.AddItem(2, 20, "db-1", "bytes", world.now);
  world.db.Execute("INSERT INTO application_hosts VALUES ('shop', 10)");
  world.AddValue(2, t - 250, 0);
  world.AddValue(2, t - 50, 30'000);
  world.InsertOf("shop", t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT hosts, CONCAT(value) FROM alerts"),
            (std::vector<std::vector<std::string>>{{"db-1", "150"}}));
}

TEST(RecoveryTest, EndsTheAlertInsteadOfTheCondition) {
  ProcessorWorld world(
      "[[rule]]\nname = \"errors\"\nexpr = \"error_rate > 0.5\"\nrecovery = \"error_rate < "
      "0.2\"\n");
  world.Pass();
  const auto t = world.now - 100;
  world.Insert(t, 0.9);
  for (const auto after : {10, 20, 30}) world.Insert(t + after, 0.4);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM alerts"), "firing");
  for (const auto after : {40, 50}) world.Insert(t + after, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT status, ended_at FROM alerts"),
            (std::vector<std::vector<std::string>>{{"resolved", std::to_string(t + 40)}}));
}

TEST(MeasuredWindowTest, IsReadFromTheItemsOwnHistory) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = 'item(\"load\", window=\"auto\") > 4'\n");
  world.Pass();
  const auto t = world.now - 300;
  world.AddItem(1, 10, "web-1", "load", world.now);
  for (int i = 0; i < 5; ++i) world.AddValue(1, t - 40 - 60 * i, 9);
  world.db.Execute("UPDATE zabbix_items SET lastclock = ?", {t - 40});
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts"), "1") << "40 s are within 45 s";
}

TEST(ItemRuleTest, RuleOnTheApplicationAloneDoesNotWait) {
  ProcessorWorld world(std::string(kLoadRule) +
                       "[[rule]]\nname = \"errors\"\nexpr = \"error_rate > 0.5\"\n");
  world.Pass();
  world.AddItem(1, 10, "web-1", "system.cpu.load", 0);
  world.Insert(world.now, 0.9);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT rule FROM alerts"),
            (std::vector<std::vector<std::string>>{{"errors"}}));
}

TEST(ItemRuleTest, WaitingSampleWhoseRowIsGoneIsForgotten) {
  ProcessorWorld world(kLoadRule);
  world.Pass();
  world.AddItem(1, 10, "web-1", "system.cpu.load", 0);
  world.Insert(world.now, 0.9);
  world.Pass();
  world.db.Execute("DELETE FROM hyphenmon_metrics");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "0");
}

TEST(ItemRuleTest, SamplesDoNotWaitForRulesThatAreGone) {
  ProcessorWorld world(kLoadRule);
  world.Pass();
  world.AddItem(1, 10, "web-1", "system.cpu.load", 0);
  world.Insert(world.now, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "1");
  world.WriteConfig("[[rule]]\nname = \"errors\"\nexpr = \"error_rate > 0.5\"\n");
  world.Pass();
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM pending_samples"), "0");
}

TEST(ItemRuleTest, ForeignRowWithoutAKeyIsCalledByItsName) {
  ProcessorWorld world("[[rule]]\nname = \"load\"\nexpr = 'item(\"CPU load\") > 4'\n");
  world.Pass();
  const auto t = world.now - 60;
  world.db.Execute(
      "INSERT INTO zabbix_items (itemid, name, lastvalue, lastclock, hostid)"
      " VALUES ('100', 'CPU load', '9.5', ?, '10105')",
      {t + 5});
  world.Insert(t, 0.1);
  world.Pass();
  EXPECT_EQ(world.db.Query("SELECT CONCAT(value), hosts FROM alerts"),
            (std::vector<std::vector<std::string>>{{"9.5", "10105"}}));
}

}  // namespace
}  // namespace mon::test
