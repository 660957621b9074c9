#include "alerting_system/compose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/text.h"
#include "document.h"

namespace mon::alerting_system {
namespace {

using testing::HasSubstr;
using testing::Not;

EvidenceRow Row(const std::string& host, const std::string& item, std::uint64_t itemid,
                const std::string& value, std::int64_t offset, bool in_window = true) {
  EvidenceRow row;
  row.host = host;
  row.item = item;
  row.itemid = itemid;
  row.key = "key." + item;
  row.value = value;
  row.clock = 1'750'000'000 + offset;
  row.offset_seconds = offset;
  row.in_window = in_window;
  return row;
}

AlertReport Problem() {
  AlertReport report;
  report.alert_id = 17;
  report.rule = "high-error-rate";
  report.condition = "error_rate > 0.5";
  report.application = "shop";
  report.metric = "error_rate";
  report.value = "0.97";
  report.comparison = ">";
  report.limit = "0.5";
  report.summary = "Error rate of shop is 0.97";
  report.started_at = report.fired_at = 1'750'000'000;
  report.samples = {{1'749'999'990, 137, "0.02", false}, {1'750'000'000, 2137, "0.97", true}};
  report.evidence = {Row("web-1", "CPU load", 10073, "12.400000", -4)};
  return report;
}

AlertReport Recovery() {
  AlertReport report = Problem();
  report.kind = ReportKind::kRecovery;
  report.ended_at = 1'750'000'372;
  report.peak = "0.99";
  return report;
}

TimeZone Berlin() { return TimeZone::Load("Europe/Berlin").value(); }

TEST(ComposeTest, SubjectSaysStateSeverityApplicationAndValueAgainstLimit) {
  EXPECT_EQ(Compose(Problem(), Berlin()).subject, "[PROBLEM critical] shop: error_rate 0.97 > 0.5");
  EXPECT_EQ(Compose(Recovery(), Berlin()).subject,
            "[RESOLVED critical] shop: error_rate > 0.5 for 6 min 12 s, peak 0.99");
}

TEST(ComposeTest, BothFormsShowWhatTheRuleSaysOfItself) {
  AlertReport report = Problem();
  report.description = "Look at the log.\nThen <ask>.";
  report.owner = "Shop team";
  report.runbook = "https://wiki.example/errors?a=1&b=2";
  report.labels = {{"team", "shop"}, {"tier", "1"}};
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_text, HasSubstr("\nLook at the log.\nThen <ask>.\n\n"));
  EXPECT_THAT(mail.body_text, HasSubstr("Shop team"));
  EXPECT_THAT(mail.body_text, HasSubstr("https://wiki.example/errors?a=1&b=2"));
  EXPECT_THAT(mail.body_text, HasSubstr("team=shop, tier=1"));
  EXPECT_THAT(mail.body_html, HasSubstr("Look at the log.<br>\nThen &lt;ask&gt;."));
  EXPECT_THAT(mail.body_html, HasSubstr("<a href=\"https://wiki.example/errors?a=1&amp;b=2\">"));
}

TEST(ComposeTest, BothFormsSayFirstWhatMoved) {
  AlertReport report = Problem();
  report.compared = 112;
  report.moved = {{"CPU load on <web-1> rose to 12.4 from a usual 0.8–1.5, 40 s before the errors",
                   10073, "system.cpu.load", 1'749'999'960, "", false}};
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_text,
              HasSubstr("\nWhat moved on its hosts, of 112 items\n"
                        "  CPU load on <web-1> rose to 12.4 from a usual 0.8–1.5, 40 s before the "
                        "errors\n      at 17:06:00, itemid 10073, key system.cpu.load\n"));
  EXPECT_LT(mail.body_text.find("What moved"), mail.body_text.find("Samples of"));
  EXPECT_THAT(mail.body_html, HasSubstr("<b>CPU load on &lt;web-1&gt; rose to 12.4"));
  EXPECT_THAT(mail.body_html, HasSubstr("at 17:06:00, itemid 10073, key system.cpu.load"));
}

TEST(ComposeTest, NamesApplicationsThatAreCalledAndSaysWhatIsASymptom) {
  AlertReport report = Problem();
  report.called = 1;
  report.moved = {{"error_rate of auth, which shop calls, rose", 0, "error_rate", 1'749'999'960,
                   "auth", false}};
  EXPECT_THAT(Compose(report, Berlin()).body_text,
              HasSubstr("\nProbable causes, of 1 application that it calls\n"
                        "  error_rate of auth, which shop calls, rose\n"
                        "      at 17:06:00, application auth\n"));
  report.compared = 112;
  report.moved.push_back({"load rose", 10073, "system.cpu.load", 1'749'999'960, "", true});
  EXPECT_THAT(Compose(report, Berlin()).body_text,
              AllOf(HasSubstr("\nProbable causes, of 112 items of its hosts and 1 application that "
                              "it calls\n"),
                    HasSubstr(", key system.cpu.load; a symptom\n")));
}

TEST(ComposeTest, SaysWhereAnItemHasAWiderWindow) {
  AlertReport report = Problem();
  EXPECT_THAT(Compose(report, Berlin()).body_text, Not(HasSubstr("their own window")));
  report.evidence.at(0).in_window = true;
  report.evidence.at(0).offset_seconds = -40;
  EXPECT_THAT(Compose(report, Berlin()).body_text,
              HasSubstr("Zabbix items within 10 s or their own window of the sample at"));
}

TEST(ComposeTest, SaysThatNothingMoved) {
  AlertReport report = Problem();
  EXPECT_THAT(Compose(report, Berlin()).body_text, Not(HasSubstr("unusual")));  // nobody looked
  report.compared = 112;
  const std::string words =
      "None of the 112 Zabbix items of its hosts did anything unusual around the onset.";
  EXPECT_THAT(Compose(report, Berlin()).body_text, HasSubstr(words));
  EXPECT_THAT(Compose(report, Berlin()).body_html, HasSubstr(words));
}

TEST(ComposeTest, PriorityStandsInSubjectHeaderAndBothForms) {
  AlertReport report = Problem();
  report.priority = {48, 2, "critical 50, often silenced −2"};
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_EQ(mail.subject, "[PROBLEM critical P2] shop: error_rate 0.97 > 0.5");
  EXPECT_EQ(mail.priority, 2);
  EXPECT_THAT(mail.body_text, HasSubstr("48 of 100: critical 50, often silenced −2"));
  EXPECT_THAT(mail.body_html, HasSubstr("48 of 100: critical 50, often silenced −2"));
}

TEST(ComposeTest, WhatIsOverIsNotUrgent) {
  AlertReport report = Recovery();
  report.priority = {80, 1, "critical 50"};
  EXPECT_EQ(Compose(report, Berlin()).priority, 3);
  EXPECT_THAT(Compose(report, Berlin()).subject, HasSubstr("[RESOLVED critical] "));
}

TEST(ComposeTest, LinksToTheDashboardAndSaysHowToTakeItOn) {
  AlertReport report = Problem();
  report.dashboard_url = "https://grafana.example.org/d/x?from=1&to=2";
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_text, HasSubstr("https://grafana.example.org/d/x?from=1&to=2\n"));
  EXPECT_THAT(mail.body_html,
              HasSubstr("<a href=\"https://grafana.example.org/d/x?from=1&amp;to=2\">"));
  EXPECT_THAT(mail.body_text, HasSubstr("alerting-system ack 17\n"));
  EXPECT_THAT(mail.body_html, HasSubstr("alerting-system ack 17"));
  report = Recovery();
  EXPECT_THAT(Compose(report, Berlin()).body_text, Not(HasSubstr("ack 17")));
}

TEST(ComposeTest, ShowsItsPictureInHtmlAndSaysItInText) {
  AlertReport report = Problem();
  EXPECT_THAT(Compose(report, Berlin()).body_html, Not(HasSubstr("<img")));
  report.chart_alt = "Chart from 15:00 to 15:07. error_rate \"rose\".";
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_html, HasSubstr("<img src=\"cid:chart@monitoring\""));
  EXPECT_THAT(mail.body_html,
              HasSubstr("alt=\"Chart from 15:00 to 15:07. error_rate &quot;rose&quot;.\""));
  EXPECT_THAT(mail.body_text, HasSubstr("\nChart from 15:00 to 15:07. error_rate \"rose\".\n"));
}

TEST(ComposeTest, SubjectOfRuleWithoutSingleLimitNamesTheRule) {
  AlertReport report = Problem();
  report.comparison.clear();
  report.metric.clear();
  EXPECT_EQ(Compose(report, Berlin()).subject, "[PROBLEM critical] shop: high-error-rate");
}

TEST(ComposeTest, LongSubjectKeepsNumbersAndStaysWithin78Characters) {
  AlertReport report = Problem();
  report.application = std::string(200, 'a');
  report.metric = "item(\"" + std::string(200, 'k') + "\")";
  const std::string subject = Compose(report, Berlin()).subject;
  EXPECT_LE(CountCharacters(subject), 78U);
  EXPECT_THAT(subject, HasSubstr("[PROBLEM critical] aaa"));
  EXPECT_THAT(subject, HasSubstr("item(\"kkk"));
  EXPECT_THAT(subject, testing::EndsWith(" 0.97 > 0.5"));
}

TEST(ComposeTest, CutSubjectStaysValidUtf8) {
  AlertReport report = Problem();
  for (int i = 0; i < 60; ++i) report.application += "ü漢";
  const std::string subject = Compose(report, Berlin()).subject;
  EXPECT_LE(CountCharacters(subject), 78U);
  EXPECT_EQ(subject, CleanUtf8(subject, 1000));
  EXPECT_THAT(subject, HasSubstr("…"));
}

TEST(ComposeTest, SubjectHasNoControlCharacters) {
  AlertReport report = Problem();
  report.application = "shop\r\nBcc: x@example.org";
  EXPECT_THAT(Compose(report, Berlin()).subject, Not(testing::ContainsRegex("[\r\n]")));
}

TEST(ComposeTest, EvidenceShowsValueItemidClockLocalTimeAndOffset) {
  const ComposedMail mail = Compose(Problem(), Berlin());
  EXPECT_THAT(mail.body_text, HasSubstr("web-1: CPU load = 12.400000\n"));
  EXPECT_THAT(mail.body_text, HasSubstr("itemid 10073, clock 1749999996 (2025-06-15 17:06:36 "
                                        "+02:00), −4 s, key key.CPU load\n"));
  EXPECT_THAT(mail.body_html, HasSubstr("<b>12.400000</b>"));
  EXPECT_THAT(mail.body_html, HasSubstr("itemid 10073"));
  EXPECT_THAT(mail.body_html, HasSubstr("clock 1749999996"));
  EXPECT_THAT(mail.body_html, HasSubstr("−4 s"));
}

TEST(ComposeTest, OffsetsCarryTheirSign) {
  AlertReport report = Problem();
  report.evidence = {Row("h", "a", 1, "1", 0), Row("h", "b", 2, "1", 10)};
  const std::string text = Compose(report, Berlin()).body_text;
  EXPECT_THAT(text, HasSubstr(", 0 s,"));
  EXPECT_THAT(text, HasSubstr(", +10 s,"));
}

TEST(ComposeTest, ItemsOutsideTheWindowAreMarkedAndShowTheirAge) {
  AlertReport report = Problem();
  report.evidence.push_back(Row("web-1", "Swap", 10080, "7", -200, false));
  for (const auto& body :
       {Compose(report, Berlin()).body_text, Compose(report, Berlin()).body_html}) {
    const auto mark = body.find("Outside the window");
    ASSERT_NE(mark, std::string::npos);
    EXPECT_GT(body.find("10080"), mark);
    EXPECT_LT(body.find("10073"), mark);
    EXPECT_THAT(body, HasSubstr("3 min 20 s old"));
  }
}

TEST(ComposeTest, ItemWithoutAnyValueSaysSo) {
  AlertReport report = Problem();
  EvidenceRow row = Row("web-1", "Never", 10090, "", 0, false);
  row.clock = 0;
  report.evidence = {row};
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_text, HasSubstr("Never = no value yet\n      itemid 10090, key"));
  EXPECT_THAT(mail.body_html, HasSubstr("no value yet"));
  EXPECT_THAT(mail.body_text, HasSubstr("No Zabbix item has a value within 10 s of the sample."));
}

TEST(ComposeTest, EvidenceIsSortedByWindowHostNameAndItemid) {
  AlertReport report = Problem();
  report.evidence = {Row("a", "a", 9, "1", -300, false), Row("b", "a", 4, "1", 0),
                     Row("a", "b", 3, "1", 0), Row("a", "a", 2, "1", 0), Row("a", "a", 1, "1", 0)};
  const std::string text = Compose(report, Berlin()).body_text;
  std::vector<std::size_t> places;
  for (const char* itemid : {"itemid 1,", "itemid 2,", "itemid 3,", "itemid 4,", "itemid 9,"}) {
    places.push_back(text.find(itemid));
  }
  EXPECT_NE(places.back(), std::string::npos);
  EXPECT_TRUE(std::ranges::is_sorted(places));
}

TEST(ComposeTest, EvidenceIsCappedAndTheRestCounted) {
  AlertReport report = Problem();
  report.evidence.clear();
  for (std::uint64_t i = 0; i < kMaxEvidenceRows + 3; ++i) {
    report.evidence.push_back(Row("h", "i" + std::to_string(i), i, "1", 0));
  }
  EXPECT_THAT(Compose(report, Berlin()).body_text, HasSubstr("3 more items are not shown."));
}

TEST(ComposeTest, UnitsStandWithTheNameWithoutZabbixsScalingMark) {
  AlertReport report = Problem();
  report.evidence[0].units = "!ms";
  EXPECT_THAT(Compose(report, Berlin()).body_text, HasSubstr("CPU load [ms] = 12.400000\n"));
}

TEST(ComposeTest, ForeignTextCannotBreakOutOfHtmlOrLine) {
  AlertReport report = Problem();
  report.evidence[0].item = "<script>alert('x')</script>";
  report.evidence[0].value =
      "a\r\nb\x01"
      "c\xff";
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_html, Not(HasSubstr("<script>")));
  EXPECT_THAT(mail.body_html, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)"));
  EXPECT_THAT(mail.body_text, HasSubstr("= a  b c\uFFFD\n"));
}

TEST(ComposeTest, BothFormsTellTheSame) {
  AlertReport report = Recovery();
  report.evidence.push_back(Row("db-1", "Swap", 10080, "7", -200, false));
  report.hosts = {"web-1"};
  report.late_notes = {"A sample came late."};
  const ComposedMail mail = Compose(report, Berlin());
  std::string text = mail.body_text.substr(0, mail.body_text.find("\n-- \n"));
  for (char& c : text) {
    if (std::string_view(",:()=").find(c) != std::string_view::npos) c = ' ';
  }
  std::string html = mail.body_html;
  for (auto at = html.find("&gt;"); at != std::string::npos; at = html.find("&gt;")) {
    html.replace(at, 4, ">");
  }
  for (const std::string& word : SplitList(text, ' ')) {
    for (const std::string& part : SplitList(word, '\n')) {
      EXPECT_THAT(html, HasSubstr(part));
    }
  }
}

TEST(ComposeTest, RecoveryDoesNotReadAsIfItLasted) {
  EXPECT_THAT(Compose(Recovery(), Berlin()).body_text,
              HasSubstr("It is over. It began with: Error rate of shop is 0.97"));
}

TEST(ComposeTest, NoZabbixDataIsSaid) {
  AlertReport report = Problem();
  report.evidence.clear();
  EXPECT_THAT(Compose(report, Berlin()).body_text, HasSubstr("No Zabbix values are known"));
}

TEST(ComposeTest, RecoveryTellsDurationPeakAndLateData) {
  AlertReport report = Recovery();
  report.late_notes = {"A sample of 17:05 came late and was worse: 0.99."};
  for (const auto& body :
       {Compose(report, Berlin()).body_text, Compose(report, Berlin()).body_html}) {
    EXPECT_THAT(body, HasSubstr("RESOLVED"));
    EXPECT_THAT(body, HasSubstr("6 min 12 s"));
    EXPECT_THAT(body, HasSubstr("0.99"));
    EXPECT_THAT(body, HasSubstr("A sample of 17:05 came late"));
  }
}

TEST(ComposeTest, LateIncidentIsOneMailThatTellsBeginAndEnd) {
  AlertReport report = Recovery();
  report.kind = ReportKind::kBoth;
  const ComposedMail mail = Compose(report, Berlin());
  EXPECT_THAT(mail.body_text, HasSubstr("Its end was known by the time"));
  EXPECT_THAT(mail.body_text, HasSubstr("Began"));
  EXPECT_THAT(mail.body_text, HasSubstr("Ended"));
  EXPECT_EQ(mail.dedup_key, mail.thread_key + "/both");
}

TEST(ComposeTest, MailsOfOneIncidentShareTheThreadAndDifferInTheirDedupKey) {
  const ComposedMail problem = Compose(Problem(), Berlin());
  const ComposedMail recovery = Compose(Recovery(), Berlin());
  EXPECT_EQ(problem.thread_key, recovery.thread_key);
  EXPECT_EQ(problem.dedup_key, problem.thread_key + "/problem");
  EXPECT_EQ(recovery.dedup_key, recovery.thread_key + "/recovery");
}

TEST(ComposeTest, ThreadIsKnownByRuleApplicationAndBeginAlone) {
  AlertReport report = Problem();
  const std::string key = Compose(report, Berlin()).thread_key;
  EXPECT_EQ(key, "alert/9e369e5a0f0db315/1750000000");
  report.alert_id = 0;  // whoever tells it has no database at hand
  EXPECT_EQ(Compose(report, Berlin()).thread_key, key);
  AlertReport other = report;
  other.application += "2";
  EXPECT_NE(Compose(other, Berlin()).thread_key, key);
  other = report;
  ++other.started_at;
  EXPECT_NE(Compose(other, Berlin()).thread_key, key);
  // Where the one name ends and the other begins matters.
  other = report;
  other.rule = "ab", other.application = "c";
  report.rule = "a", report.application = "bc";
  EXPECT_NE(Compose(other, Berlin()).thread_key, Compose(report, Berlin()).thread_key);
}

TEST(ComposeTest, ThreadKeyFitsItsColumnWhateverTheNames) {
  AlertReport report = Problem();
  report.rule = report.application = std::string(190, 'x');
  report.started_at = std::numeric_limits<std::int64_t>::max();
  EXPECT_LE(Compose(report, Berlin()).dedup_key.size(), 190);
}

TEST(ComposeTest, FooterSaysWhoTellsIt) {
  AlertReport report = Problem();
  EXPECT_THAT(Compose(report, Berlin()).body_text,
              HasSubstr("Alert 17 of the monitoring platform. Times are local"));
  report.alert_id = 0;
  EXPECT_THAT(Compose(report, Berlin()).body_text,
              HasSubstr("Told by data-aggregator, cut off from the database. Times are local"));
}

TEST(ComposeTest, PriorityFollowsTheSeverityAndRecoveryIsNormal) {
  AlertReport report = Problem();
  EXPECT_EQ(Compose(report, Berlin()).priority, 1);
  report.severity = Severity::kInfo;
  EXPECT_EQ(Compose(report, Berlin()).priority, 4);
  EXPECT_EQ(Compose(Recovery(), Berlin()).priority, 3);
}

TEST(ComposeTest, SamplesThatViolateTheRuleAreMarked) {
  const std::string text = Compose(Problem(), Berlin()).body_text;
  EXPECT_THAT(text, HasSubstr("! 17:06:40              2137  0.97\n"));
  EXPECT_THAT(text, HasSubstr("  17:06:30               137  0.02\n"));
}

TEST(WordsTest, DurationsNameTheirTwoLargestUnits) {
  EXPECT_EQ(SpokenDuration(0), "0 s");
  EXPECT_EQ(SpokenDuration(59), "59 s");
  EXPECT_EQ(SpokenDuration(60), "1 min");
  EXPECT_EQ(SpokenDuration(3'725), "1 h 2 min");
  EXPECT_EQ(SpokenDuration(2 * 86'400 + 3'600), "2 d 1 h");
}

TEST(WordsTest, OneLineReplacesC1ControlsToo) {
  EXPECT_EQ(OneLine("a\u0085b"), "a  b");
  EXPECT_EQ(OneLine("ü·…"), "ü·…");
}

}  // namespace
}  // namespace mon::alerting_system
