#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "mail_transport/mail_transport.h"
#include "support/child_process.h"

namespace mon::mail_transport {
namespace {

namespace fs = std::filesystem;

OutgoingMail Mail(const std::string& id = "n1.r2@example.org") {
  return {"m@example.org", "root", id, 1'750'000'000, "Subject: x\r\n\r\nbody\r\n"};
}

std::vector<fs::path> Files(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory)) paths.push_back(entry.path());
  return paths;
}

class MaildirTest : public testing::Test {
 protected:
  test::TemporaryDirectory directory_;
  fs::path path_ = fs::path(directory_.Path()) / "deeper" / "mail";
};

TEST_F(MaildirTest, WritesTheExactBytesIntoNew) {
  const auto receipt = MakeMaildirTransport(path_)->Send(Mail(), {});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->status, Status::kSent);
  ASSERT_EQ(Files(path_ / "new").size(), 1U);
  std::ifstream file(Files(path_ / "new")[0], std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), Mail().bytes);
  EXPECT_TRUE(Files(path_ / "tmp").empty());
}

TEST_F(MaildirTest, NobodyElseCanRead) {
  ASSERT_TRUE(MakeMaildirTransport(path_)->Send(Mail(), {}).has_value());
  for (const auto& path : {path_, path_ / "tmp", path_ / "new", path_ / "cur"}) {
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << path;
  }
}

TEST_F(MaildirTest, MailsOfOneMomentKeepTheirOrder) {
  const auto maildir = MakeMaildirTransport(path_);
  std::vector<fs::file_time_type> times;
  for (int i = 0; i < 50; ++i) {
    const std::string id = std::to_string(i) + "@example.org";
    ASSERT_TRUE(maildir->Send(Mail(id), {}).has_value());
    times.push_back(fs::last_write_time(path_ / "new" / ("1750000000." + id)));
  }
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_EQ(std::ranges::adjacent_find(times), times.end()) << "no two are of the same time";
}

TEST_F(MaildirTest, RepeatReplacesAndAnotherMailDoesNot) {
  const auto maildir = MakeMaildirTransport(path_);
  ASSERT_TRUE(maildir->Send(Mail(), {}).has_value());
  ASSERT_TRUE(maildir->Send(Mail(), {}).has_value());
  EXPECT_EQ(Files(path_ / "new").size(), 1U);
  ASSERT_TRUE(maildir->Send(Mail("n2.r2@example.org"), {}).has_value());
  EXPECT_EQ(Files(path_ / "new").size(), 2U);
}

TEST_F(MaildirTest, NameHoldsNothingThatEndsAPathOrAName) {
  ASSERT_TRUE(MakeMaildirTransport(path_)->Send(Mail("../a:2,S/b"), {}).has_value());
  ASSERT_EQ(Files(path_ / "new").size(), 1U);
  EXPECT_THAT(Files(path_ / "new")[0].filename().string(),
              testing::Not(testing::ContainsRegex("[:,/]")));
}

TEST_F(MaildirTest, WhatCannotBeWrittenIsAnIoErrorThatNamesIt) {
  const fs::path blocked = fs::path(directory_.Path()) / "file";
  std::ofstream(blocked) << "in the way";
  const auto receipt = MakeMaildirTransport(blocked)->Send(Mail(), {});
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kIo);
  EXPECT_THAT(receipt.error().message, testing::HasSubstr(blocked.string()));
}

TEST_F(MaildirTest, FullDiskLeavesNoHalfMail) {
  const auto receipt = MakeMaildirTransport("/dev/full/mail")->Send(Mail(), {});
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mon::mail_transport
