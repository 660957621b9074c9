#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aggregator_fixture.h"
#include "support/plain_http.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

/// A port of 127.0.0.1 that is free now; while the object lives it is taken.
class TakenPort {
 public:
  TakenPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    bind(socket_, reinterpret_cast<const sockaddr*>(&address), length);
    listen(socket_, 1);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    number_ = ntohs(address.sin_port);
  }
  ~TakenPort() { close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  [[nodiscard]] int Number() const { return number_; }

 private:
  int socket_;
  int number_ = 0;
};

int FreePort() { return TakenPort().Number(); }

class DaemonRunTest : public AggregatorTest {
 protected:
  std::unique_ptr<Background> Start(const Environment& environment,
                                    std::vector<std::string> arguments = {"--listen", "none"}) {
    arguments.insert(arguments.begin(),
                     {Program("data-aggregator"), "--daemon", "--interval", "200ms"});
    return std::make_unique<Background>(arguments, environment);
  }
};

TEST_F(DaemonRunTest, KeepsCollectingUntilItIsStopped) {
  const Hyphenmon application;
  const auto daemon = Start(EnvironmentFor(application.Url()));
  EXPECT_TRUE(Eventually("SELECT COUNT(*) >= 3 FROM hyphenmon_metrics", "1"));
  daemon->Signal(SIGTERM);
  EXPECT_EQ(daemon->Wait(std::chrono::seconds(5)), 0);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM leases WHERE expires_at > NOW()"), "0");
}

TEST_F(DaemonRunTest, SecondOneStandsByAndTakesOver) {
  const Hyphenmon application;
  const int port = FreePort();
  const auto first = Start(EnvironmentFor(application.Url()));
  EXPECT_TRUE(EventuallyAtWork());
  const auto second = Start(EnvironmentFor(application.Url()),
                            {"--listen", fmt::format("127.0.0.1:{}", port), "--log-level", "info"});
  for (int i = 0; i < 200 && !second->ErrorText().contains("standing by"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(second->ErrorText(), HasSubstr("standing by"));
  const PlainResponse ready = PlainConnection(port).Get("/-/ready");
  EXPECT_EQ(ready.status, 200);
  EXPECT_THAT(ready.body, HasSubstr("standby"));
  first->Signal(SIGTERM);
  EXPECT_EQ(first->Wait(), 0);
  EXPECT_TRUE(Eventually("SELECT owner_pid FROM leases WHERE name = 'aggregator'",
                         std::to_string(second->Pid())));
}

TEST_F(DaemonRunTest, AnswersOperators) {
  const Hyphenmon application;
  const int port = FreePort();
  const auto daemon =
      Start(EnvironmentFor(application.Url()), {"--listen", fmt::format("127.0.0.1:{}", port)});
  EXPECT_TRUE(Eventually("SELECT COUNT(*) >= 1 FROM sources", "1"));
  EXPECT_EQ(PlainConnection(port).Get("/-/healthy").status, 200);
  EXPECT_EQ(PlainConnection(port).Get("/-/ready").status, 200);
  for (int i = 0; i < 100; ++i) {
    const PlainResponse metrics = PlainConnection(port).Get("/metrics");
    EXPECT_EQ(metrics.status, 200);
    if (metrics.body.contains("aggregator_source_up{source=\"application:hyphenmon\"} 1")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  FAIL() << PlainConnection(port).Get("/metrics").body;
}

TEST_F(DaemonRunTest, SurvivesADatabaseThatComesBack) {
  const Hyphenmon application;
  const auto daemon = Start(EnvironmentFor(application.Url()));
  EXPECT_TRUE(Eventually("SELECT COUNT(*) >= 1 FROM hyphenmon_metrics", "1"));
  for (const auto& row : database_.Query(
           "SELECT id FROM information_schema.processlist WHERE user LIKE '%_aggregator'"))
    database_.Execute("KILL " + row[0]);
  const std::string rows = database_.QueryOne("SELECT COUNT(*) + 1 FROM hyphenmon_metrics");
  EXPECT_TRUE(Eventually("SELECT COUNT(*) > " + rows + " FROM hyphenmon_metrics", "1"));
}

TEST_F(DaemonRunTest, PortThatWasAskedForAndIsTakenIsAnError) {
  const TakenPort taken;
  const auto daemon = Start(EnvironmentFor("http://127.0.0.1:1/"),
                            {"--listen", fmt::format("127.0.0.1:{}", taken.Number())});
  EXPECT_EQ(daemon->Wait(), 69);
  EXPECT_THAT(daemon->ErrorText(), HasSubstr(std::to_string(taken.Number())));
}

}  // namespace
}  // namespace mon::test
