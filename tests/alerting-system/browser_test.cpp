// Mails in a real browser: at the width of a phone and of a desk, light and dark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "alerting_system/chart.h"
#include "alerting_system/compose.h"
#include "alerting_system/compose_group.h"
#include "alerting_system/message.h"
#include "chart/render.h"
#include "support/child_process.h"
#include "support/paths.h"

namespace mon::alerting_system {
namespace {

constexpr std::int64_t kOnset = 1'750'000'000;

Chart IncidentChart() {
  Chart chart{kOnset - 1'800, kOnset + 60, kOnset, std::nullopt, {}};
  ChartPanel errors{"error_rate", "", {}, 0.5, {}, {}};
  ChartPanel times{"response_time_ms", "!ms", {}, {}, {}, {}};
  ChartPanel load{"CPU load (1 min average) on web-1.shop.example.org", "", {}, {}, 0.8, 1.5};
  ChartPanel memory{"Available memory on web-1.shop.example.org", "B", {}, {}, 3.1e9, 3.3e9};
  for (std::int64_t at = chart.from; at <= chart.to; at += 10) {
    const double wave = std::sin(static_cast<double>(at) / 70);
    errors.points.push_back({at, at < kOnset ? 0.012 + 0.01 * wave : 0.9 + 0.08 * wave});
    times.points.push_back({at, at < kOnset ? 130 + 20 * wave : 2'100 + 300 * wave});
    load.points.push_back({at, at < kOnset - 40 ? 1.1 + 0.3 * wave : 11.8 + wave});
    if (at % 60 == 0) memory.points.push_back({at, at < kOnset ? 3.2e9 + 5e7 * wave : 4.1e8});
  }
  chart.panels = {errors, times, load, memory};
  return chart;
}

/// With names as long as they come.
AlertReport Problem() {
  AlertReport report;
  report.alert_id = 17;
  report.rule = "high-error-rate";
  report.condition = "error_rate > 0.5 and item(\"system.cpu.load[all,avg1]\", window=\"60s\") > 4";
  report.application = "shop";
  report.metric = "error_rate";
  report.value = "0.97";
  report.comparison = ">";
  report.limit = "0.5";
  report.summary = "Error rate of shop is 0.97";
  report.description = "More than half of the orders fail.\nLook at the log of the shop first.";
  report.owner = "Shop team";
  report.runbook =
      "https://wiki.example.org/runbooks/shop/what-to-do-when-orders-fail?version=2025-06-15";
  report.dashboard_url =
      "https://grafana.example.org/d/monitoring-platform?var-application=shop"
      "&from=1749998200000&to=1750000660000";
  report.labels = {{"team", "shop"}, {"tier", "1"}};
  report.hosts = {"web-1.shop.example.org", "web-2.shop.example.org"};
  report.started_at = report.fired_at = kOnset;
  report.priority = {74, 1,
                     "critical 50, far above the limit 10, 2 hosts 5, acknowledged before 9"};
  for (int i = -7; i < 1; ++i) {
    report.samples.push_back(
        {kOnset + i * 10, i < 0 ? 137 : 2137, i < 0 ? "0.02" : "0.97", i == 0});
  }
  report.compared = 112;
  report.moved = {
      {"CPU load (1 min average) on web-1.shop.example.org rose to 12.4 from a usual "
       "0.8–1.5, 40 s before the errors",
       10073, "system.cpu.load[all,avg1]", kOnset - 40}};
  for (std::uint64_t i = 0; i < 12; ++i) {
    EvidenceRow row;
    row.host = "web-1.shop.example.org";
    row.item = "Interface eth0: Inbound packets with errors";
    row.itemid = 10'073 + i;
    row.key = "net.if.in[\"eth0\",errors,and_a_key_that_is_as_long_as_templates_make_them]";
    row.units = "packets";
    row.value = "12.400000";
    row.clock = kOnset - 4;
    row.offset_seconds = -4;
    row.in_window = i < 10;
    report.evidence.push_back(row);
  }
  report.chart_alt = AltText(IncidentChart(), TimeZone::Utc());
  return report;
}

AlertReport Recovery() {
  auto report = Problem();
  report.kind = ReportKind::kRecovery;
  report.ended_at = kOnset + 372;
  report.peak = "0.99";
  return report;
}

GroupReport Group() {
  GroupReport report;
  report.alerts = 9'000;
  report.thread_key = "group/1/2";
  report.priority = {74, 1, "critical 50"};
  for (int i = 0; i < 50; ++i) {
    const auto application = "application-with-a-long-name-" + std::to_string(i);
    report.applications.push_back(application);
    GroupMember member{
        i + 1, Severity::kCritical, application, "Error rate is 0.97", kOnset, {}, 74, ""};
    if (i % 3 == 0) member.cause = "CPU load on web-1 rose to 12.4 from a usual 0.8–1.5";
    report.members.push_back(member);
  }
  return report;
}

std::string BytesOf(const ComposedMail& mail, const std::string& picture) {
  Message message;
  message.from = "monitoring@example.org";
  message.to = {"oncall@example.org"};
  message.subject = mail.subject;
  message.body_text = mail.body_text;
  message.body_html = mail.body_html;
  message.chart_png = picture;
  message.message_id = "m1@example.org";
  message.date = kOnset;
  return BuildMessage(message, TimeZone::Utc()).value();
}

class BrowserTest : public testing::Test {
 protected:
  /// The mails of every kind, shown and measured once for all tests.
  static void SetUpTestSuite() {
    const auto picture = chart::RenderPng(IncidentChart(), TimeZone::Utc()).value();
    const auto zone = TimeZone::Load("Europe/Berlin").value();
    std::vector<std::string> command = {test::SqlDirectory() +
                                        "/../tests/alerting-system/mail_in_browser.py"};
    // Whoever wants to look at them says where the pictures go.
    if (const char* screenshots = std::getenv("MON_TEST_SCREENSHOTS"); screenshots != nullptr) {
      command.insert(command.end(), {"--screenshots", screenshots});
    }
    const test::TemporaryDirectory directory;
    const auto write = [&](const std::string& name, const ComposedMail& mail, bool has_picture) {
      const auto path = directory.Path() + "/" + name + ".eml";
      std::ofstream(path) << BytesOf(mail, has_picture ? picture : "");
      command.push_back(path);
    };
    write("problem", Compose(Problem(), zone), true);
    write("recovery", Compose(Recovery(), zone), true);
    write("group", ComposeGroup(Group(), zone), false);
    const auto run = test::Run(command, {}, "", std::chrono::minutes(3));
    ASSERT_EQ(run.exit_code, 0) << run.err;
    measured_ = nlohmann::json::parse(run.out);
    ASSERT_EQ(measured_.size(), 12U);  // three mails, two widths, two schemes
  }

  static std::string NameOf(const nlohmann::json& one) {
    return one["mail"].get<std::string>() + " " + one["width"].dump() + " " +
           one["scheme"].get<std::string>();
  }

  static nlohmann::json measured_;
};
nlohmann::json BrowserTest::measured_;

TEST_F(BrowserTest, NobodyScrollsSideways) {
  for (const auto& one : measured_) EXPECT_LE(one["overflow"], 0) << NameOf(one);
}

TEST_F(BrowserTest, TextStandsOutFromWhatIsBehindIt) {
  for (const auto& one : measured_) {
    EXPECT_GE(one["least_contrast"], 4.5) << NameOf(one) << ": " << one["least_contrast_text"];
  }
}

TEST_F(BrowserTest, LettersAreLargeEnoughForAPhone) {
  for (const auto& one : measured_) EXPECT_GE(one["least_font"], 11) << NameOf(one);
}

TEST_F(BrowserTest, DarkIsDark) {
  for (const auto& one : measured_) {
    const double background = one["background"];
    EXPECT_EQ(background < 0.5, one["scheme"] == "dark") << NameOf(one);
  }
}

TEST_F(BrowserTest, ThePictureIsThereAndFits) {
  for (const auto& one : measured_) {
    if (one["mail"] == "group.eml") continue;
    ASSERT_EQ(one["images"].size(), 1U) << NameOf(one);
    EXPECT_EQ(one["images"][0]["natural"], 2 * chart::kWidth) << NameOf(one);
    const double shown = one["images"][0]["shown"];
    EXPECT_LE(shown, chart::kWidth) << NameOf(one);
    EXPECT_GE(shown, 320) << NameOf(one);
  }
}

}  // namespace
}  // namespace mon::alerting_system
