#include "data_aggregator/sample_parser.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/paths.h"

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;  // the time of the contract files
constexpr TimePoint kClock{std::chrono::seconds(kNow)};

std::string ContractFile(const std::string& name) {
  std::ifstream file(mon::test::DataDirectory() + "/hyphenmon/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Body(const std::string& timestamp, const std::string& response_time,
                 const std::string& error_rate) {
  return fmt::format(R"({{"timestamp": {}, "response_time_ms": {}, "error_rate": {}}})", timestamp,
                     response_time, error_rate);
}

Result<ApplicationSample> Parse(const std::string& body) {
  return ParseSample(body, ApplicationConfig{}, kClock);
}

TEST(SampleParserTest, ReadsTheContract) {
  const auto sample = Parse(ContractFile("sample.json"));
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_EQ(sample->application, "hyphenmon");
  EXPECT_EQ(sample->timestamp, kNow);
  EXPECT_EQ(sample->response_time_ms, 137);
  EXPECT_EQ(sample->error_rate, 0.02F);
  EXPECT_EQ(sample->skew_seconds, 0);
}

TEST(SampleParserTest, ReadsOtherShapesByJsonPointer) {
  ApplicationConfig shop;
  shop.name = "shop";
  shop.fields = {.timestamp = "/ts", .response_time_ms = "/latency/p50", .error_rate = "/e~1r/0"};
  const auto sample =
      ParseSample(R"({"ts": 1750000001, "latency": {"p50": 12}, "e/r": [1, 0]})", shop, kClock);
  ASSERT_TRUE(sample.has_value()) << sample.error().message;
  EXPECT_EQ(sample->application, "shop");
  EXPECT_EQ(sample->response_time_ms, 12);
  EXPECT_EQ(sample->error_rate, 1.0F);
}

struct Case {
  std::string name;
  std::string body;
  std::string reason{};
};

void PrintTo(const Case& c, std::ostream* os) { *os << c.body; }

std::string NameOf(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class AcceptedTest : public testing::TestWithParam<Case> {};

TEST_P(AcceptedTest, IsTaken) {
  const auto sample = Parse(GetParam().body);
  EXPECT_TRUE(sample.has_value()) << sample.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Samples, AcceptedTest,
    testing::Values(Case{"WholeFloat", Body("1750000000.0", "137.0", "0")},
                    Case{"LargestResponseTime", Body("1750000000", "2147483647", "1")},
                    Case{"AnHourAhead", Body("1750003600", "1", "0.5")},
                    Case{"SevenDaysBack", Body("1749395200", "1", "0.5")},
                    Case{"NegativeZero", Body("1750000000", "-0", "-0.0")},
                    Case{"MoreMembers", R"({"timestamp": 1750000000, "response_time_ms": 1,
                        "error_rate": 0, "note": "NaN, [[[ and \" }", "x": {"y": [null]}})"},
                    Case{"ByteOrderMark", "\xef\xbb\xbf" + Body("1750000000", "1", "0")}),
    NameOf);

/// Well-formed, but refused: exit code 65.
class RefusedTest : public testing::TestWithParam<Case> {};

TEST_P(RefusedTest, IsInvalidData) {
  const auto sample = Parse(GetParam().body);
  ASSERT_FALSE(sample.has_value());
  EXPECT_EQ(sample.error().code, ErrorCode::kInvalidData) << sample.error().message;
  EXPECT_TRUE(sample.error().message.contains(GetParam().reason)) << sample.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Samples, RefusedTest,
    testing::Values(
        Case{"NanOfTheContract", ContractFile("nan.json"), "/error_rate is not a finite number"},
        Case{"OutOfRangeOfTheContract", ContractFile("out_of_range.json"),
             "/response_time_ms is -1, expected 0 to 2147483647"},
        Case{"InfiniteTime", Body("Infinity", "1", "0"), "/timestamp is not a finite number"},
        Case{"MinusInfinity", Body("1750000000", "-Infinity", "0"), "/response_time_ms"},
        Case{"ErrorRateAboveOne", Body("1750000000", "1", "1.0001"), "is 1.0001, expected 0 to 1"},
        Case{"ErrorRateNegative", Body("1750000000", "1", "-0.1"), "is -0.1, expected 0 to 1"},
        Case{"ResponseTimeTooLarge", Body("1750000000", "2147483648", "0"), "is 2147483648"},
        Case{"ResponseTimeHuge", Body("1750000000", "1e300", "0"), "out of range"},
        Case{"ResponseTimeBeyond64Bits", Body("1750000000", "18446744073709551615", "0"),
             "out of range"},
        Case{"NumberBeyondDouble", Body("1750000000", "1", "1e999"), "too large"},
        Case{"TooFarAhead", Body("1750003601", "1", "0"), "more than 1h ahead of our clock"},
        Case{"TooFarBack", Body("1749395199", "1", "0"), "more than 7d behind our clock"},
        Case{"Milliseconds", Body("1750000000000", "1", "0"), "ahead of our clock"},
        Case{"TimeZero", Body("0", "1", "0"), "behind our clock"},
        Case{"TimeNegative", Body("-5", "1", "0"), "behind our clock"}),
    NameOf);

/// Not a usable answer: exit code 69.
class UnusableTest : public testing::TestWithParam<Case> {};

TEST_P(UnusableTest, IsABadReply) {
  const auto sample = Parse(GetParam().body);
  ASSERT_FALSE(sample.has_value());
  EXPECT_EQ(sample.error().code, ErrorCode::kBadReply) << sample.error().message;
  EXPECT_TRUE(sample.error().message.contains(GetParam().reason)) << sample.error().message;
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, UnusableTest,
    testing::Values(
        Case{"WrongTypesOfTheContract", ContractFile("wrong_types.json"),
             "/timestamp is a string, expected a number"},
        Case{"CutJsonOfTheContract", ContractFile("cut_json.json"), "cut off"},
        Case{"ErrorOfTheContract", ContractFile("http_500.json"), "/timestamp is missing"},
        Case{"Empty", "", "empty"}, Case{"Blank", " \n", "empty"},
        Case{"Html", "<html>", "not JSON"}, Case{"List", "[1, 2, 3]", "/timestamp is missing"},
        Case{"Number", "7", "missing"},
        Case{"Null", Body("1750000000", "null", "0"), "/response_time_ms is a null"},
        Case{"Boolean", Body("1750000000", "1", "true"), "/error_rate is a boolean"},
        Case{"NumberAsText", Body("1750000000", "1", "\"0.5\""), "/error_rate is a string"},
        Case{"NanAsText", Body("1750000000", "1", "\"NaN\""), "/error_rate is a string"},
        Case{"FractionOfAMillisecond", Body("1750000000", "1.5", "0"), "expected a whole number"},
        Case{"FractionOfASecond", Body("1750000000.5", "1", "0"), "expected a whole number"},
        Case{"WrongShapeBeatsWrongValue", Body("1750000000", "-1", "null"),
             "/error_rate is a null"},
        Case{"TwoDocuments", Body("1750000000", "1", "0") + Body("1750000000", "1", "0"), "JSON"},
        Case{"BadUtf8", "{\"timestamp\": \"\xff\"}", "not JSON"},
        Case{"UnendedText", "{\"timestamp", "cut off"},
        Case{"DeepNesting", std::string(65, '['), "nested deeper than 64"},
        Case{"VeryDeepNesting", std::string(1U << 20U, '{'), "nested deeper than 64"}),
    NameOf);

TEST(SampleParserTest, PointerThatIsNoneIsBadConfiguration) {
  ApplicationConfig shop;
  shop.fields.timestamp = "ts";
  const auto sample = ParseSample(Body("1750000000", "1", "0"), shop, kClock);
  ASSERT_FALSE(sample.has_value());
  EXPECT_EQ(sample.error().code, ErrorCode::kConfig);
}

TEST(SkewSecondsTest, IsTheirClockMinusOurs) {
  EXPECT_EQ(SkewSeconds("Sun, 15 Jun 2025 15:06:50 GMT", kClock), 10);
  EXPECT_EQ(SkewSeconds("Sun, 15 Jun 2025 15:06:30 GMT", kClock), -10);
  EXPECT_EQ(SkewSeconds("Thu, 29 Feb 2024 00:00:00 GMT", TimePoint{}), 1'709'164'800);
}

TEST(SkewSecondsTest, IsUnknownWithoutADate) {
  for (const char* date : {"", "yesterday", "Sun, 15 Jun 2025 15:06:50 CEST", "1750000000",
                           "Sun, 15 Jun 2025 15:06:50 GMT+1", "Sun, 5 Jun 2025 15:06:50 GMT",
                           "Sun, 31 Feb 2025 15:06:50 GMT", "Sun, 15 unJ 2025 15:06:50 GMT",
                           "Sun, 15 Jun 2025 24:06:50 GMT"})
    EXPECT_EQ(SkewSeconds(date, kClock), std::nullopt) << date;
}

}  // namespace
}  // namespace mon::data_aggregator
