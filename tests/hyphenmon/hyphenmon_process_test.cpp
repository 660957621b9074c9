// The real process, spoken to through plain sockets.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <regex>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/plain_http.h"

namespace mon::test {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kManyClients = 1'200;
const char* const kPrometheusAccept =
    "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
    "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n";

class HyphenmonTest : public testing::Test {
 protected:
  void Start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {Program("hyphenmon"), "--listen", "127.0.0.1:0"});
    process_ = std::make_unique<Background>(arguments);
    const std::string line = process_->ReadLine();
    std::smatch match;
    ASSERT_TRUE(std::regex_search(line, match, std::regex(R"(http://127\.0\.0\.1:(\d+)/metrics)")))
        << line << process_->ErrorText();
    port_ = std::stoi(match[1]);
  }

  /// Plays nothing but one kind of answer.
  void StartAnswering(const std::string& answer) {
    const std::string path = directory_.Path() + "/story.csv";
    std::ofstream(path) << "seconds,response_time_ms,error_rate,delay_ms,answer\n0,100,0.01,0,"
                        << answer << "\n";
    Start({"--scenario", path});
  }

  /// Sends SIGTERM and returns how long the process took to leave with 0.
  milliseconds TimeToStop() {
    const auto began = SteadyClock::now();
    process_->Signal(SIGTERM);
    EXPECT_EQ(process_->Wait(), 0);
    return std::chrono::duration_cast<milliseconds>(SteadyClock::now() - began);
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Background> process_;
  int port_ = 0;
};

TEST_F(HyphenmonTest, ServesTheContract) {
  Start({"--seed", "7"});
  PlainConnection connection(port_);
  const PlainResponse response = connection.Get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(response.head.contains("Content-Type: application/json")) << response.head;
  EXPECT_TRUE(std::regex_match(
      response.body,
      std::regex(
          R"re(\{"timestamp": \d{10}, "response_time_ms": 1[123]\d, "error_rate": 0\.0\d+\})re")))
      << response.body;
}

TEST_F(HyphenmonTest, ServesOpenMetricsToPrometheus) {
  Start({});
  PlainConnection connection(port_);
  const PlainResponse response = connection.Get("/metrics", kPrometheusAccept);
  EXPECT_TRUE(response.head.contains(
      "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"))
      << response.head;
  EXPECT_TRUE(response.body.ends_with("# EOF\n"));
}

TEST_F(HyphenmonTest, SaysThatItIsHealthyAndReady) {
  Start({});
  PlainConnection connection(port_);
  EXPECT_EQ(connection.Get("/-/healthy").status, 200);
  EXPECT_EQ(connection.Get("/-/ready").status, 200);
  EXPECT_EQ(connection.Get("/elsewhere").status, 404);
}

/// A descriptor for each client. Only for this process: one that is started has the old limit.
class MoreOpenFiles {
 public:
  MoreOpenFiles() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit all{before_.rlim_max, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &all);
  }
  ~MoreOpenFiles() { setrlimit(RLIMIT_NOFILE, &before_); }
  MoreOpenFiles(const MoreOpenFiles&) = delete;
  MoreOpenFiles& operator=(const MoreOpenFiles&) = delete;

 private:
  rlimit before_{};
};

TEST_F(HyphenmonTest, ServesMoreThanAThousandClientsAtOnceAndStopsUnderThem) {
  Start({});
  const MoreOpenFiles more;
  std::vector<PlainConnection> connections;
  for (int i = 0; i < kManyClients; ++i) connections.emplace_back(port_);
  std::vector<int> answered(4, 0);
  {
    std::vector<std::jthread> clients;
    for (std::size_t part = 0; part < answered.size(); ++part) {
      clients.emplace_back([&, part] {
        for (int round = 0; round < 5; ++round) {
          for (std::size_t i = part; i < connections.size(); i += answered.size())
            answered[part] += connections[i].Get("/metrics").status == 200 ? 1 : 0;
        }
      });
    }
  }
  EXPECT_EQ(answered[0] + answered[1] + answered[2] + answered[3], 5 * kManyClients);
  EXPECT_LT(TimeToStop(), milliseconds(1000));
}

TEST_F(HyphenmonTest, AnswersRequestsThatAreSentTogetherInTurn) {
  Start({});
  PlainConnection connection(port_);
  connection.Send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const PlainResponse first = connection.Get("/-/ready");
  EXPECT_EQ(first.body, "hyphenmon is healthy.\n");
  EXPECT_EQ(connection.Get("/elsewhere").status, 200) << "the answer to the second one";
}

TEST_F(HyphenmonTest, EndsTheConnectionOfAClientThatWantsNoMore) {
  Start({});
  PlainConnection connection(port_);
  EXPECT_EQ(connection.Get("/metrics", "Connection: close\r\n").status, 200);
  const auto began = SteadyClock::now();
  EXPECT_EQ(connection.Read(std::chrono::seconds(10)), "");
  EXPECT_LT(SteadyClock::now() - began, std::chrono::seconds(5));
}

TEST_F(HyphenmonTest, EndlessBodyGoesOnAndEndsWithTheProcess) {
  StartAnswering("endless");
  PlainConnection connection(port_);
  connection.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int chunk = 0; chunk < 10; ++chunk)
    EXPECT_FALSE(connection.Read(std::chrono::seconds(5)).empty());
  EXPECT_LT(TimeToStop(), milliseconds(1000));
}

TEST_F(HyphenmonTest, LateAnswerDoesNotDelayTheStop) {
  const std::string path = directory_.Path() + "/late.csv";
  std::ofstream(path) << "seconds,response_time_ms,error_rate,delay_ms,answer\n0,1,0,60000,\n";
  Start({"--scenario", path});
  PlainConnection connection(port_);
  connection.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(connection.Read(milliseconds(300)), "");
  EXPECT_LT(TimeToStop(), milliseconds(1000));
}

TEST_F(HyphenmonTest, BodyIsNotReadToItsEndStopsToo) {
  StartAnswering("oversized");
  PlainConnection connection(port_);
  connection.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_FALSE(connection.Read(std::chrono::seconds(5)).empty());
  EXPECT_LT(TimeToStop(), milliseconds(1000));
}

TEST_F(HyphenmonTest, OversizedBodyIsWholeForWhoReadsIt) {
  StartAnswering("oversized");
  PlainConnection connection(port_);
  EXPECT_EQ(connection.Get("/metrics").body.size(), 4U << 20U);
}

TEST_F(HyphenmonTest, ErrorsOfTheServerAreHttp500) {
  StartAnswering("http_500");
  PlainConnection connection(port_);
  EXPECT_EQ(connection.Get("/metrics").status, 500);
}

TEST_F(HyphenmonTest, StuckRepeatsOneSample) {
  Start({"--scenario", "stuck"});
  PlainConnection connection(port_);
  const std::string first = connection.Get("/metrics").body;
  std::this_thread::sleep_for(milliseconds(1100));  // the next second is what matters here
  EXPECT_EQ(connection.Get("/metrics").body, first);
}

TEST_F(HyphenmonTest, TakenPortIsNamed) {
  Start({});
  const std::string address = fmt::format("127.0.0.1:{}", port_);
  const Finished second = test::Run({Program("hyphenmon"), "--listen", address});
  EXPECT_EQ(second.exit_code, 69);
  EXPECT_TRUE(second.err.contains(address)) << second.err;
  EXPECT_TRUE(second.err.contains("in use")) << second.err;
}

TEST(HyphenmonUsageTest, SystemThatGivesNoThreadsIsNamed) {
  const Finished run =
      test::Run({"/bin/sh", "-c", "ulimit -v 600000; exec \"$0\" --listen 127.0.0.1:0",
                 Program("hyphenmon")});
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_TRUE(run.err.contains("cannot have 512 threads")) << run.err;
}

TEST(HyphenmonUsageTest, WrongListenIsWrongUsage) {
  for (const char* listen : {"none", "5001", ":5001", "127.0.0.1:", "127.0.0.1:70000", "::1:5001"})
    EXPECT_EQ(test::Run({Program("hyphenmon"), "--listen", listen}).exit_code, 64) << listen;
}

TEST(HyphenmonUsageTest, WrongFlagsAreWrongUsage) {
  EXPECT_EQ(test::Run({Program("hyphenmon"), "--speed", "0"}).exit_code, 64);
  EXPECT_EQ(test::Run({Program("hyphenmon"), "--seed", "-1"}).exit_code, 64);
  EXPECT_EQ(test::Run({Program("hyphenmon"), "--seed", ""}).exit_code, 64);
  EXPECT_EQ(test::Run({Program("hyphenmon"), "--no-such-flag"}).exit_code, 64);
}

TEST(HyphenmonUsageTest, MissingScenarioIsAnUnreadableFile) {
  const Finished run = test::Run({Program("hyphenmon"), "--scenario", "no/such.csv"});
  EXPECT_EQ(run.exit_code, 66);
  EXPECT_TRUE(run.err.contains("no/such.csv")) << run.err;
}

TEST(HyphenmonUsageTest, DirectoryIsNoScenario) {
  const Finished run = test::Run({Program("hyphenmon"), "--scenario", "/"});
  EXPECT_EQ(run.exit_code, 66);
  EXPECT_TRUE(run.err.contains("--scenario '/'")) << run.err;
}

TEST(HyphenmonUsageTest, BadStoryIsBadData) {
  const TemporaryDirectory directory;
  const std::string path = directory.Path() + "/story.csv";
  std::ofstream(path) << "seconds,response_time_ms,error_rate\n0,fast,0\n";
  const Finished run = test::Run({Program("hyphenmon"), "--scenario", path});
  EXPECT_EQ(run.exit_code, 65);
  EXPECT_TRUE(run.err.contains("story.csv line 2")) << run.err;
}

}  // namespace
}  // namespace mon::test
