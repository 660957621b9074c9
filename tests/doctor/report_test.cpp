#include "report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mon::data_aggregator::doctor {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::vector<Section> Example() {
  return {{Group::kApplications,
           {{Status::kOk, "shop", "HTTP 200", ""},
            {Status::kFailed, "pay", "cannot connect", "start it"}}},
          {Group::kZabbix, {}},
          {Group::kStateDirectory, {{Status::kWarning, "room", "little", "make some"}}}};
}

TEST(ReportTest, AlignsGroupsAndSaysHowToMend) {
  EXPECT_EQ(ToText(Example(), false),
            "applications\n"
            "  ok       shop  HTTP 200\n"
            "  failed   pay   cannot connect\n"
            "                 To mend it: start it\n"
            "state directory\n"
            "  warning  room  little\n"
            "                 To mend it: make some\n"
            "1 ok, 1 warning, 1 failed\n");
}

TEST(ReportTest, HasColoursOnATerminalAlone) {
  EXPECT_THAT(ToText(Example(), true), HasSubstr("\x1b[1;31mfailed \x1b[0m  pay "));
  EXPECT_THAT(ToText(Example(), false), Not(HasSubstr("\x1b")));
}

TEST(ReportTest, KeepsForeignTextOnItsLine) {
  const std::vector<Section> report = {
      {Group::kMysql, {{Status::kFailed, "a\nb", "bad\x1b[2J\nok", "c\rd"}}}};
  EXPECT_EQ(ToText(report, false),
            "MySQL\n"
            "  failed   a\\nb  bad\\u001b[2J\\nok\n"
            "                 To mend it: c\\u000dd\n"
            "0 ok, 0 warnings, 1 failed\n");
}

TEST(ReportTest, GivesProgramsTheSame) {
  const json document = json::parse(ToJson(Example()));
  EXPECT_FALSE(document["ok"].get<bool>());
  EXPECT_EQ(document["failed"], 1);
  EXPECT_EQ(document["warnings"], 1);
  EXPECT_EQ(document["findings"][1], (json{{"group", "applications"},
                                           {"subject", "pay"},
                                           {"status", "failed"},
                                           {"text", "cannot connect"},
                                           {"remedy", "start it"}}));
  EXPECT_EQ(document["findings"][2]["group"], "state_directory");
}

TEST(ReportTest, WarningsAloneAreWell) {
  EXPECT_FALSE(AllWell(Example()));
  EXPECT_TRUE(AllWell({{Group::kMail, {{Status::kWarning, "settings", "none", "set it"}}}}));
}

}  // namespace
}  // namespace mon::data_aggregator::doctor
