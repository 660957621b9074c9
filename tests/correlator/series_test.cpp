#include "series.h"

#include <gmock/gmock.h>

#include <string>

namespace mon::correlator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kA = "timestamp,response_time_ms,error_rate\n";
constexpr const char* kB = "itemid,clock,value\n";

std::vector<std::int64_t> Times(std::string text) {
  auto times = ReadApplication(text, "A.csv");
  if (!times) throw std::runtime_error(times.error().message);
  return *times;
}

std::string ApplicationError(std::string text) {
  const auto times = ReadApplication(text, "A.csv");
  if (times) return "no error";
  EXPECT_EQ(times.error().code, ErrorCode::kInvalidData);
  return times.error().message;
}

/// Rows as "itemid@clock=value".
std::vector<std::string> Rows(std::string text) {
  const auto rows = ReadInfrastructure(text, "B.csv");
  if (!rows) throw std::runtime_error(rows.error().message);
  std::vector<std::string> texts;
  for (const ItemRow& row : *rows) {
    texts.push_back(std::to_string(row.itemid) + "@" + std::to_string(row.clock) + "=" +
                    std::string(row.value));
  }
  return texts;
}

std::string InfrastructureError(std::string text) {
  const auto rows = ReadInfrastructure(text, "B.csv");
  if (rows) return "no error";
  EXPECT_EQ(rows.error().code, ErrorCode::kInvalidData);
  return rows.error().message;
}

TEST(ReadApplicationTest, KeepsTheOrderOfTheLines) {
  EXPECT_THAT(Times(kA + std::string("30,1,0\n10,2,0.5\n30,3,1\n")), ElementsAre(30, 10, 30));
  EXPECT_THAT(Times(kA), IsEmpty());
}

TEST(ReadApplicationTest, TakesCrlfQuotesBlankLinesAndAMissingLastLineEnd) {
  EXPECT_THAT(Times("timestamp,response_time_ms,error_rate\r\n\"10\",\"1\",\"0\"\r\n\r\n20,1,0"),
              ElementsAre(10, 20));
  EXPECT_THAT(Times("\xEF\xBB\xBF\"timestamp\",response_time_ms,error_rate\n10,1,0\n"),
              ElementsAre(10));
}

TEST(ReadApplicationTest, TakesAnyTime) {
  EXPECT_THAT(Times(kA + std::string("-5,1,0\n-9223372036854775808,1,0\n9223372036854775807,1,0")),
              ElementsAre(-5, std::numeric_limits<std::int64_t>::min(),
                          std::numeric_limits<std::int64_t>::max()));
}

TEST(ReadApplicationTest, RefusesABadLineByFileAndLine) {
  const auto error = [](const std::string& line) {
    return ApplicationError(kA + std::string("10,1,0\n") + line + "\n20,1,0\n");
  };
  EXPECT_EQ(error("abc,1,0"),
            "A.csv line 3: expected a timestamp in whole epoch seconds, found 'abc'");
  EXPECT_THAT(error("10.5,1,0"), HasSubstr("found '10.5'"));
  EXPECT_THAT(error(" 10,1,0"), HasSubstr("found ' 10'"));
  EXPECT_THAT(error(",1,0"), HasSubstr("found ''"));
  EXPECT_THAT(error("9223372036854775808,1,0"), HasSubstr("a timestamp in whole epoch seconds"));
  EXPECT_THAT(error("10,fast,0"), HasSubstr("line 3: expected a response_time_ms of 0 or more"));
  EXPECT_THAT(error("10,-1,0"), HasSubstr("expected a response_time_ms of 0 or more"));
  EXPECT_THAT(error("10,inf,0"), HasSubstr("expected a response_time_ms of 0 or more"));
  EXPECT_THAT(error("10,1,nan"), HasSubstr("line 3: expected an error_rate from 0 to 1"));
  EXPECT_THAT(error("10,1,1.5"), HasSubstr("expected an error_rate from 0 to 1"));
  EXPECT_THAT(error("10,1,"), HasSubstr("expected an error_rate from 0 to 1"));
  EXPECT_THAT(error("10,1"), HasSubstr("line 3: expected 3 fields"));
  EXPECT_THAT(error("10,1,0,7"), HasSubstr("found 4"));
  EXPECT_THAT(error("\"10,1,0"), HasSubstr("line 3: a quote that is not closed"));
  EXPECT_THAT(error("\"10\"x,1,0"), HasSubstr("line 3: text behind a closing quote"));
}

TEST(ReadApplicationTest, RefusesAnotherHeader) {
  EXPECT_EQ(ApplicationError("10,1,0\n"),
            "A.csv line 1: expected the header timestamp,response_time_ms,error_rate, found "
            "'10,1,0'");
  EXPECT_THAT(ApplicationError(""), HasSubstr("A.csv line 1: expected the header"));
  EXPECT_THAT(ApplicationError(kB), HasSubstr("found 'itemid,clock,value'"));
}

TEST(ReadInfrastructureTest, SortsByItemInNumericOrderAndByClock) {
  EXPECT_THAT(Rows(kB + std::string("100,5,a\n9,7,b\n18446744073709551615,1,c\n9,-2,d\n")),
              ElementsAre("9@-2=d", "9@7=b", "100@5=a", "18446744073709551615@1=c"));
}

TEST(ReadInfrastructureTest, OfDuplicatesTheLastOfTheFileCounts) {
  EXPECT_THAT(Rows(kB + std::string("1,5,old\n2,5,x\n1,5,newer\n1,5,newest\n1,4,y\n")),
              ElementsAre("1@4=y", "1@5=newest", "2@5=x"));
  EXPECT_THAT(Rows(kB + std::string("1,5,old\n1,5,new\n")), ElementsAre("1@5=new"));
}

TEST(ReadInfrastructureTest, KeepsValuesAsTheyCame) {
  EXPECT_THAT(
      Rows(kB + std::string("1,1,0.50\n1,2,1e3\n1,3,\n1,4,\"a, \"\"b\"\"\nc\"\n1,5, up \n")),
      ElementsAre("1@1=0.50", "1@2=1e3", "1@3=", "1@4=a, \"b\"\nc", "1@5= up "));
}

TEST(ReadInfrastructureTest, CountsLinesWithinQuotes) {
  EXPECT_THAT(InfrastructureError(kB + std::string("1,1,\"a\nb\n\"\nbad,2,c\n")),
              HasSubstr("B.csv line 5: expected an itemid"));
}

TEST(ReadInfrastructureTest, RefusesABadLineByFileAndLine) {
  const auto error = [](const std::string& line) { return InfrastructureError(kB + line); };
  EXPECT_EQ(error("1x,5,3\n"),
            "B.csv line 2: expected an itemid, a whole number of 0 or more, found '1x'");
  EXPECT_THAT(error("-1,5,3"), HasSubstr("expected an itemid"));
  EXPECT_THAT(error("18446744073709551616,5,3"), HasSubstr("expected an itemid"));
  EXPECT_THAT(error("1,5.0,3"), HasSubstr("expected a clock in whole epoch seconds"));
  EXPECT_THAT(error("1,,3"), HasSubstr("expected a clock in whole epoch seconds"));
  EXPECT_THAT(error("1,5"), HasSubstr("expected 3 fields (itemid,clock,value), found 2"));
}

TEST(ReadInfrastructureTest, QuotesForeignTextSafely) {
  const std::string error = InfrastructureError(kB + std::string(100'000, '\xff') + ",5,3");
  EXPECT_LT(error.size(), 400u);
  EXPECT_THAT(error, HasSubstr("\xEF\xBF\xBD"));
}

}  // namespace
}  // namespace mon::correlator
