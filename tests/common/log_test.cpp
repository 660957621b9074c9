#include "common/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace mon {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;

/// What `write` leaves on standard error.
std::string Logged(const std::function<void()>& write) {
  testing::internal::CaptureStderr();
  write();
  return testing::internal::GetCapturedStderr();
}

class LogTest : public testing::Test {
 protected:
  void TearDown() override { log::Setup("", log::Level::kWarning, log::Format::kText); }
};

TEST_F(LogTest, TextHasTimeLevelComponentMessageAndFields) {
  const std::string line = Logged([] {
    log::Setup("processor", log::Level::kInfo, log::Format::kText);
    log::Info("pass done", {{"rows", "12"}});
  });
  EXPECT_THAT(line, MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z"
                                 " info processor: pass done rows=12\n"));
}

TEST_F(LogTest, PrintsWarningsWithoutSetup) {
  EXPECT_THAT(Logged([] { log::Warning("disk is nearly full"); }),
              EndsWith("Z warning disk is nearly full\n"));
}

TEST_F(LogTest, IsQuietBelowItsLevel) {
  EXPECT_EQ(Logged([] {
              log::Setup("x", log::Level::kWarning, log::Format::kText);
              log::Info("nothing to see");
            }),
            "");
  EXPECT_FALSE(log::Enabled(log::Level::kInfo));
  EXPECT_TRUE(log::Enabled(log::Level::kError));
}

TEST_F(LogTest, OffIsOff) {
  EXPECT_EQ(Logged([] {
              log::Setup("x", log::Level::kOff, log::Format::kText);
              log::Error("even this");
            }),
            "");
}

TEST_F(LogTest, QuotesValuesThatCouldBeMisread) {
  const auto value = [](const std::string& text) {
    return Logged([&] { log::Warning("m", {{"v", text}}); });
  };
  EXPECT_THAT(value("plain-1.5"), EndsWith(" m v=plain-1.5\n"));
  EXPECT_THAT(value(""), EndsWith(" m v=\"\"\n"));
  EXPECT_THAT(value("two words"), EndsWith(" m v=\"two words\"\n"));
  EXPECT_THAT(value("a=b"), EndsWith(" m v=\"a=b\"\n"));
  EXPECT_THAT(value("say \"hi\""), EndsWith(R"( m v="say \"hi\"")"
                                            "\n"));
}

TEST_F(LogTest, ForeignTextCannotBeginALine) {
  const std::string line = Logged([] {
    log::Warning("server said: x\n2026-01-01T00:00:00.000Z error forged", {{"v", "a\r\nb\x1b[2J"}});
  });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\r'), std::string::npos);
}

TEST_F(LogTest, PercentAndBracesAreText) {
  EXPECT_THAT(Logged([] { log::Warning("100 % {} %v {0}", {{"v", "%s{}"}}); }),
              EndsWith(" warning 100 % {} %v {0} v=%s{}\n"));
}

TEST_F(LogTest, JsonIsOneValidObjectALine) {
  const std::string text = Logged([] {
    log::Setup("data-aggregator", log::Level::kInfo, log::Format::kJson);
    log::Warning("bad \"thing\"\n\xff %v", {{"source", "a\\b"}, {"code", "7"}});
  });
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto line = nlohmann::json::parse(text);
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["component"], "data-aggregator");
  EXPECT_EQ(line["message"], "bad \"thing\"\n\xEF\xBF\xBD %v");
  EXPECT_EQ(line["source"], "a\\b");
  EXPECT_EQ(line["code"], "7");
  EXPECT_TRUE(line["time"].get<std::string>().ends_with("Z"));
}

TEST_F(LogTest, ALongValueIsCut) {
  const std::string line = Logged([] { log::Warning("m", {{"body", std::string(1 << 20, 'x')}}); });
  EXPECT_LT(line.size(), 5000U);
}

TEST_F(LogTest, LinesOfThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  const std::string text = Logged([] {
    log::Setup("t", log::Level::kInfo, log::Format::kJson);
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kLines; ++i) log::Info("a line of some length", {{"i", "1"}});
      });
    }
  });
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kThreads * kLines);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(nlohmann::json::accept(line));
}

}  // namespace
}  // namespace mon
