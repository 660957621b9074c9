#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Two small files and the program run on them, with nothing else in sight.
class CorrelatorTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = directory_.Path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  Finished Correlate(std::vector<std::string> arguments, const std::string& input = "",
                     std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), Program("correlator"));
    environment.try_emplace("MONITORING_CONFIG", config_);
    return mon::test::Run(arguments, environment, input);
  }

  TemporaryDirectory directory_;
  std::string config_ = Write("monitoring.toml", "");
  std::string application_ = Write("A.csv",
                                   "timestamp,response_time_ms,error_rate\n"
                                   "1750000020,910,0.62\n"
                                   "1750000000,137,0.02\n");
  std::string infrastructure_ = Write("B.csv",
                                      "itemid,clock,value\n"
                                      "23299,1749999992,1.50\n"
                                      "23299,1750000011,12.40\n"
                                      "9,1750000010,up\n");
};

constexpr const char* kNearest =
    "timestamp,itemid,clock,value,offset_seconds\n"
    "1750000020,9,1750000010,up,-10\n"
    "1750000020,23299,1750000011,12.40,-9\n"
    "1750000000,9,1750000010,up,10\n"
    "1750000000,23299,1749999992,1.50,-8\n";

TEST_F(CorrelatorTest, JoinsTwoFiles) {
  const Finished run =
      Correlate({"--application", application_, "--infrastructure", infrastructure_});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, kNearest);
  EXPECT_EQ(run.err, "");
}

TEST_F(CorrelatorTest, ReadsEitherFileFromStandardInput) {
  std::ifstream file(application_);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Finished run = Correlate({"--application", "-", "--infrastructure", infrastructure_}, text);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out, kNearest);

  const Finished bad = Correlate({"--application", application_, "--infrastructure", "-"}, "x\n");
  EXPECT_EQ(bad.exit_code, 65);
  EXPECT_THAT(bad.err, HasSubstr("standard input line 1: expected the header itemid,clock,value"));
}

TEST_F(CorrelatorTest, RefusesToReadBothFromStandardInput) {
  const Finished run = Correlate({"--application", "-", "--infrastructure", "-"});
  EXPECT_EQ(run.exit_code, 64);
  EXPECT_THAT(run.err, HasSubstr("only one of --application and --infrastructure can be '-'"));
}

TEST_F(CorrelatorTest, TakesWindowMatchFormatAndUnmatched) {
  const Finished run =
      Correlate({"--application", application_, "--infrastructure", infrastructure_, "--window",
                 "9", "--match", "all", "--format", "ndjson", "--unmatched"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out,
            "{\"timestamp\":1750000020,\"itemid\":23299,\"clock\":1750000011,\"value\":12.40,"
            "\"offset_seconds\":-9}\n"
            "{\"timestamp\":1750000000,\"itemid\":23299,\"clock\":1749999992,\"value\":1.50,"
            "\"offset_seconds\":-8}\n");
  const Finished none = Correlate({"--application", application_, "--infrastructure",
                                   infrastructure_, "--window", "0", "--unmatched"});
  EXPECT_THAT(none.out, HasSubstr("\n1750000020,,,,\n1750000000,,,,\n"));
}

TEST_F(CorrelatorTest, TakesTheWindowOfTheConfigurationUnlessToldOtherwise) {
  const std::vector<std::string> files = {"--application", application_, "--infrastructure",
                                          infrastructure_};
  const std::map<std::string, std::string> narrow = {{"CORRELATION_WINDOW_SECONDS", "8"}};
  EXPECT_EQ(Correlate(files, "", narrow).out,
            "timestamp,itemid,clock,value,offset_seconds\n"
            "1750000000,23299,1749999992,1.50,-8\n");
  std::vector<std::string> with_window = files;
  with_window.insert(with_window.end(), {"--window", "10"});
  EXPECT_EQ(Correlate(with_window, "", narrow).out, kNearest);
}

TEST_F(CorrelatorTest, PrintsNothingWhereAnyLineIsBad) {
  const std::string bad = Write("bad.csv", "itemid,clock,value\n1,1750000000,5\n1,yesterday,5\n");
  const Finished run = Correlate({"--application", application_, "--infrastructure", bad});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr(bad + " line 3: expected a clock in whole epoch seconds"));
}

TEST_F(CorrelatorTest, NamesAFileThatCannotBeRead) {
  const std::string missing = directory_.Path() + "/missing.csv";
  const Finished run = Correlate({"--application", missing, "--infrastructure", infrastructure_});
  EXPECT_EQ(run.exit_code, 66);
  EXPECT_THAT(run.err, HasSubstr(missing + ": No such file or directory"));
  const Finished folder =
      Correlate({"--application", directory_.Path(), "--infrastructure", infrastructure_});
  EXPECT_EQ(folder.exit_code, 66);
  EXPECT_THAT(folder.err, HasSubstr("Is a directory"));
}

TEST_F(CorrelatorTest, SaysOnceWhenTheOutputIsFull) {
  std::string many = "timestamp,response_time_ms,error_rate\n";
  for (int i = 0; i < 10'000; ++i) many += "1750000000,1,0\n";
  for (const std::string& application : {application_, Write("many.csv", many)}) {
    const Finished run =
        mon::test::Run({"/bin/sh", "-c",
                        Program("correlator") + " --unmatched --application " + application +
                            " --infrastructure " + infrastructure_ + " > /dev/full"},
                       {{"MONITORING_CONFIG", config_}});
    EXPECT_EQ(run.exit_code, 74);
    EXPECT_THAT(run.err, HasSubstr("standard output"));
    EXPECT_EQ(std::ranges::count(run.err, '\n'), 1) << run.err;
  }
}

TEST_F(CorrelatorTest, RefusesWrongUsage) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"--application", application_},
      {"--application", application_, "--infrastructure", infrastructure_, "--window", "-1"},
      {"--application", application_, "--infrastructure", infrastructure_, "--window", "ten"},
      {"--application", application_, "--infrastructure", infrastructure_, "--match", "first"},
      {"--application", application_, "--infrastructure", infrastructure_, "--format", "xml"},
      {"--application", application_, "--infrastructure", infrastructure_, "extra"}};
  for (const auto& arguments : wrong) {
    const Finished run = Correlate(arguments);
    EXPECT_EQ(run.exit_code, 64) << testing::PrintToString(arguments) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST_F(CorrelatorTest, SaysWhatAFlagExpects) {
  const auto refusal = [this](const std::string& flag, const std::string& value) {
    return Correlate(
               {"--application", application_, "--infrastructure", infrastructure_, flag, value})
        .err;
  };
  for (const char* window : {"-1", "1.5", "10s", "", "99999999999999999999"}) {
    EXPECT_THAT(refusal("--window", window),
                HasSubstr(std::string("--window: expected a whole number, 0 or more, found '") +
                          window + "'"));
  }
  EXPECT_THAT(refusal("--match", "0"), HasSubstr("--match: expected nearest or all, found '0'"));
  EXPECT_THAT(refusal("--format", "xml"), HasSubstr("--format: expected csv or ndjson"));
}

TEST_F(CorrelatorTest, AnswersHelpAndChecksItsConfiguration) {
  const Finished help = Correlate({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("--infrastructure"));
  EXPECT_EQ(Correlate({"--check-config"}).exit_code, 0);
  EXPECT_EQ(Correlate({"--config", Write("bad.toml", "colour = 1\n"), "--check-config"}).exit_code,
            78);
}

}  // namespace
}  // namespace mon::test
