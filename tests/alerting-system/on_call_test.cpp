// alerting-system list, show, ack, silence, expire, audit: on alerts that the real processor has
// raised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "alerting-system/on_call_world.h"

namespace mon::alerting_system {
namespace {

using nlohmann::json;
using test::Finished;
using test::OnCallWorld;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;
using testing::SizeIs;
using Strings = std::vector<std::string>;

Strings Lines(const std::string& text) {
  Strings lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// "errors shop", of each element of a list in JSON.
Strings Names(const std::string& list) {
  Strings names;
  for (const auto& alert : json::parse(list)) {
    names.push_back(std::string(alert["rule"]) + " " + std::string(alert["application"]));
  }
  return names;
}

class OnCallTest : public testing::Test {
 protected:
  /// The id of the open alert of rule `errors`.
  std::string Id(const std::string& application, const std::string& rule = "errors") {
    return world.db.QueryOne("SELECT MAX(id) FROM alerts WHERE rule = '" + rule +
                             "' AND application = '" + application + "'");
  }

  OnCallWorld& world = OnCallWorld::Fresh();
};

class AckTest : public OnCallTest {
 protected:
  AckTest() {
    world.Fail("shop");
    id = Id("shop");
  }
  std::string id;
};

class SilenceTest : public OnCallTest {
 protected:
  static constexpr const char* kSilences =
      "SELECT id, matchers, comment, created_by, until_resolved, recurrence, time_zone,"
      " TIMESTAMPDIFF(MINUTE, starts_at, ends_at),"
      " expired_at IS NULL FROM silences ORDER BY id";
};

using ListTest = OnCallTest;
using ShowTest = OnCallTest;
using AuditTest = OnCallTest;

// --- list -----------------------------------------------------------------------------------

TEST_F(ListTest, SaysWhereNothingGoesOn) {
  EXPECT_EQ(world.Get({"list"}), "no alerts\n");
  EXPECT_EQ(world.Get({"list", "--format", "json"}), "[]\n");
}

TEST_F(ListTest, ShowsWhatGoesOnTheWorstFirst) {
  world.Weaken("blog");
  world.Fail("shop");
  const auto lines = Lines(world.Get({"list"}));
  ASSERT_THAT(lines, SizeIs(5)) << "with the rule that has not lasted long enough";
  EXPECT_THAT(lines[0], MatchesRegex("ID +STATE +SEVERITY .*APPLICATION +RULE +SINCE +SUMMARY"));
  EXPECT_THAT(lines[1], AllOf(HasSubstr("firing"), HasSubstr("critical"), HasSubstr("shop"),
                              HasSubstr("+00:00  Error rate of shop is 0.9")));
  EXPECT_THAT(lines[2], HasSubstr("shop has errors")) << "further from its limit";
  EXPECT_THAT(lines[3], HasSubstr("blog has errors"));
  EXPECT_THAT(lines[4], AllOf(HasSubstr("pending"), HasSubstr("lasting")));
}

TEST_F(ListTest, ChoosesByStateAndLabels) {
  world.Fail("blog");
  world.Recover("blog");
  world.Fail("shop");
  world.Get({"ack", Id("shop")});
  const auto list = [&](Strings arguments) {
    arguments.insert(arguments.begin(), {"list", "--format", "json"});
    return Names(world.Get(arguments));
  };
  EXPECT_THAT(list({"--state", "acknowledged"}), ElementsAre("errors shop"));
  EXPECT_THAT(list({"--state", "firing,pending"}), ElementsAre("some-errors shop", "lasting shop"));
  EXPECT_THAT(list({"--state", "resolved"}), ElementsAre("errors blog", "some-errors blog"));
  EXPECT_THAT(list({"--state", "resolved", "--since", "1s"}), IsEmpty());
  EXPECT_THAT(list({"--match", "team=web"}), ElementsAre("errors shop")) << "a label of its rule";
  EXPECT_THAT(list({"--match", R"(severity=~"warn.*|info", application="shop")"}),
              ElementsAre("some-errors shop", "lasting shop"));
}

TEST_F(ListTest, HostsOfTheApplicationAreLabelsOfItsAlerts) {
  world.AddItem(1, 100, "web-1", "system.cpu.load", world.now);
  world.db.Execute("INSERT INTO application_hosts (application, hostid) VALUES ('shop', 100)");
  world.Fail("blog");
  world.Fail("shop");
  EXPECT_THAT(Names(world.Get({"list", "--match", "host=web-1", "--format", "json"})),
              ElementsAre("errors shop", "some-errors shop"));
}

TEST_F(ListTest, IsJsonForPrograms) {
  world.Fail("shop");
  const json alert = json::parse(world.Get({"list", "--format", "json"}))[0];
  EXPECT_EQ(alert["id"], std::stoi(Id("shop")));
  EXPECT_EQ(alert["state"], "firing");
  EXPECT_EQ(alert["severity"], "critical");
  EXPECT_EQ(alert["value"], 0.9);
  EXPECT_EQ(alert["limit"], 0.5);
  EXPECT_EQ(alert["started_at"], world.now - 590);
  EXPECT_EQ(alert["labels"]["team"], "web");
  EXPECT_TRUE(alert["ended_at"].is_null());
  EXPECT_TRUE(alert["acknowledged_by"].is_null());
}

TEST_F(ListTest, ForeignTextCannotSteerTheTerminal) {
  world.Fail("shop");
  world.db.Execute("UPDATE alerts SET summary = 'a\x1b[2Jb\nc'");
  EXPECT_THAT(world.Get({"list"}), HasSubstr("a\\u001b[2Jb\\nc"));
  EXPECT_THAT(world.Get({"show", Id("shop")}), HasSubstr("a\\u001b[2Jb\\nc"));
}

TEST_F(ListTest, WrongUsageSaysWhatIsExpected) {
  Finished run = world.Do({"list", "--state", "burning"});
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, HasSubstr("expected pending or firing or acknowledged or silenced or "
                                 "resolved, found 'burning'"));
  run = world.Do({"list", "--match", "severity"});
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, HasSubstr("--match: at column 9: expected one of = != =~ !~"));
  EXPECT_EQ(world.Do({"list", "--since", "yesterday"}).exit_code, 64);
  EXPECT_EQ(world.Do({"list", "--daemon"}).exit_code, 64);
}

// --- show -----------------------------------------------------------------------------------

TEST_F(ShowTest, TellsValuesRuleHistoryAndMails) {
  world.Fail("shop");
  world.Get({"ack", Id("shop"), "--comment", "on it"});
  world.Recover("shop");
  const auto text = world.Get({"show", Id("shop")});
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("Error rate of shop is 0.9\n"), HasSubstr("state         resolved\n"),
            HasSubstr("rule          errors: error_rate > 0.5\n"),
            HasSubstr("value         error_rate 0.9 > 0.5\n"), HasSubstr("team          web\n"),
            HasSubstr("runbook       https://wiki.example/errors\n"),
            HasSubstr("description   Ask web first.\n")));
  EXPECT_THAT(text, AllOf(HasSubstr("acknowledged  by anna: on it\n"),
                          HasSubstr("problem   oncall@example.org  sent    [PROBLEM"),
                          HasSubstr("recovery  oncall@example.org  sent    [RESOLVED")));
}

TEST_F(ShowTest, IsJsonForPrograms) {
  world.Fail("shop");
  world.Get({"ack", Id("shop"), "--comment", "on it"});
  const json alert = json::parse(world.Get({"show", Id("shop"), "--format", "json"}));
  EXPECT_EQ(alert["state"], "acknowledged");
  EXPECT_EQ(alert["events"][0]["kind"], "fired");
  EXPECT_EQ(alert["events"][1]["detail"], "by anna: on it");
  EXPECT_EQ(alert["mails"][0]["kind"], "problem");
  EXPECT_EQ(alert["mails"][0]["status"], "sent");
  EXPECT_EQ(alert["audit"][0]["who"], "anna");
  EXPECT_EQ(alert["evidence"]["condition"], "error_rate > 0.5");
}

TEST_F(ShowTest, UnknownIdIs65) {
  const Finished run = world.Do({"show", "99"});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_THAT(run.err, HasSubstr("there is no alert 99"));
}

// --- ack ------------------------------------------------------------------------------------

TEST_F(AckTest, IsKeptWithWhoAndWhy) {
  EXPECT_EQ(world.Get({"ack", id, "--comment", "on it"}),
            "alert " + id + ": acknowledged; no more reminders, its end is still told\n");
  EXPECT_THAT(world.Rows("SELECT status, acknowledged_by, acknowledged_at IS NOT NULL FROM alerts"
                         " WHERE rule = 'errors'"),
              ElementsAre("acknowledged anna 1"));
  EXPECT_THAT(world.Rows("SELECT kind, detail FROM alert_events WHERE alert_id = " + id),
              ElementsAre("fired Error rate of shop is 0.9", "acknowledged by anna: on it"));
  EXPECT_THAT(world.Rows("SELECT who, action, subject, reason FROM audit_log"),
              ElementsAre("anna acknowledge alert " + id + " on it"));
}

TEST_F(AckTest, StopsRemindersAndTheEndIsStillTold) {
  world.TellEarlier(5);
  world.Pass();
  ASSERT_THAT(world.Subjects(), SizeIs(2)) << "what nobody has taken on is told again";
  world.Get({"ack", id, Id("shop", "some-errors")});
  world.TellEarlier(5);
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(2));
  world.Recover("shop");
  EXPECT_THAT(world.Subjects(), SizeIs(3));
  EXPECT_THAT(world.Subjects().back(), HasSubstr("RESOLVED"));
}

TEST_F(AckTest, AlertsOfFixedLimitsTeachNoDetector) {
  const auto run = world.Do({"normal", id});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_THAT(run.err, HasSubstr("no detector has raised it"));
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), IsEmpty());
}

TEST_F(AckTest, CanBeGivenBack) {
  world.Get({"ack", id});
  EXPECT_THAT(world.Get({"unack", id, "--by", "bert", "--comment", "asleep"}),
              HasSubstr("reminders and escalations go on"));
  EXPECT_THAT(world.Rows("SELECT status, acknowledged_by, acknowledged_at FROM alerts"
                         " WHERE rule = 'errors'"),
              ElementsAre("firing NULL NULL"));
  EXPECT_THAT(world.Rows("SELECT who, action, reason FROM audit_log"),
              ElementsAre("anna acknowledge NULL", "bert unacknowledge asleep"));
}

TEST_F(AckTest, AlertThatIsGivenBackIsSilencedAsBefore) {
  world.Get({"silence", "--alert", id, "--for", "1h"});
  world.Pass();
  world.Get({"ack", id});
  EXPECT_THAT(world.Get({"list"}), HasSubstr("acknowledged by anna"));
  world.Get({"unack", id});
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM alerts WHERE id = " + id), "silenced");
}

TEST_F(AckTest, ChangesNothingWhereOneOfThemCannotBe) {
  world.Fail("blog");
  world.Recover("blog");
  const auto refused = [&](const Strings& arguments, const std::string& why) {
    const Finished run = world.Do(arguments);
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_THAT(run.err, HasSubstr(why));
  };
  refused({"ack", id, "99"}, "there is no alert 99");
  refused({"ack", id, Id("blog")}, "alert " + Id("blog") + " is over");
  refused({"unack", id}, "nobody has acknowledged alert " + id);
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), IsEmpty());
  EXPECT_EQ(world.db.QueryOne("SELECT COUNT(*) FROM alerts WHERE acknowledged_at IS NOT NULL"),
            "0");
  world.Get({"ack", id, id});
  refused({"ack", id}, "anna has acknowledged alert " + id + " already");
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), SizeIs(1)) << "an id twice is one";
}

TEST_F(AckTest, DryRunChangesNothing) {
  EXPECT_THAT(world.Get({"ack", id, "--dry-run"}),
              AllOf(HasSubstr("acknowledged"), HasSubstr("a dry run: nothing was changed\n")));
  EXPECT_EQ(world.Do({"ack", "99", "--dry-run"}).exit_code, 65);
  EXPECT_EQ(world.db.QueryOne("SELECT status FROM alerts WHERE id = " + id), "firing");
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), IsEmpty());
}

TEST_F(AckTest, OfTwoAtTheSameTimeOneIsKept) {
  // Both reach the alert while somebody else holds its row.
  auto holder = world.db.Connect(test::Account::kProcessor);
  auto transaction = mysql::Transaction::Begin(holder);
  ASSERT_TRUE(holder.Query("SELECT id FROM alerts WHERE id = " + id + " FOR UPDATE"));
  auto environment = world.Environment();
  const Strings command{test::Program("alerting-system"), "--config", world.ConfigFile(), "ack",
                        id};
  environment["USER"] = "anna";
  test::Background anna(command, environment);
  environment["USER"] = "bert";
  test::Background bert(command, environment);
  const std::string kTwo = "Innodb_row_lock_current_waits 2";
  const auto waiting = [&] {
    return world.Rows("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'").at(0);
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (waiting() != kTwo && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // they tell nobody
  }
  ASSERT_EQ(waiting(), kTwo);
  ASSERT_TRUE(transaction->Commit());
  EXPECT_THAT((std::set{anna.Wait(), bert.Wait()}), ElementsAre(0, 65));
  EXPECT_THAT(anna.ErrorText() + bert.ErrorText(), HasSubstr("has acknowledged alert " + id));
  EXPECT_THAT(world.Rows("SELECT kind FROM alert_events WHERE kind <> 'fired'"),
              ElementsAre("acknowledged"));
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), SizeIs(1));
}

// --- silence --------------------------------------------------------------------------------

TEST_F(SilenceTest, HoldsMailsBackUntilItEnds) {
  EXPECT_THAT(world.Get({"silence", "application=shop", "--for", "2h", "--comment", "release"}),
              MatchesRegex("silence 1: application=\"shop\", until .* \\+00:00\n"
                           "  matches nothing that goes on now\n"));
  world.Fail("shop");
  EXPECT_THAT(world.Subjects(), IsEmpty());
  EXPECT_THAT(world.Get({"list", "--state", "silenced"}), HasSubstr("silence 1"));
  EXPECT_THAT(world.Get({"expire", "1", "--comment", "it is out"}), HasSubstr("silence 1: ended"));
  world.Pass();
  EXPECT_THAT(world.Subjects(), SizeIs(1)) << "what still goes on is told";
  EXPECT_THAT(world.Get({"silence", "list"}), "no silences\n");
  EXPECT_THAT(world.Rows(kSilences),
              ElementsAre("1 application=\"shop\" release anna 0 NULL NULL 120 0"));
}

TEST_F(SilenceTest, SaysHowManyAlertsItMatches) {
  world.Fail("shop");
  EXPECT_THAT(world.Get({"silence", "application=shop", "--for", "2h"}),
              HasSubstr("  matches 2 alerts that go on\n"));
  EXPECT_THAT(world.Get({"silence", "--alert", Id("shop"), "--for", "2h"}),
              AllOf(HasSubstr("silence 2: rule=\"errors\", application=\"shop\", until"),
                    HasSubstr("  matches one alert that goes on\n")));
}

TEST_F(SilenceTest, UntilResolvedEndsWithItsAlert) {
  world.Fail("shop");
  world.Get({"silence", "--alert", Id("shop"), "--until-resolved", "--comment", "known"});
  world.Pass();
  EXPECT_THAT(world.Get({"silence", "list"}), HasSubstr("with its alerts"));
  world.Recover("shop");
  world.Pass();
  EXPECT_EQ(world.Get({"silence", "list"}), "no silences\n");
  EXPECT_THAT(world.Get({"silence", "list", "--all"}), HasSubstr("over"));
}

TEST_F(SilenceTest, UntilResolvedIsRefusedWhereNothingGoesOn) {
  const Finished run = world.Do({"silence", "application=shop", "--until-resolved"});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_THAT(run.err, HasSubstr("nothing that goes on has application=\"shop\""));
  EXPECT_THAT(world.Rows(kSilences), IsEmpty());
}

TEST_F(SilenceTest, RecursInItsTimeZone) {
  world.Get({"silence", "rule=errors", "--recurring", "daily", "--time-zone", "Asia/Tokyo"});
  // Two days from now it is another day of the week in every zone.
  const auto later =
      world.db.QueryOne("SELECT LOWER(DATE_FORMAT(CURRENT_TIMESTAMP + INTERVAL 3 DAY, '%a'))");
  world.Get({"silence", "rule=some-errors", "--recurring", later + " 02:00-04:00"});
  EXPECT_THAT(world.Rows(kSilences),
              ElementsAre("1 rule=\"errors\"  anna 0 daily Asia/Tokyo NULL 1",
                          "2 rule=\"some-errors\"  anna 0 " + later + " 02:00-04:00 UTC NULL 1"));
  const auto lines = Lines(world.Get({"silence", "list"}));
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[1], AllOf(HasSubstr(" 2  waiting"), HasSubstr(later + " 02:00-04:00 (UTC)")));
  EXPECT_THAT(lines[2], AllOf(HasSubstr(" 1  active"), HasSubstr("daily (Asia/Tokyo)")));
  world.Fail("shop");
  EXPECT_THAT(Names(world.Get({"list", "--state", "silenced", "--format", "json"})),
              ElementsAre("errors shop"));
}

TEST_F(SilenceTest, CanBePlannedAhead) {
  const auto out = world.Get({"silence", "application=shop", "--from", "2037-06-01 22:00", "--for",
                              "3h", "--time-zone", "Europe/Berlin"});
  EXPECT_THAT(out, HasSubstr("from 2037-06-01 20:00:00 +00:00, until 2037-06-01 23:00:00 +00:00"));
  EXPECT_THAT(world.Get({"silence", "list"}), HasSubstr("to come"));
  world.Fail("shop");
  EXPECT_THAT(world.Subjects(), SizeIs(1));
}

TEST_F(SilenceTest, IsEditedAndExtended) {
  world.Fail("shop");
  world.Get({"silence", "application=shop", "--until-resolved", "--comment", "known"});
  world.Get({"silence", "edit", "1", "--for", "4h", "--comment", "takes longer", "--by", "bert"});
  EXPECT_THAT(world.Rows(kSilences),
              ElementsAre("1 application=\"shop\" takes longer anna 0 NULL NULL 240 1"))
      << "the new end replaces the old one";
  world.Get({"silence", "edit", "1", "--match", "application=blog"});
  EXPECT_THAT(world.Rows(kSilences),
              ElementsAre("1 application=\"blog\" takes longer anna 0 NULL NULL 240 1"));
  const auto audit = world.Rows("SELECT who, action, subject, reason, detail FROM audit_log");
  ASSERT_THAT(audit, SizeIs(3));
  EXPECT_THAT(audit[1], AllOf(HasSubstr("bert edit-silence silence 1 takes longer"),
                              HasSubstr("; it was application=\"shop\", until what it matches")));
  EXPECT_THAT(audit[2], HasSubstr("application=\"blog\", until"));
}

TEST_F(SilenceTest, WhatIsOverIsNeitherEditedNorEnded) {
  world.Get({"silence", "application=shop", "--for", "2h"});
  world.Get({"silence", "application=blog", "--for", "2h"});
  world.Get({"expire", "1"});
  for (const Strings& arguments : {Strings{"expire", "2", "1"},
                                   {"expire", "2", "99"},
                                   {"silence", "edit", "1", "--for", "4h"},
                                   {"silence", "edit", "2", "1", "--for", "4h"}}) {
    const Finished run = world.Do(arguments);
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_THAT(run.err, MatchesRegex(".*there is no silence (1|99) that holds\n"));
  }
  EXPECT_THAT(world.Rows(kSilences), ElementsAre("1 application=\"shop\"  anna 0 NULL NULL 120 0",
                                                 "2 application=\"blog\"  anna 0 NULL NULL 120 1"));
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), SizeIs(3));
}

TEST_F(SilenceTest, WrongUsageSaysWhatIsExpected) {
  const std::vector<std::pair<Strings, std::string>> cases = {
      {{}, "expected matchers such as 'application=\"shop\"', or --alert ID"},
      {{"application=shop"}, "expected --for, --until, --until-resolved or --recurring"},
      {{"application=", "--for", "2h"}, "MATCHERS: at column 13: expected a value in quotes"},
      {{"{}", "--for", "2h"}, "MATCHERS: found none; rule=~\".*\" stands for every alert"},
      {{"a=~\"(\"", "--for", "2h"}, "expected a regular expression"},
      {{"a=b", "--for", "2 hours"}, "is not a duration"},
      {{"a=b", "--until", "tomorrow"}, "--until: found \"tomorrow\", expected a time"},
      {{"a=b", "--until", "2020-01-01"}, "before it begins"},
      {{"a=b", "--from", "+2h", "--until", "+1h"}, "before it begins"},
      {{"a=b", "--until", "2099-01-01"}, "expected a time between 1970 and 2038"},
      {{"a=b", "--recurring", "sun 2-4"},
       "--recurring: found \"sun 2-4\", expected days and times"},
      {{"a=b", "--recurring", "sun", "--time-zone", "Mars"}, "--time-zone: found \"Mars\""},
      {{"edit", "1"}, "expected what is to change"},
  };
  for (const auto& [arguments, expected] : cases) {
    Strings command{"silence"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Finished run = world.Do(command);
    EXPECT_THAT(run.err, HasSubstr(expected));
    EXPECT_EQ(run.exit_code, 64) << expected;
  }
  EXPECT_EQ(world.Do({"silence", "--alert", "99", "--for", "2h"}).exit_code, 65);
  EXPECT_THAT(world.Rows(kSilences), IsEmpty());
}

TEST_F(SilenceTest, DryRunChangesNothing) {
  EXPECT_THAT(world.Get({"silence", "application=shop", "--for", "2h", "--dry-run"}),
              HasSubstr("a dry run: nothing was changed\n"));
  EXPECT_THAT(world.Rows(kSilences), IsEmpty());
  EXPECT_THAT(world.Rows("SELECT * FROM audit_log"), IsEmpty());
}

TEST_F(SilenceTest, IsJsonForPrograms) {
  world.Get({"silence", "application=shop", "--recurring", "sat, sun", "--comment", "\"quoted\""});
  const json list = json::parse(world.Get({"silence", "list", "--format", "json"}));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["matchers"], "application=\"shop\"");
  EXPECT_EQ(list[0]["comment"], "\"quoted\"");
  EXPECT_EQ(list[0]["recurrence"], "sat, sun");
  EXPECT_EQ(list[0]["time_zone"], "UTC");
  EXPECT_EQ(list[0]["until_resolved"], false);
  EXPECT_TRUE(list[0]["ends_at"].is_null());
}

// --- audit ----------------------------------------------------------------------------------

TEST_F(AuditTest, ShowsWhoChangedWhatAndWhy) {
  EXPECT_EQ(world.Get({"audit"}), "nothing was changed by a command\n");
  world.Fail("shop");
  world.Get({"ack", Id("shop"), "--comment", "on it"});
  world.Get({"silence", "application=blog", "--for", "2h", "--by", "bert"});
  const auto lines = Lines(world.Get({"audit"}));
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_THAT(lines[0], MatchesRegex("WHEN +WHO +DID +TO +WHY +WHAT"));
  EXPECT_THAT(lines[1],
              MatchesRegex(".* \\+00:00 +anna +acknowledge +alert " + Id("shop") + " +on it"));
  EXPECT_THAT(lines[2],
              MatchesRegex(".* bert +silence +silence 1 +application=\"blog\", until .*"));
  const json list = json::parse(world.Get({"audit", "--format", "json"}));
  EXPECT_EQ(list[0]["reason"], "on it");
  EXPECT_TRUE(list[1]["reason"].is_null());
}

TEST_F(AuditTest, GoesBackAsFarAsIsAsked) {
  world.Get({"silence", "application=blog", "--for", "2h"});
  world.db.Execute("UPDATE audit_log SET happened_at = happened_at - INTERVAL 8 DAY");
  EXPECT_EQ(world.Get({"audit"}), "nothing was changed by a command\n");
  EXPECT_THAT(world.Get({"audit", "--since", "9d"}), HasSubstr("silence 1"));
}

}  // namespace
}  // namespace mon::alerting_system
