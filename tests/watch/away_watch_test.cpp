#include "data_aggregator/away_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/child_process.h"
#include "support/maildir.h"

namespace mon::data_aggregator {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AwayWatchTest : public ::testing::Test {
 protected:
  AwayWatchTest() {
    config_.smtp.maildir = directory_.Path() + "/mails";
    config_.smtp.from = "monitoring@example.org";
    config_.smtp.to = {"oncall@example.org"};
  }

  /// A run from cron.
  void Run(const std::string& error) {
    AwayWatch watch(config_, directory_.Path());
    watch.Look(error, now_);
    watch.Finish(20s);
  }
  void Away() { Run("mysql db1:3306: no answer"); }
  void Here() { Run(""); }
  void Later(std::chrono::minutes time) { now_ += time; }

  std::vector<std::string> Mails() const { return test::MailsOf(config_.smtp.maildir); }

  test::TemporaryDirectory directory_;
  Config config_;
  TimePoint now_ = SystemClock().Now();
};

TEST_F(AwayWatchTest, ShortAbsenceIsNoMail) {
  Away();
  Later(14min);
  Away();
  Here();
  Later(5min);
  Away();
  Later(14min);
  Away();
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(AwayWatchTest, LongAbsenceIsMailedOnceAndItsEndToo) {
  Away();
  Later(15min);
  Away();
  EXPECT_THAT(Mails(), ElementsAre(AllOf(HasSubstr("database away"), HasSubstr("no answer"),
                                         HasSubstr("X-Priority: 1"))));
  Later(15min);
  Away();
  EXPECT_THAT(Mails(), SizeIs(1));
  Here();
  const auto mails = Mails();
  ASSERT_THAT(mails, SizeIs(2));
  EXPECT_THAT(mails[1], AllOf(HasSubstr("[RESOLVED critical]"), HasSubstr("In-Reply-To: ")));
  Here();
  EXPECT_THAT(Mails(), SizeIs(2));
}

TEST_F(AwayWatchTest, MailThatCannotBeSentIsTriedAgain) {
  const auto maildir = std::exchange(config_.smtp.maildir, "/proc/nowhere");
  Away();
  Later(15min);
  Away();
  config_.smtp.maildir = maildir;
  Away();
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(AwayWatchTest, NobodyIsToldOfTheEndOfWhatNobodyWasToldOf) {
  config_.smtp.maildir = "/proc/nowhere";
  Away();
  Later(15min);
  Away();
  config_.smtp.maildir = directory_.Path() + "/mails";
  Here();
  EXPECT_THAT(Mails(), IsEmpty());
}

}  // namespace
}  // namespace mon::data_aggregator
