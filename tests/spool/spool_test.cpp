#include "data_aggregator/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "support/child_process.h"

namespace mon::data_aggregator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr TimePoint kNow{std::chrono::seconds(1'750'000'000)};

std::vector<ApplicationSample> Samples(std::int64_t first, std::int64_t last) {
  std::vector<ApplicationSample> samples;
  for (std::int64_t t = first; t <= last; ++t)
    samples.push_back({.application = "shop", .timestamp = t, .response_time_ms = 1});
  return samples;
}

class SpoolTest : public testing::Test {
 protected:
  std::unique_ptr<Spool> Open(TimePoint now = kNow) {
    auto spool = Spool::Open(Directory(), limits_, now);
    if (!spool) ADD_FAILURE() << spool.error().message;
    return spool ? std::move(*spool) : nullptr;
  }

  [[nodiscard]] std::filesystem::path Directory() const { return directory_.Path() + "/spool"; }

  [[nodiscard]] std::vector<std::filesystem::path> Segments() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(Directory()))
      if (entry.path().extension() == ".spool") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
  }

  /// The timestamps of what lies in the spool.
  static std::vector<std::int64_t> Times(Spool& spool, std::size_t most = 100'000) {
    std::vector<std::int64_t> times;
    const auto oldest = spool.Oldest(most, kNow);
    if (!oldest) ADD_FAILURE() << oldest.error().message;
    for (const SpooledSample& spooled : *oldest) times.push_back(spooled.sample.timestamp);
    return times;
  }

  static void FreeAll(Spool& spool) {
    const auto oldest = spool.Oldest(100'000, kNow);
    ASSERT_TRUE(oldest && !oldest->empty());
    ASSERT_TRUE(spool.Free(oldest->back().sequence, {{outcome::kInserted, oldest->size()}}));
  }

  static void DamageSecondRecord(const std::filesystem::path& file) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(16 + 60 + 20);
    bytes.put('\x7f');
  }

  /// received = all that became of samples + what is in the spool.
  static void ExpectAllAccountedFor(const Spool& spool) {
    std::uint64_t known = spool.Count();
    for (const auto& [name, count] : spool.Totals())
      if (name != outcome::kReceived) known += count;
    const auto received = spool.Totals().find(outcome::kReceived);
    EXPECT_EQ(received == spool.Totals().end() ? 0 : received->second, known);
  }

  test::TemporaryDirectory directory_;
  SpoolConfig limits_;
};

TEST_F(SpoolTest, IsEmptyAtFirst) {
  const auto spool = Open();
  EXPECT_EQ(spool->Count(), 0U);
  EXPECT_THAT(Times(*spool), IsEmpty());
  EXPECT_FALSE(spool->Full());
}

TEST_F(SpoolTest, GivesBackInOrderWhatItTook) {
  const auto spool = Open();
  EXPECT_EQ(spool->Append(Samples(10, 12), kNow), 3U);
  EXPECT_EQ(spool->Append(Samples(5, 5), kNow), 1U);
  EXPECT_THAT(Times(*spool), ElementsAre(10, 11, 12, 5));
  EXPECT_THAT(Times(*spool, 2), ElementsAre(10, 11));
}

TEST_F(SpoolTest, SurvivesItsProcess) {
  EXPECT_TRUE(Open()->Append(Samples(1, 3), kNow));
  EXPECT_TRUE(Open()->Append(Samples(4, 4), kNow));
  const auto spool = Open();
  EXPECT_EQ(spool->Count(), 4U);
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Segments(), testing::SizeIs(1));
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, FreedRecordsAreGoneAndTheirFilesToo) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  ASSERT_TRUE(spool->Oldest(2, kNow));
  ASSERT_TRUE(spool->Free(2, {{outcome::kInserted, 2}}));
  EXPECT_EQ(spool->Count(), 1U);
  spool.reset();
  spool = Open();
  EXPECT_THAT(Times(*spool), ElementsAre(3));
  FreeAll(*spool);
  EXPECT_THAT(Segments(), IsEmpty());
  EXPECT_EQ(spool->Totals().at(outcome::kInserted), 3U);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, SequencesAreNeverUsedTwice) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  FreeAll(*spool);
  spool.reset();
  spool = Open();
  ASSERT_TRUE(spool->Append(Samples(4, 4), kNow));
  EXPECT_EQ(spool->Oldest(1, kNow)->at(0).sequence, 4U);
}

TEST_F(SpoolTest, CrashBetweenCommitAndFreeGivesTheRecordsAgain) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 2), kNow));
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2));
  spool.reset();
  spool = Open();
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2));
}

TEST_F(SpoolTest, TornTailCostsTheTornRecordAndSaysSo) {
  ASSERT_TRUE(Open()->Append(Samples(1, 3), kNow));
  const auto file = Segments().at(0);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5);
  testing::internal::CaptureStderr();
  const auto spool = Open();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("a torn record was cut off"));
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2));
  EXPECT_TRUE(spool->Append(Samples(4, 4), kNow));
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2, 4));
}

TEST_F(SpoolTest, FileWithoutEvenAHeaderIsNoObstacle) {
  ASSERT_TRUE(Open()->Append(Samples(1, 1), kNow));
  std::ofstream(Directory() / "00000000000000000002.spool") << "MONSP";
  const auto spool = Open();
  EXPECT_TRUE(spool->Append(Samples(2, 2), kNow));
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2));
}

TEST_F(SpoolTest, DamagedRecordIsCountedAndCostsNoOther) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  const auto file = Segments().at(0);
  spool.reset();
  DamageSecondRecord(file);
  spool = Open();
  EXPECT_THAT(Times(*spool), ElementsAre(1, 3));
  testing::internal::CaptureStderr();
  FreeAll(*spool);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("damaged=1"));
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedDamaged), 1U);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, WhollyDamagedSpoolEmptiesItself) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  ASSERT_TRUE(spool->Save());
  spool.reset();
  const auto size = std::filesystem::file_size(Segments().at(0));
  std::ofstream(Segments().at(0), std::ios::binary) << std::string(size, 'x');
  spool = Open();
  EXPECT_EQ(spool->Count(), 3U);
  EXPECT_THAT(Times(*spool), IsEmpty());
  EXPECT_EQ(spool->Count(), 0U);
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedDamaged), 3U);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, LostStateMakesEverythingComeAgain) {
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 2), kNow));
  ASSERT_TRUE(spool->Oldest(1, kNow));
  ASSERT_TRUE(spool->Free(1, {{outcome::kInserted, 1}}));
  spool.reset();
  std::ofstream(Directory() / "state") << "";
  spool = Open();
  EXPECT_THAT(Times(*spool), ElementsAre(1, 2));
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, FullSpoolDropsTheOldest) {
  limits_.max_bytes = 16'384;
  const auto spool = Open();
  for (std::int64_t t = 1; t <= 400; ++t) ASSERT_TRUE(spool->Append(Samples(t, t), kNow));
  EXPECT_LE(spool->Bytes(), limits_.max_bytes);
  const auto times = Times(*spool);
  EXPECT_EQ(times.back(), 400);
  EXPECT_GT(times.front(), 1);
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedFull), 400 - times.size());
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, FullSpoolDropsTheNewestWhereToldTo) {
  limits_.max_bytes = 16'384;
  limits_.policy = SpoolPolicy::kDropNewest;
  const auto spool = Open();
  std::size_t taken = 0;
  for (std::int64_t t = 1; t <= 400; ++t) taken += spool->Append(Samples(t, t), kNow).value();
  EXPECT_TRUE(spool->Full());
  const auto times = Times(*spool);
  EXPECT_EQ(times.size(), taken);
  EXPECT_EQ(times.front(), 1);
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedFull), 400 - taken);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, WhatIsTooOldIsDropped) {
  limits_.max_age = std::chrono::hours(1);
  auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 1), kNow - std::chrono::hours(2)));
  ASSERT_TRUE(spool->Append(Samples(2, 2), kNow));
  EXPECT_THAT(Times(*spool), ElementsAre(2));
  FreeAll(*spool);
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedAge), 1U);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, OldFilesGoWithoutBeingReplayed) {
  limits_.max_age = std::chrono::hours(1);
  limits_.max_bytes = 16'384;
  ASSERT_TRUE(Open()->Append(Samples(1, 30), kNow));
  ASSERT_TRUE(Open()->Append(Samples(31, 60), kNow));
  const auto spool = Open(kNow + std::chrono::hours(2));
  EXPECT_EQ(spool->Count(), 30U);
  EXPECT_EQ(spool->Totals().at(outcome::kDroppedAge), 30U);
  ExpectAllAccountedFor(*spool);
}

TEST_F(SpoolTest, SecondProcessIsTurnedAway) {
  const auto spool = Open();
  const auto second = Spool::Open(Directory(), limits_, kNow);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid())));
}

TEST_F(SpoolTest, NewerFormatIsLeftAlone) {
  ASSERT_TRUE(Open()->Append(Samples(1, 1), kNow));
  {
    std::fstream bytes(Segments().at(0), std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(8);
    bytes.put('\x02');
  }
  const auto spool = Spool::Open(Directory(), limits_, kNow);
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, ErrorCode::kConfig);
  EXPECT_THAT(spool.error().message, HasSubstr("format version 2"));
}

TEST_F(SpoolTest, DirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.Path() + "/file") << "";
  const auto spool = Spool::Open(directory_.Path() + "/file/spool", limits_, kNow);
  ASSERT_FALSE(spool);
  EXPECT_EQ(spool.error().code, ErrorCode::kIo);
  EXPECT_THAT(spool.error().message, HasSubstr("/file/spool"));
}

TEST_F(SpoolTest, NothingIsSpooledThatCouldNotBeFreed) {
  std::filesystem::create_directories(Directory());
  std::filesystem::create_symlink("nowhere/state", Directory() / "state");
  const auto spool = Open();
  EXPECT_FALSE(spool->Append(Samples(1, 1), kNow));
  EXPECT_THAT(Segments(), IsEmpty());
}

TEST_F(SpoolTest, CountsSurviveWhereNothingIsSpooled) {
  auto spool = Open();
  spool->Note(outcome::kReceived, 5);
  spool->Note(outcome::kInserted, 5);
  ASSERT_TRUE(spool->Save());
  spool.reset();
  EXPECT_EQ(Open()->Totals().at(outcome::kInserted), 5U);
}

TEST_F(SpoolTest, AnOnlookerSeesWhatWaitsBesideTheOneThatHasIt) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  ASSERT_TRUE(spool->Append(Samples(4, 5), kNow + std::chrono::seconds(60)));
  ASSERT_TRUE(spool->Oldest(3, kNow));
  ASSERT_TRUE(spool->Free(3, {{outcome::kInserted, 3}}));
  const auto seen = InspectSpool(Directory());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->samples, 2U);
  EXPECT_EQ(seen->bytes, spool->Bytes());
  EXPECT_EQ(seen->damaged, 0U);
  EXPECT_EQ(seen->oldest, kNow + std::chrono::seconds(60));
}

TEST_F(SpoolTest, AnOnlookerCountsWhatIsDamagedAndMendsNothing) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Append(Samples(1, 3), kNow));
  ASSERT_TRUE(spool->Save());
  const auto file = Segments().at(0);
  const auto size = std::filesystem::file_size(file);
  DamageSecondRecord(file);
  EXPECT_EQ(InspectSpool(Directory())->damaged, 1U);
  EXPECT_EQ(InspectSpool(Directory())->samples, 2U);
  EXPECT_EQ(std::filesystem::file_size(file), size);
  std::ofstream(file, std::ios::binary) << std::string(size, 'x');
  EXPECT_EQ(InspectSpool(Directory())->damaged, 3U);
}

TEST_F(SpoolTest, AnOnlookerTakesATornEndForOneThatIsBeingWritten) {
  ASSERT_TRUE(Open()->Append(Samples(1, 3), kNow));
  const auto file = Segments()[0];
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const auto seen = InspectSpool(Directory());
  ASSERT_TRUE(seen) << seen.error().message;
  EXPECT_EQ(seen->samples, 2U);
  EXPECT_EQ(seen->damaged, 0U);
}

TEST_F(SpoolTest, AnOnlookerTakesAMissingDirectoryForAnEmptySpool) {
  const auto seen = InspectSpool(Directory());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->samples, 0U);
  EXPECT_FALSE(std::filesystem::exists(Directory()));
}

}  // namespace
}  // namespace mon::data_aggregator
