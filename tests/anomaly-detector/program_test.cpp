#include <gmock/gmock.h>
#include <signal.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Le;
using testing::StartsWith;

/// The program with nothing else in sight: an empty configuration.
const std::map<std::string, std::string> kAlone = {{"MONITORING_CONFIG", "/dev/null"}};

Finished Detect(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), Program("anomaly-detector"));
  return Run(arguments, kAlone, input);
}

TEST(AnomalyDetectorTest, ScoresAStreamAgainstALimit) {
  const Finished run = Detect({"--model", "threshold", "--limit", "0.5"},
                              "timestamp,value\n1750000000,0.25\n1750000010,0.5\n1750000020,1\n"
                              "1750000030,\n2025-06-15 15:07:20,nan\n");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "1750000000,0.3333333333333333\n1750000010,0.5\n1750000020,0.75\n1750000030,0\n"
            "2025-06-15 15:07:20,0\n");
  EXPECT_EQ(run.err, "");
}

TEST(AnomalyDetectorTest, ScoresSeveralMetricsAgainstOneLimitOrOneEach) {
  EXPECT_EQ(Detect({"--dims", "2", "--limit", "10"}, "1,20,5\n").out, "1,0.75,1,0\n");
  EXPECT_EQ(Detect({"--dims", "2", "--limit", "10,2.5"}, "1,10,5\n").out, "1,0.75,0,1\n");
  EXPECT_EQ(Detect({"--limit", "-5"}, "1,-3\n").exit_code, 0);
}

/// `rows` lines of `dims` values each minute, with something odd in the last one.
std::vector<std::string> Lines(int rows, int dims) {
  std::vector<std::string> lines;
  for (int i = 0; i < rows; ++i) {
    std::string line = std::to_string(1'750'000'000 + 60 * i);
    for (int metric = 0; metric < dims; ++metric) {
      const bool odd = i == rows - 1 && metric == 0;
      line += "," + std::to_string(odd ? 900 : 100 + (i * (7 + metric)) % 11);
    }
    lines.push_back(line + "\n");
  }
  return lines;
}

TEST(AnomalyDetectorTest, LearnsWhatIsUsualWhereNoLimitIsGiven) {
  std::string input;
  for (const std::string& line : Lines(500, 1)) input += line;
  const Finished run = Detect({}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::istringstream answers(run.out);
  std::vector<double> scores;
  for (std::string line; std::getline(answers, line);) {
    scores.push_back(std::stod(line.substr(line.find(',') + 1)));
  }
  ASSERT_EQ(scores.size(), 500U);
  EXPECT_GT(scores.back(), 0.5);
  scores.pop_back();
  EXPECT_THAT(scores, Each(Le(0.5)));
}

TEST(AnomalyDetectorTest, TellsTheShareOfEachMetricThatItLearnt) {
  std::string input;
  for (const std::string& line : Lines(500, 3)) input += line;
  const Finished run = Detect({"--dims", "3", "--alerts-per-month", "1"}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::istringstream last(run.out.substr(run.out.rfind('\n', run.out.size() - 2) + 1));
  std::vector<double> fields;
  for (std::string field; std::getline(last, field, ',');) fields.push_back(std::stod(field));
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_GT(fields[1], 0.5);
  EXPECT_GT(fields[2], 0.8);
  EXPECT_NEAR(fields[2] + fields[3] + fields[4], 1, 1e-9);
}

TEST(AnomalyDetectorTest, LineByLineIsTheSameAsAllAtOnce) {
  const std::vector<std::string> lines = Lines(400, 2);
  std::string input;
  std::string answers;
  Background detector({Program("anomaly-detector"), "--dims", "2"}, kAlone);
  for (const std::string& line : lines) {
    input += line;
    detector.Write(line);
    answers += detector.ReadLine(std::chrono::seconds(10)) + "\n";
  }
  EXPECT_EQ(Detect({"--dims", "2"}, input).out, answers);
}

TEST(AnomalyDetectorTest, AnswersALineBeforeTheNextOneComes) {
  Background detector({Program("anomaly-detector"), "--limit", "10"}, kAlone);
  for (int i = 0; i < 100; ++i) {
    detector.Write(std::to_string(i) + ",10\n");
    ASSERT_EQ(detector.ReadLine(std::chrono::seconds(10)), std::to_string(i) + ",0.5");
  }
  detector.Write("100,10\n101,");  // the second is not whole yet
  EXPECT_EQ(detector.ReadLine(std::chrono::seconds(10)), "100,0.5");
  detector.Write("10");
  detector.CloseInput();
  EXPECT_EQ(detector.ReadLine(std::chrono::seconds(10)), "101,0.5") << "the last line without LF";
  EXPECT_EQ(detector.Wait(), 0);
}

TEST(AnomalyDetectorTest, AnswersManyLinesAtOnce) {
  std::string input;
  std::string wanted;
  for (int i = 0; i < 200'000; ++i) {
    input += std::to_string(i) + ",20\n";
    wanted += std::to_string(i) + ",0.75\n";
  }
  const Finished run = Detect({"--limit", "10"}, input);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_TRUE(run.out == wanted) << run.out.size() << " bytes of " << wanted.size();
}

TEST(AnomalyDetectorTest, ABadLineEndsItBehindTheAnswersBeforeIt) {
  const Finished run = Detect({"--limit", "10"}, "1,20\n2,high\n3,20\n");
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_EQ(run.out, "1,0.75\n");
  EXPECT_THAT(run.err,
              HasSubstr("standard input: line 2: expected a finite number, nan or nothing, "
                        "found 'high'"));
}

TEST(AnomalyDetectorTest, BoundsTheLengthOfALine) {
  const Finished run = Detect({"--limit", "10"}, "1,20\n2," + std::string(3'000'000, '1'));
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_EQ(run.out, "1,0.75\n");
  EXPECT_THAT(run.err, HasSubstr("line 2: longer than 1048576 bytes"));
}

TEST(AnomalyDetectorTest, StopsOnSigterm) {
  Background detector({Program("anomaly-detector"), "--limit", "10"}, kAlone);
  detector.Write("1,20\n");
  EXPECT_EQ(detector.ReadLine(std::chrono::seconds(10)), "1,0.75");
  detector.Signal(SIGTERM);
  EXPECT_EQ(detector.Wait(), 0);
}

TEST(AnomalyDetectorTest, SaysWhatIsMissingOrWrong) {
  const auto refusal = [](const std::vector<std::string>& arguments) {
    const Finished run = Detect(arguments, "");
    EXPECT_EQ(run.exit_code, 64) << testing::PrintToString(arguments);
    return run.err;
  };
  EXPECT_THAT(refusal({"--model", "threshold"}), HasSubstr("the threshold model needs --limit N"));
  EXPECT_THAT(refusal({"--model", "adaptive", "--limit", "1"}),
              HasSubstr("--limit is of the threshold model"));
  EXPECT_THAT(refusal({"--limit", "1", "--alerts-per-month", "10"}),
              HasSubstr("--alerts-per-month is of the adaptive model"));
  EXPECT_THAT(refusal({"--dims", "3", "forecast", "--stdin"}), HasSubstr("are of streams"));
  EXPECT_THAT(refusal({"--alerts-per-month", "0"}),
              HasSubstr("--alerts-per-month: expected a number from 0.001 to 10000, found '0'"));
  EXPECT_THAT(refusal({"--limit", "nan"}), HasSubstr("--limit: expected a finite number"));
  EXPECT_THAT(refusal({"--limit", "ten"}),
              HasSubstr("--limit: expected a finite number, found 'ten'"));
  EXPECT_THAT(refusal({"--limit", ""}), HasSubstr("--limit: expected a finite number, found ''"));
  EXPECT_THAT(refusal({"--limit", "1,2"}), HasSubstr("expected one number or 1 (--dims), found 2"));
  EXPECT_THAT(refusal({"--limit", "1", "--dims", "0"}),
              HasSubstr("--dims: expected a whole number from 1 to 10000, found '0'"));
  EXPECT_THAT(refusal({"--limit", "1", "--model", "oracle"}), HasSubstr("oracle"));
}

TEST(AnomalyDetectorTest, NamesOutputAndInputThatFail) {
  const auto shell = [](const std::string& redirection) {
    return mon::test::Run(
        {"/bin/sh", "-c", Program("anomaly-detector") + " --limit 10 " + redirection}, kAlone,
        "1,20\n");
  };
  const Finished full = shell("> /dev/full");
  EXPECT_EQ(full.exit_code, 74);
  EXPECT_THAT(full.err, HasSubstr("standard output: No space left on device"));
  const Finished folder = shell("< /");
  EXPECT_EQ(folder.exit_code, 66);
  EXPECT_THAT(folder.err, HasSubstr("standard input: Is a directory"));
}

TEST(AnomalyDetectorTest, ChecksTheRulesOfTheConfiguration) {
  TemporaryDirectory directory;
  const Finished run =
      mon::test::Run({"/bin/sh", "-c",
                      "printf '[[rule]]\\nname = \"x\"\\nexpr = \"eror_rate > 1\"\\n' > " +
                          directory.Path() + "/m.toml; " + Program("anomaly-detector") +
                          " --check-config --config " + directory.Path() + "/m.toml"});
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err,
              HasSubstr("/m.toml:3: rule[0].expr: rule 'x' at column 1: expected a number"));
  EXPECT_THAT(run.err, HasSubstr("found 'eror_rate'; did you mean error_rate?"));
}

}  // namespace
}  // namespace mon::test
