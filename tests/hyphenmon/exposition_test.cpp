#include "hyphenmon/exposition.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "support/paths.h"

namespace mon::hyphenmon {
namespace {

constexpr Reading kReading{1'750'000'000, 137, 0.02};

std::string ContractFile(const std::string& name) {
  std::ifstream file(mon::test::DataDirectory() + "/hyphenmon/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ExpositionTest, JsonIsTheContract) {
  EXPECT_EQ(Render(kReading, Format::kJson), ContractFile("sample.json"));
}

TEST(ExpositionTest, TextHoldsTheSameValues) {
  EXPECT_EQ(Render(kReading, Format::kPrometheusText),
            "# HELP hyphenmon_response_time_seconds Response time of the application at the sample "
            "time.\n"
            "# TYPE hyphenmon_response_time_seconds gauge\n"
            "hyphenmon_response_time_seconds 0.137\n"
            "# HELP hyphenmon_error_ratio Share of requests that failed, 0 to 1.\n"
            "# TYPE hyphenmon_error_ratio gauge\n"
            "hyphenmon_error_ratio 0.02\n"
            "# HELP hyphenmon_sample_timestamp_seconds When the sample was taken, in seconds since "
            "1970-01-01 UTC.\n"
            "# TYPE hyphenmon_sample_timestamp_seconds gauge\n"
            "hyphenmon_sample_timestamp_seconds 1750000000\n");
}

TEST(ExpositionTest, OpenMetricsNamesUnitsAndItsEnd) {
  const std::string text = Render(kReading, Format::kOpenMetrics);
  EXPECT_TRUE(text.ends_with("hyphenmon_sample_timestamp_seconds 1750000000\n# EOF\n"));
  EXPECT_TRUE(text.contains("# UNIT hyphenmon_error_ratio ratio\n"));
}

TEST(ExpositionTest, WrongAnswersAreTheContractFiles) {
  EXPECT_EQ(RenderGarbage(kReading, Answer::kWrongTypes), ContractFile("wrong_types.json"));
  EXPECT_EQ(RenderGarbage(kReading, Answer::kCutJson), ContractFile("cut_json.json"));
  EXPECT_EQ(RenderGarbage(kReading, Answer::kNan), ContractFile("nan.json"));
  EXPECT_EQ(RenderGarbage(kReading, Answer::kOutOfRange), ContractFile("out_of_range.json"));
  EXPECT_EQ(RenderGarbage(kReading, Answer::kHttp500), ContractFile("http_500.json"));
}

TEST(ExpositionTest, OversizedIsAValidObjectOfFourMebibytes) {
  const std::string body = RenderOversized(kReading);
  EXPECT_EQ(body.size(), 4U << 20U);
  EXPECT_TRUE(body.starts_with(R"({"timestamp": 1750000000, )"));
  EXPECT_TRUE(body.ends_with("x\"}"));
}

}  // namespace
}  // namespace mon::hyphenmon
