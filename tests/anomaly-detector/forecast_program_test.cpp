#include <gmock/gmock.h>
#include <signal.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "common/text.h"
#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

const std::map<std::string, std::string> kAlone = {{"MONITORING_CONFIG", "/dev/null"}};

Finished Forecast(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), {Program("anomaly-detector"), "forecast"});
  return Run(arguments, kAlone, input);
}

Finished Series(const std::string& input) { return Forecast({"--stdin"}, input); }
Finished Fill(const std::string& input) { return Forecast({"--fill"}, input); }

/// `count` values of a rhythm of four.
std::string Rhythm(std::size_t count) {
  std::string values;
  for (std::size_t i = 0; i < count; ++i) values += std::vector{",1", ",5", ",9", ",5"}[i % 4];
  return values;
}

/// 14 days of a disk, a value every 5 minutes.
std::string Disk(double from, double per_day) {
  std::string values;
  for (int i = 0; i < 14 * 288; ++i) values += "," + ShortestText(from + per_day * i / 288);
  return values;
}

TEST(ForecastProgramTest, AnswersEachLineWithForecastAndInterval) {
  const Finished run = Series("a,4,3" + Rhythm(40) + "\nb,4,2" + Rhythm(41) + "\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, "a,1,5,9,1,5,9,1,5,9\nb,5,9,5,9,5,9\n");
  EXPECT_EQ(run.err, "");
}

TEST(ForecastProgramTest, AnswersALineBeforeTheNextOneComes) {
  Background forecast({Program("anomaly-detector"), "forecast", "--stdin"}, kAlone);
  for (int i = 0; i < 20; ++i) {
    forecast.Write(std::to_string(i) + ",1,1,7\n");
    ASSERT_EQ(forecast.ReadLine(std::chrono::seconds(10)), std::to_string(i) + ",7,7,7");
  }
  forecast.Signal(SIGTERM);
  EXPECT_EQ(forecast.Wait(), 0);
}

TEST(ForecastProgramTest, TakesGapsCrlfAndQuotes) {
  EXPECT_EQ(Series("a,1,1,7,,nan,7\r\n\"x,y\",1,1,7\r\n\r\n").out, "a,7,7,7\n\"x,y\",7,7,7\n");
}

TEST(ForecastProgramTest, ForecastsFarAhead) {
  const Finished run = Series("a,24,100000" + Rhythm(100) + "\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(SplitList(run.out), SizeIs(300'001));
}

TEST(ForecastProgramTest, TellsWhenADiskIsFull) {
  const Finished run = Fill("grows,100" + Disk(30, 3) + "\nstays,100" + Disk(30, 0) + "\nfull,10" +
                            Disk(30, 0) + "\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const std::vector<std::string> lines = SplitList(run.out, '\n');
  ASSERT_THAT(lines, SizeIs(3));
  ASSERT_THAT(lines[0], StartsWith("grows,"));
  EXPECT_NEAR(std::stoi(lines[0].substr(6)), 28.0 / 3 * 288, 10);  // 28 / 3 days
  EXPECT_EQ(lines[1], "stays,-1");
  EXPECT_EQ(lines[2], "full,0");
}

TEST(ForecastProgramTest, ABadLineEndsItBehindTheAnswersBeforeIt) {
  const auto refusal = [](const Finished& run) {
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_EQ(run.out, "good,7,7,7\n");
    return run.err;
  };
  const std::string good = "good,1,1,7\n";
  EXPECT_THAT(refusal(Series(good + "a,1,1\n")),
              HasSubstr("standard input: line 2: expected id,season,horizon,v1,...,vn, found 3 "
                        "fields"));
  EXPECT_THAT(refusal(Series(good + "\na,0,1,7\n")),
              HasSubstr("line 3: expected a season of 1 to 1000000, found '0'"));
  EXPECT_THAT(refusal(Series(good + "a,1,100001,7\n")),
              HasSubstr("line 2: expected a horizon of 1 to 100000, found '100001'"));
  EXPECT_THAT(refusal(Series(good + "a,1,1,high\n")),
              HasSubstr("line 2: expected a finite number, nan or nothing, found 'high'"));
  EXPECT_THAT(refusal(Series(good + "a,1,1,inf\n")), HasSubstr("found 'inf'"));
  EXPECT_THAT(refusal(Series(good + "a,1,1,,nan\n")),
              HasSubstr("line 2: no value to forecast from"));
  EXPECT_THAT(refusal(Series(good + "a,1,1,\"7\n")), HasSubstr("line 2: a quote"));
}

TEST(ForecastProgramTest, ABadDiskIsNamed) {
  EXPECT_THAT(Fill("a,100\n").err, HasSubstr("line 1: expected id,capacity,v1,...,vn, found 2"));
  EXPECT_THAT(Fill("a,big,1\n").err, HasSubstr("line 1: expected a finite capacity, found 'big'"));
  EXPECT_EQ(Fill("a,inf,1\n").exit_code, 65);
  EXPECT_EQ(Fill("a,100,\n").exit_code, 65);
}

TEST(ForecastProgramTest, SaysWhatItNeeds) {
  const Finished run = Forecast({}, "");
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, HasSubstr("forecast: expected --stdin (how series go on) or --fill"));
  EXPECT_EQ(Forecast({"--stdin", "--fill"}, "").exit_code, 64);
  EXPECT_THAT(Forecast({"--help"}, "").out, HasSubstr("id,season,horizon,v1,...,vn"));
}

TEST(ForecastProgramTest, NothingInNothingOut) {
  const Finished run = Series("");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, IsEmpty());
}

}  // namespace
}  // namespace mon::test
