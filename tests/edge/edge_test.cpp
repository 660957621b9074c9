#include "data_aggregator/edge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "support/child_process.h"
#include "support/maildir.h"

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
namespace fs = std::filesystem;

constexpr float kBad = 0.9F;
constexpr float kGood = 0.01F;

/// The value of a header of a mail.
std::string Header(const std::string& mail, const std::string& name) {
  std::smatch found;
  return std::regex_search(mail, found, std::regex("(?:^|\n)" + name + ": ([^\r\n]*)"))
             ? found[1].str()
             : "";
}

class EdgeTest : public ::testing::Test {
 protected:
  EdgeTest() {
    config_.applications.resize(1);
    config_.applications[0].name = "shop";
    config_.rules.resize(1);
    config_.smtp.maildir = directory_.Path() + "/mails";
    config_.smtp.from = "monitoring@example.org";
    config_.smtp.to = {"oncall@example.org"};
    config_.mail.time_zone = "UTC";
  }

  /// A run from cron, a minute after the one before it.
  void Run(bool away, const std::vector<float>& error_rates) {
    now_ += 60s;
    Edge edge(config_, directory_.Path());
    std::int64_t at = EpochSeconds(now_);
    for (const float error_rate : error_rates)
      edge.Judge({{ApplicationSample{"shop", at++, 120, error_rate, 0}}}, !away);
    edge.Tell(away, now_);
    edge.Finish(20s);
    told_ = edge.HasTold();
  }
  void Away(const std::vector<float>& error_rates) { Run(true, error_rates); }
  void Stored(const std::vector<float>& error_rates) { Run(false, error_rates); }

  std::vector<std::string> Mails() const { return test::MailsOf(config_.smtp.maildir); }

  test::TemporaryDirectory directory_;
  Config config_;
  TimePoint now_{std::chrono::seconds(1'750'000'000)};
  bool told_ = false;  ///< after the last run: something is to be handed over
};

TEST_F(EdgeTest, WhatBeginsIsToldOnceTheDatabaseHasBeenAwayForAMinute) {
  Away({kGood, kBad});
  EXPECT_THAT(Mails(), IsEmpty()) << "the database may be back in a moment";
  Away({kBad});
  EXPECT_THAT(Mails(), ElementsAre(AllOf(HasSubstr("Subject: [PROBLEM critical] shop: error_rate"),
                                         HasSubstr("To: oncall@example.org"),
                                         HasSubstr("has not reached the database since"))));
  EXPECT_TRUE(told_);
  Away({kBad});
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(EdgeTest, WhatBeganBeforeTheCutIsTheProcessors) {
  Stored({kGood, kBad});
  Away({kBad});
  Away({kBad});
  Away({kGood, kGood});
  EXPECT_THAT(Mails(), IsEmpty());
  EXPECT_FALSE(told_);
}

TEST_F(EdgeTest, EndIsToldInTheThreadOfTheBeginning) {
  Away({kBad});
  Away({kBad});
  Away({kGood, kGood});
  const auto mails = Mails();
  ASSERT_THAT(mails, SizeIs(2));
  EXPECT_THAT(mails[1], HasSubstr("Subject: [RESOLVED critical] shop: error_rate"));
  EXPECT_EQ(Header(mails[1], "In-Reply-To"), Header(mails[0], "Message-ID"));
  Away({kGood});
  EXPECT_THAT(Mails(), SizeIs(2));
}

TEST_F(EdgeTest, NextIncidentIsAThreadOfItsOwn) {
  Away({kBad});
  Away({kBad});
  Away({kGood, kGood, kBad});
  const auto mails = Mails();
  ASSERT_THAT(mails, SizeIs(3));
  EXPECT_EQ(Header(mails[2], "In-Reply-To"), "") << mails[2];
}

TEST_F(EdgeTest, WhatIsOverBeforeItWasToldIsTheProcessors) {
  Away({kBad, kGood, kGood});
  Away({kGood});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(EdgeTest, WhatWasNotToldBeforeTheDatabaseCameBackIsTheProcessors) {
  Away({kBad});
  Stored({kBad});
  Away({kBad});
  Away({kBad});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(EdgeTest, MailThatCannotBeSentIsTriedAgain) {
  const auto maildir = std::exchange(config_.smtp.maildir, "/proc/nowhere");
  Away({kBad});
  Away({kBad});
  EXPECT_FALSE(told_);
  config_.smtp.maildir = maildir;
  Away({kBad});
  EXPECT_THAT(Mails(), SizeIs(1));
  EXPECT_TRUE(told_);
}

TEST_F(EdgeTest, RulesAboutZabbixItemsAreTheProcessors) {
  config_.rules[0].expr = R"(error_rate > 0.5 or item("system.cpu.load") > 4)";
  Away({kBad});
  Away({kBad});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(EdgeTest, RulesOverASpanAreTheProcessors) {
  config_.rules[0].expr = "max(error_rate, 5m) > 0.5";
  Away({kBad});
  Away({kBad});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(EdgeTest, RecoveryEndsWhatWasTold) {
  config_.rules[0].recovery = "error_rate < 0.05";
  Away({kBad});
  Away({0.2F, 0.2F, 0.2F});
  EXPECT_THAT(Mails(), SizeIs(1));
  Away({kGood, kGood});
  EXPECT_THAT(Mails(), SizeIs(2));
}

TEST_F(EdgeTest, ConditionThatHasToHoldIsHeldFromRunToRun) {
  config_.aggregator.interval = 60s;
  config_.rules[0].for_ = 150s;
  Away({kGood});
  Away({kBad});
  Away({kBad});
  Away({kBad});
  EXPECT_THAT(Mails(), IsEmpty());
  Away({kBad});
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(EdgeTest, EachRecipientGetsOne) {
  config_.smtp.to.emplace_back("second@example.org");
  Away({kBad});
  Away({kBad});
  EXPECT_THAT(Mails(), ::testing::UnorderedElementsAre(HasSubstr("To: oncall@example.org"),
                                                       HasSubstr("To: second@example.org")));
}

TEST_F(EdgeTest, StateThatCannotBeReadBeginsAnewAndRepeatsTheSameMail) {
  Away({kBad});
  Away({kBad});
  const auto before = Mails();
  std::ofstream(directory_.Path() + "/edge.json", std::ios::trunc) << "{\"version\":";
  // As a crash before the state was written: the same samples once more.
  now_ -= 120s;
  Away({kBad});
  Away({kBad});
  const auto after = Mails();
  ASSERT_THAT(after, SizeIs(1)) << "a Maildir has one file for each Message-ID";
  EXPECT_EQ(Header(after[0], "Message-ID"), Header(before[0], "Message-ID"));
}

TEST_F(EdgeTest, ClockThatIsSetBackCostsAMinuteAtMost) {
  Away({kBad});
  now_ -= 1h;
  Away({});
  Away({});
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(EdgeTest, WhatIsGoneFromTheConfigurationIsNotTold) {
  Away({kBad});
  config_.rules[0].name = "another";
  Away({kGood});
  Away({kGood});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(EdgeTest, ApplicationsThatAreGoneAreForgotten) {
  Away({kBad});
  Away({kBad});
  const fs::path state = directory_.Path() + "/edge.json";
  const auto size = fs::file_size(state);
  config_.applications[0].name = "other";
  Away({});
  EXPECT_LT(fs::file_size(state), size);
  EXPECT_TRUE(told_) << "what was told of it is still to be handed over";
}

}  // namespace
}  // namespace mon::data_aggregator
