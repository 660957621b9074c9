#include "common/csv.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// All records as "line: field|field"; an error as its line and message.
std::vector<std::string> Records(std::string text) {
  CsvReader reader(text);
  std::vector<std::string> records;
  std::vector<std::string_view> fields;
  while (true) {
    const Result<bool> more = reader.Next(fields);
    std::string record = std::to_string(reader.Line()) + ":";
    if (!more) record += " " + more.error().message;
    for (const std::string_view field : fields) record += "[" + std::string(field) + "]";
    if (more && !*more) return records;
    records.push_back(record);
    if (!more) return records;
  }
}

TEST(CsvReaderTest, SplitsLinesAndFields) {
  EXPECT_THAT(Records("a,b\nc,d\n"), ElementsAre("1:[a][b]", "2:[c][d]"));
  EXPECT_THAT(Records("a,b"), ElementsAre("1:[a][b]"));
  EXPECT_THAT(Records(",\n"), ElementsAre("1:[][]"));
  EXPECT_THAT(Records("a,\n b ,c"), ElementsAre("1:[a][]", "2:[ b ][c]"));
}

TEST(CsvReaderTest, ReadsNothingFromNothing) {
  EXPECT_THAT(Records(""), IsEmpty());
  EXPECT_THAT(Records("\n\r\n\n"), IsEmpty());
  EXPECT_THAT(Records("\xEF\xBB\xBF"), IsEmpty());
}

TEST(CsvReaderTest, TakesCrlfAndKeepsOtherCarriageReturns) {
  EXPECT_THAT(Records("a,b\r\n\r\nc\r\n"), ElementsAre("1:[a][b]", "3:[c]"));
  EXPECT_THAT(Records("a\rb\nc\r"), ElementsAre("1:[a\rb]", "2:[c\r]"));
}

TEST(CsvReaderTest, UndoesQuotes) {
  EXPECT_THAT(Records("\"a,b\",\"\",\"say \"\"x\"\"\"\r\n\"c\"\n"),
              ElementsAre("1:[a,b][][say \"x\"]", "2:[c]"));
  EXPECT_THAT(Records("\"\"\"\",x"), ElementsAre("1:[\"][x]"));
  EXPECT_THAT(Records("a\"b,c"), ElementsAre("1:[a\"b][c]")) << "a quote inside is literal";
}

TEST(CsvReaderTest, CountsLinesWithinQuotes) {
  EXPECT_THAT(Records("\"a\nb\r\nc\"\nd\n"), ElementsAre("1:[a\nb\r\nc]", "4:[d]"));
}

TEST(CsvReaderTest, RefusesBrokenQuotes) {
  EXPECT_THAT(Records("a\n\"b,c\nd"), ElementsAre("1:[a]", "2: a quote that is not closed"));
  EXPECT_THAT(Records("\"b\"c,d\n"), ElementsAre("1: text behind a closing quote[b]"));
}

TEST(CsvReaderTest, SkipsAByteOrderMarkAtTheStart) {
  EXPECT_THAT(Records("\xEF\xBB\xBF\"a\"\n"), ElementsAre("1:[a]"));
}

TEST(AppendCsvFieldTest, QuotesWhatNeedsIt) {
  const auto written = [](const std::string& field) {
    std::string out;
    AppendCsvField(out, field);
    return out;
  };
  EXPECT_EQ(written(""), "");
  EXPECT_EQ(written("0.50"), "0.50");
  EXPECT_EQ(written("a,b"), "\"a,b\"");
  EXPECT_EQ(written("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(written("a\nb"), "\"a\nb\"");
  for (const std::string field : {"x", "a,\"b\"\r\nc", "\"", ","}) {
    EXPECT_THAT(Records(written(field)), ElementsAre("1:[" + field + "]"));
  }
}

}  // namespace
}  // namespace mon
