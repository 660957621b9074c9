#include "data_aggregator/drop_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

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
namespace fs = std::filesystem;

class DropWatchTest : public ::testing::Test {
 protected:
  DropWatchTest() {
    config_.smtp.maildir = directory_.Path() + "/mails";
    config_.smtp.from = "monitoring@example.org";
    config_.smtp.to = {"oncall@example.org"};
  }

  /// A run from cron.
  void Run(const std::map<std::string, std::uint64_t>& totals) {
    DropWatch watch(config_, directory_.Path());
    watch.Look(totals, SystemClock().Now());
    watch.Finish(20s);
  }

  void AnHourPasses() {
    const fs::path file = fs::path(directory_.Path()) / "drops_told";
    fs::last_write_time(file, fs::last_write_time(file) - 61min);
  }

  std::vector<std::string> Mails() const { return test::MailsOf(config_.smtp.maildir); }

  test::TemporaryDirectory directory_;
  Config config_;
};

TEST_F(DropWatchTest, NothingLostIsNoMail) {
  Run({{"received", 10}, {"inserted", 10}, {"dropped_full", 0}});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(DropWatchTest, LossIsMailedOnceWithItsReasons) {
  Run({{"received", 10}, {"dropped_full", 3}, {"dropped_age", 1}});
  EXPECT_THAT(Mails(), ElementsAre(AllOf(HasSubstr(": 4 samples lost"), HasSubstr("dropped_full"),
                                         HasSubstr("X-Priority: 1"))));
  Run({{"received", 11}, {"dropped_full", 3}, {"dropped_age", 1}});
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(DropWatchTest, MoreLossIsOneMailAnHour) {
  Run({{"dropped_full", 3}});
  Run({{"dropped_full", 5}});
  EXPECT_THAT(Mails(), SizeIs(1));
  AnHourPasses();
  Run({{"dropped_full", 10}});
  EXPECT_THAT(Mails(), SizeIs(2));
  EXPECT_THAT(Mails(), ::testing::Contains(HasSubstr(": 7 samples lost")));
}

TEST_F(DropWatchTest, MailThatCannotBeSentIsTriedAgain) {
  const auto maildir = config_.smtp.maildir;
  config_.smtp.maildir = "/proc/nowhere";
  Run({{"dropped_full", 3}});
  config_.smtp.maildir = maildir;
  Run({{"dropped_full", 3}});
  EXPECT_THAT(Mails(), SizeIs(1));
}

TEST_F(DropWatchTest, MailThatNobodyWaitedForIsNotSentAgain) {
  {
    DropWatch watch(config_, directory_.Path());
    watch.Look({{"dropped_full", 3}}, SystemClock().Now());
    while (Mails().empty()) std::this_thread::yield();
  }
  fs::remove_all(config_.smtp.maildir);
  Run({{"dropped_full", 3}});
  EXPECT_THAT(Mails(), IsEmpty());
}

TEST_F(DropWatchTest, CountsThatBeginAnewAreToldFromTheBeginning) {
  Run({{"dropped_full", 500}});
  AnHourPasses();
  Run({{"dropped_full", 3}});
  EXPECT_THAT(Mails(), ::testing::Contains(HasSubstr(": 3 samples lost")));
}

TEST_F(DropWatchTest, WhatIsToldNeedsNoMoreRoomOnAFullDisk) {
  const fs::path file = fs::path(directory_.Path()) / "drops_told";
  Run({{"dropped_full", 3}});
  const auto size = fs::file_size(file);
  AnHourPasses();
  Run({{"dropped_full", 123'456'789}});
  EXPECT_EQ(fs::file_size(file), size);
}

}  // namespace
}  // namespace mon::data_aggregator
