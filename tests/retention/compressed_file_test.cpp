#include "compressed_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/child_process.h"

namespace mon::data_aggregator::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CompressedFileTest : public testing::Test {
 protected:
  Fingerprint Write(const std::vector<std::string>& lines) {
    auto writer = CompressedWriter::Create(file_);
    EXPECT_TRUE(writer);
    for (const std::string& line : lines) EXPECT_TRUE(writer->Write(line + "\n"));
    return writer->Finish().value();
  }

  /// All lines, and in the end the error or the fingerprint.
  std::vector<std::string> Read() {
    std::vector<std::string> lines;
    auto reader = CompressedReader::Open(file_);
    if (!reader) {
      error_ = reader.error();
      return lines;
    }
    for (std::string line;;) {
      const auto more = reader->ReadLine(line);
      if (!more) {
        error_ = more.error();
        return lines;
      }
      if (!*more) break;
      lines.push_back(line);
    }
    seen_ = reader->Seen();
    return lines;
  }

  std::string Bytes() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void SetBytes(const std::string& bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }

  test::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_.Path() + "/a.gz";
  Fingerprint seen_;
  Error error_;
};

TEST_F(CompressedFileTest, DirectoriesAreMadeWhereTheyAreMissing) {
  const std::filesystem::path directory = directory_.Path() + "/archive/zabbix_history";
  EXPECT_TRUE(MakeDirectories(directory));
  EXPECT_TRUE(std::filesystem::is_directory(directory));
  EXPECT_TRUE(MakeDirectories(directory)) << "it is there";
  SetBytes("a file");
  const auto refused = MakeDirectories(file_ / "below");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_THAT(refused.error().message, HasSubstr("cannot be made"));
}

TEST_F(CompressedFileTest, GivesBackWhatWasWritten) {
  const Fingerprint written = Write({"one", "", "three"});
  EXPECT_THAT(Read(), ElementsAre("one", "", "three"));
  EXPECT_EQ(seen_, written);
}

TEST_F(CompressedFileTest, ManyLinesPassThroughSmallBuffers) {
  std::vector<std::string> lines;
  for (int i = 0; i < 50'000; ++i) lines.push_back(fmt::format("{} {:x}", i, i * 2654435761U));
  lines.emplace_back(300'000, 'x');
  const Fingerprint written = Write(lines);
  EXPECT_EQ(Read(), lines);
  EXPECT_EQ(seen_, written);
}

TEST_F(CompressedFileTest, IsReadableByTheUsualTools) {
  const Fingerprint written = Write({"a", "b"});
  EXPECT_EQ(test::Run({"zcat", file_.string()}).out, "a\nb\n");
  EXPECT_THAT(test::Run({"sha256sum", file_.string()}).out, HasSubstr(written.sha256));
  EXPECT_THAT(test::Run({"sh", "-c", "zcat " + file_.string() + " | sha256sum"}).out,
              HasSubstr(written.content_sha256));
}

TEST_F(CompressedFileTest, CutOffAnywhereItIsRefusedByName) {
  Write({"some text", "and more of it"});
  const std::string whole = Bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SetBytes(whole.substr(0, size));
    Read();
    EXPECT_EQ(error_.code, ErrorCode::kInvalidData) << size;
    EXPECT_THAT(error_.message, HasSubstr(file_.string()));
  }
}

TEST_F(CompressedFileTest, AFlippedBitIsFound) {
  const Fingerprint written = Write({"some text", "and more of it"});
  const std::string whole = Bytes();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    SetBytes(bytes);
    error_ = {};
    seen_ = {};
    Read();
    EXPECT_TRUE(error_.code == ErrorCode::kInvalidData || seen_ != written) << at;
  }
}

TEST_F(CompressedFileTest, WhatFollowsItsEndIsRefused) {
  Write({"text"});
  SetBytes(Bytes() + "more");
  Read();
  EXPECT_THAT(error_.message, HasSubstr("goes on behind its end"));
}

TEST_F(CompressedFileTest, MissingFileIsNoInput) {
  Read();
  EXPECT_EQ(error_.code, ErrorCode::kNotFound);
}

TEST_F(CompressedFileTest, WithoutFinishNothingIsLeft) {
  {
    auto writer = CompressedWriter::Create(file_);
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->Write("text\n"));
  }
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(CompressedFileTest, DirectoryThatIsNotThereIsAFileThatCannotBeWritten) {
  const auto writer = CompressedWriter::Create(directory_.Path() + "/none/a.gz");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace mon::data_aggregator::archive
