#include "archive.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "day_reader.h"
#include "support/child_process.h"

namespace mon::data_aggregator::archive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Day kDay = ParseDay("2025-06-15").value();
const RowFormat kFormat(
    {{"itemid", Kind::kUint}, {"clock", Kind::kInt}, {"ns", Kind::kUint}, {"value", Kind::kDouble}},
    {"itemid", "clock", "ns"});

class ArchiveTest : public testing::Test {
 protected:
  Part Write(std::size_t number, const std::vector<std::string>& lines) {
    auto writer = PartWriter::Create(archive_, History(), kDay, number, kFormat, "1.8");
    EXPECT_TRUE(writer);
    for (const std::string& line : lines) EXPECT_TRUE(writer->Append(line));
    return writer->Finish(TimePoint{}).value();
  }

  std::vector<Part> Parts() { return archive_.Parts(History(), kDay).value(); }

  std::vector<std::string> ReadAll() {
    std::vector<std::string> lines;
    const auto parts = archive_.Parts(History(), kDay);
    if (!parts) {
      error_ = parts.error();
      return lines;
    }
    auto reader = DayReader::Open(*parts);
    while (reader) {
      const auto line = reader->Next();
      if (!line) {
        error_ = line.error();
        return lines;
      }
      if (line->text == nullptr) return lines;
      lines.push_back(*line->text);
    }
    error_ = reader.error();
    return lines;
  }

  [[nodiscard]] std::string Name(const std::string& file) const {
    return directory_.Path() + "/zabbix_history/" + file;
  }

  test::TemporaryDirectory directory_;
  Archive archive_{directory_.Path()};
  Error error_;
};

TEST_F(ArchiveTest, DayWithoutFilesHasNoParts) { EXPECT_THAT(Parts(), IsEmpty()); }

TEST_F(ArchiveTest, ManifestTellsWhatIsInThePart) {
  Write(1, {"1\t1750000000\t0\t0.5", "2\t1750000001\t7\t1"});
  const Manifest manifest = Parts().at(0).manifest;
  EXPECT_EQ(manifest.table, "zabbix_history");
  EXPECT_EQ(DayText(manifest.day), "2025-06-15");
  EXPECT_EQ(manifest.file, "2025-06-15.1.tsv.gz");
  EXPECT_EQ(manifest.rows, 2);
  EXPECT_EQ(manifest.columns, kFormat.Columns());
  EXPECT_EQ(manifest.first_row, "1\t1750000000\t0");
  EXPECT_EQ(manifest.last_row, "2\t1750000001\t7");
  EXPECT_EQ(manifest.schema, "1.8");
}

TEST_F(ArchiveTest, PartsAreReadAsOneAndTheLatestCounts) {
  Write(1, {"1\t10\t0\t0.5", "3\t10\t0\t0.5"});
  Write(2, {"2\t10\t0\t2", "3\t10\t0\t2"});
  Write(3, {"3\t10\t0\t3", "10\t10\t0\t3"});
  EXPECT_THAT(ReadAll(),
              ElementsAre("1\t10\t0\t0.5", "2\t10\t0\t2", "3\t10\t0\t3", "10\t10\t0\t3"));
}

TEST_F(ArchiveTest, FindsLinesByKey) {
  Write(1, {"1\t10\t0\t0.5", "3\t10\t0\t0.5"});
  Write(2, {"3\t10\t0\t2"});
  auto reader = DayReader::Open(Parts());
  ASSERT_TRUE(reader);
  const auto find = [&](const std::string& line) {
    const auto found = reader->Find(kFormat.SortKey(line).value());
    return found && found->text != nullptr ? *found->text : "none";
  };
  EXPECT_EQ(find("1\t10\t0\t9"), "1\t10\t0\t0.5");
  EXPECT_EQ(find("2\t10\t0\t9"), "none");
  EXPECT_EQ(find("3\t10\t0\t9"), "3\t10\t0\t2");
  EXPECT_EQ(find("4\t10\t0\t9"), "none");
  EXPECT_TRUE(reader->Finish());
}

TEST_F(ArchiveTest, FileWithoutManifestIsNoPart) {
  Write(1, {"1\t10\t0\t0.5"});
  std::filesystem::remove(Name("2025-06-15.1.json"));
  EXPECT_THAT(Parts(), IsEmpty());
  Write(1, {"1\t10\t0\t0.7"});
  EXPECT_THAT(ReadAll(), ElementsAre("1\t10\t0\t0.7"));
}

TEST_F(ArchiveTest, MissingPartIsNamed) {
  Write(1, {"1\t10\t0\t0.5"});
  Write(2, {"2\t10\t0\t0.5"});
  std::filesystem::remove(Name("2025-06-15.1.json"));
  ReadAll();
  EXPECT_EQ(error_.code, ErrorCode::kNotFound);
  EXPECT_THAT(error_.message, HasSubstr("2025-06-15.1.json is missing"));
}

TEST_F(ArchiveTest, MissingFileIsNamed) {
  Write(1, {"1\t10\t0\t0.5"});
  std::filesystem::remove(Name("2025-06-15.1.tsv.gz"));
  ReadAll();
  EXPECT_EQ(error_.code, ErrorCode::kNotFound);
  EXPECT_THAT(error_.message, HasSubstr("2025-06-15.1.tsv.gz"));
}

TEST_F(ArchiveTest, OtherContentThanTheManifestTellsIsNamed) {
  const Part first = Write(1, {"1\t10\t0\t0.5"});
  const Part second = Write(2, {"1\t10\t0\t0.6"});
  std::filesystem::copy_file(second.file, first.file,
                             std::filesystem::copy_options::overwrite_existing);
  ReadAll();
  EXPECT_EQ(error_.code, ErrorCode::kInvalidData);
  EXPECT_THAT(error_.message, HasSubstr("2025-06-15.1.tsv.gz is damaged: its checksum"));
}

TEST_F(ArchiveTest, DamagedManifestIsNamed) {
  Write(1, {"1\t10\t0\t0.5"});
  for (const char* text : {"", "{", "[]", "{\"format\": 1}", "\xff\xfe"}) {
    std::ofstream(Name("2025-06-15.1.json")) << text;
    ReadAll();
    EXPECT_EQ(error_.code, ErrorCode::kInvalidData) << text;
    EXPECT_THAT(error_.message, HasSubstr("2025-06-15.1.json is damaged"));
  }
}

TEST_F(ArchiveTest, FormatOfANewerProgramIsRefused) {
  std::filesystem::create_directories(Name(""));
  std::ofstream(Name("2025-06-15.1.json")) << "{\"format\": 2}";
  ReadAll();
  EXPECT_EQ(error_.code, ErrorCode::kConfig);
}

TEST(DayTest, ReadsDaysAndNothingElse) {
  EXPECT_EQ(DayText(ParseDay("2024-02-29").value()), "2024-02-29");
  for (const char* text : {"", "2025-02-29", "2025-6-15", "2025-06-15 ", "20250615", "2025-13-01",
                           "2025/06/15", "-025-06-15"}) {
    const auto day = ParseDay(text);
    ASSERT_FALSE(day) << text;
    EXPECT_EQ(day.error().code, ErrorCode::kUsage);
  }
}

}  // namespace
}  // namespace mon::data_aggregator::archive
