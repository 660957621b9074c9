// alerting-system template render, on an alert that the real processor has raised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "alerting-system/on_call_world.h"

namespace mon::alerting_system {
namespace {

using nlohmann::json;
using test::Finished;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Strings = std::vector<std::string>;

class TemplateTest : public testing::Test {
 protected:
  TemplateTest() {
    world.Fail("shop");
    id = world.db.QueryOne("SELECT id FROM alerts WHERE rule = 'errors'");
  }

  [[nodiscard]] Strings Command(Strings flags) const {
    flags.insert(flags.begin(), {"template", "render", id});
    return flags;
  }
  std::string Render(const Strings& flags = {}) { return world.Get(Command(flags)); }

  test::OnCallWorld& world = test::OnCallWorld::Fresh();
  std::string id;
};

TEST_F(TemplateTest, IsTheMailAboutTheAlert) {
  EXPECT_THAT(Render(), AllOf(StartsWith("Subject: [PROBLEM critical] shop: error_rate 0.9 > 0.5\n"
                                         "\nPROBLEM · critical · shop\n\n"
                                         "Error rate of shop is 0.9\n\nAsk web first.\n"),
                              HasSubstr("https://wiki.example/errors"),
                              HasSubstr("errors: error_rate > 0.5")));
}

TEST_F(TemplateTest, TextsCanBeTriedBeforeADeploy) {
  const auto text = Render({"--summary", "{application}: {value} {op} {limit}", "--description",
                            "{{{rule}}} of {label.team}"});
  EXPECT_THAT(text, HasSubstr("\n\nshop: 0.9 > 0.5\n\n{errors} of web\n"));
  EXPECT_EQ(world.db.QueryOne("SELECT summary FROM alerts WHERE id = " + id),
            "Error rate of shop is 0.9");

  const auto other = world.Directory() + "/other.toml";
  std::ofstream(other) << "[[rule]]\nname = \"errors\"\nexpr = \"error_rate > 0.5\"\n"
                          "summary = \"{severity}: {metric} of {label.floor}\"\n"
                          "labels = { floor = \"third\" }\nowner = \"Anna\"\n";
  const auto renewed =
      test::Run({test::Program("alerting-system"), "template", "render", id, "--config", other},
                world.Environment());
  EXPECT_EQ(renewed.exit_code, 0) << renewed.err;
  EXPECT_THAT(renewed.out, AllOf(HasSubstr("\ncritical: error_rate of third\n"), HasSubstr("Anna"),
                                 Not(HasSubstr("Ask web"))));
}

TEST_F(TemplateTest, TextsOfARuleThatIsGoneStay) {
  world.WriteConfig("[mail]\ntime_zone = \"UTC\"\n");
  EXPECT_THAT(Render(), HasSubstr("Error rate of shop is 0.9\n\nAsk web first.\n"));
}

TEST_F(TemplateTest, HtmlAndJsonSayTheSame) {
  EXPECT_THAT(Render({"--format", "html", "--summary", "a < {value}"}),
              AllOf(StartsWith("<!DOCTYPE html>"), HasSubstr("<p>a &lt; 0.9</p>")));
  const json mail = json::parse(Render({"--format", "json"}));
  EXPECT_EQ(mail["summary"], "Error rate of shop is 0.9");
  EXPECT_EQ(mail["description"], "Ask web first.");
  EXPECT_EQ(mail["subject"], "[PROBLEM critical] shop: error_rate 0.9 > 0.5");
  EXPECT_EQ("Subject: " + std::string(mail["subject"]) + "\n\n" + std::string(mail["text"]),
            Render());
  EXPECT_EQ(mail["html"], Render({"--format", "html"}));
}

TEST_F(TemplateTest, RecoveryTellsTheEnd) {
  Finished run = world.Do(Command({"--kind", "recovery"}));
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_THAT(run.err, HasSubstr("alert " + id + " goes on"));
  world.Recover("shop");
  EXPECT_THAT(Render({"--kind", "recovery"}), StartsWith("Subject: [RESOLVED"));
}

TEST_F(TemplateTest, ErrorsNameTheColumnAndThePlaceholders) {
  Finished run = world.Do(Command({"--summary", "{application}: {vlue}"}));
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, AllOf(HasSubstr("--summary: at column 16: unknown placeholder '{vlue}'"),
                             HasSubstr("{limit} {why} {host} {hosts} {time} {label.team}"),
                             HasSubstr("did you mean {value}?")));
  run = world.Do(Command({"--description", "100 }"}));
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, HasSubstr("--description: at column 5"));
}

TEST_F(TemplateTest, AlertsWithoutTemplatesAreRefused) {
  EXPECT_EQ(world.Do({"template", "render", "99"}).exit_code, 65);
  world.db.Execute("UPDATE alerts SET evidence = '{}' WHERE id = " + id);  // as of a silent source
  const Finished run = world.Do(Command({}));
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_THAT(run.err, HasSubstr("is of no rule"));
}

}  // namespace
}  // namespace mon::alerting_system
