#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <condition_variable>
#include <future>
#include <mutex>

#include "http/http_client.h"
#include "support/scripted_server.h"

// What goes over the wire, over which connection, and when.
namespace mon::http {
namespace {

using std::chrono::seconds;
using test::Connection;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

Request To(const std::string& url) {
  Request request;
  request.url = url;
  request.timeout = seconds(20);
  return request;
}

/// Answers every request with its own text, on kept connections.
void Echo(Connection& c) {
  for (std::string request = c.ReadRequest(); !request.empty(); request = c.ReadRequest())
    c.Reply(200, request);
}

TEST(HttpRequestTest, CarriesMethodPathHeadersAndBody) {
  ScriptedServer server(Echo);
  Request request = To(server.Url("/api?x=1"));
  request.method = "POST";
  request.body = std::string("{\"a\":\0 1}", 9);
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->body, testing::StartsWith("POST /api?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("\r\nX-Empty:\r\n"));
  EXPECT_THAT(answer->body, testing::EndsWith("\r\n\r\n" + request.body));
  EXPECT_THAT(answer->body, Not(HasSubstr("Expect:")));
}

TEST(HttpRequestTest, CarriesBasicAuthentication) {
  ScriptedServer server(Echo);
  Request request = To(server.Url());
  request.basic_user = "user";
  request.basic_password = "pass:word";
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->body, HasSubstr("\r\nAuthorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n"));
}

TEST(HttpRequestTest, CarriesNothingOfTheOneBefore) {
  ScriptedServer server(Echo);
  Request first = To(server.Url());
  first.method = "POST";
  first.body = "secret body";
  first.headers = {{"X-Token", "secret"}};
  first.basic_user = "user";
  Request second = To(server.Url());
  second.headers = {{"X-Token", "another"}};
  const Request third = To(server.Url());
  const auto client = MakeCurlClient({.ca_file = {}, .max_in_flight = 1});
  ASSERT_TRUE(client->Send(first));
  const auto plain = client->Send(second);
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_THAT(plain->body, testing::StartsWith("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(plain->body, HasSubstr("\r\nX-Token: another\r\n"));
  EXPECT_THAT(plain->body, Not(HasSubstr("secret")));
  EXPECT_THAT(plain->body, Not(HasSubstr("Authorization")));
  const auto bare = client->Send(third);
  ASSERT_TRUE(bare) << bare.error().message;
  EXPECT_THAT(bare->body, Not(HasSubstr("X-Token")));
}

TEST(HttpRequestTest, GoesThroughTheProxyOfItsOwn) {
  ScriptedServer proxy(Echo);
  Request request = To("http://app.example:5001/metrics");
  request.proxy = proxy.Url("");
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->body, testing::StartsWith("GET http://app.example:5001/metrics HTTP/1.1"));
}

TEST(HttpRequestTest, TakesNoProxyFromTheEnvironment) {
  ScriptedServer server(Echo);
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(test::UnusedPort());
  setenv("http_proxy", nowhere.c_str(), 1);
  const auto answer = MakeCurlClient({})->Send(To(server.Url()));
  unsetenv("http_proxy");
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST(HttpRequestTest, WithLineBreakInAHeaderIsNotSent) {
  ScriptedServer server(Echo);
  Request request = To(server.Url());
  request.headers = {{"X-Token", "secret\r\nX-Injected: 1"}};
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kConfig);
  EXPECT_THAT(answer.error().message, HasSubstr("X-Token"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
  EXPECT_EQ(server.Accepted(), 0);
}

TEST(HttpConnectionTest, IsKeptForTheNextCall) {
  ScriptedServer server(Echo);
  const auto client = MakeCurlClient({});
  ASSERT_TRUE(client->Send(To(server.Url("/1"))));
  ASSERT_TRUE(client->Send(To(server.Url("/2"))));
  EXPECT_EQ(server.Accepted(), 1);
}

TEST(HttpConnectionTest, IsKeptForEachOfMoreServersThanRequestsOnTheirWay) {
  ScriptedServer a(Echo);
  ScriptedServer b(Echo);
  ScriptedServer c(Echo);
  const auto client = MakeCurlClient({.ca_file = {}, .max_in_flight = 1});
  const std::vector<Request> requests = {To(a.Url()), To(b.Url()), To(c.Url())};
  for (int cycle = 0; cycle < 3; ++cycle)
    for (const auto& answer : client->SendAll(requests, {})) EXPECT_TRUE(answer);
  EXPECT_EQ(a.Accepted() + b.Accepted() + c.Accepted(), 3);
}

TEST(HttpConnectionTest, ThatWasClosedMeanwhileIsReplaced) {
  std::atomic<int> talks = 0;
  ScriptedServer server([&](Connection& c) {
    const bool first = talks++ == 0;
    c.ReadRequest();
    c.Reply(200, "1");
    c.ReadRequest();
    if (!first) c.Reply(200, "2");
  });
  const auto client = MakeCurlClient({});
  Request request = To(server.Url());
  request.method = "POST";
  request.body = "body";
  ASSERT_TRUE(client->Send(request));
  const auto second = client->Send(request);  // its first try ends without a byte
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(server.Accepted(), 2);
}

/// Servers and a request to each.
class HttpConnectionsTest : public testing::Test {
 protected:
  void Start(std::size_t count, const std::function<void(Connection&)>& script) {
    for (std::size_t i = 0; i < count; ++i) {
      servers_.push_back(std::make_unique<ScriptedServer>(script));
      requests_.push_back(To(servers_.back()->Url()));
    }
  }

  void ExpectAllAnswered(Client& client) const {
    for (const auto& answer : client.SendAll(requests_, {}))
      EXPECT_TRUE(answer) << answer.error().message;
  }

  [[nodiscard]] std::vector<int> Accepted() const {
    std::vector<int> accepted;
    for (const auto& server : servers_) accepted.push_back(server->Accepted());
    return accepted;
  }

  std::vector<std::unique_ptr<ScriptedServer>> servers_;
  std::vector<Request> requests_;
};

TEST_F(HttpConnectionsTest, AreKeptForMoreServersThanAreAskedAtTheSameTime) {
  Start(30, Echo);
  const auto client = MakeCurlClient({.ca_file = {}, .max_in_flight = 4});
  ExpectAllAnswered(*client);
  ExpectAllAnswered(*client);
  EXPECT_THAT(Accepted(), testing::Each(1));
}

TEST_F(HttpConnectionsTest, ThatWereAllClosedMeanwhileCostNoAnswer) {
  Start(30, [](Connection& c) {
    c.ReadRequest();
    c.Reply(200, "");
  });
  const auto client = MakeCurlClient({.ca_file = {}, .max_in_flight = 4});
  ExpectAllAnswered(*client);
  ExpectAllAnswered(*client);
  EXPECT_THAT(Accepted(), testing::Each(2));
}

TEST_F(HttpConnectionsTest, BeyondTheLimitOfOpenFilesAreNotKept) {
  Start(4, Echo);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{256 + 128 + 3, before.rlim_max};  // for other files, on their way, kept
  setrlimit(RLIMIT_NOFILE, &few);
  const auto client = MakeCurlClient({});
  setrlimit(RLIMIT_NOFILE, &before);
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) ExpectAllAnswered(*client);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(Accepted(), testing::ElementsAre(1, 1, 1, 3));
  EXPECT_THAT(log,
              HasSubstr("limit of open files: not all connections are kept requests=4 kept=3"));
  EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
}

TEST(HttpConnectionTest, ThatIsFreshIsNotTriedTwice) {
  ScriptedServer server([](Connection& c) { c.ReadRequest(); });
  EXPECT_FALSE(MakeCurlClient({})->Send(To(server.Url())));
  EXPECT_EQ(server.Accepted(), 1);
}

TEST(HttpSendAllTest, AnswersInTheOrderOfTheRequests) {
  // The first answer is held back until the last request has been answered.
  std::promise<void> last_answered;
  std::shared_future<void> wait = last_answered.get_future();
  ScriptedServer server([&](Connection& c) {
    const std::string request = c.ReadRequest();
    if (request.starts_with("GET /0 ")) wait.wait();
    c.Reply(200, request.substr(4, 2));
    if (request.starts_with("GET /2 ")) last_answered.set_value();
  });
  const std::vector<Request> requests = {To(server.Url("/0")), To(server.Url("/1")),
                                         To(server.Url("/2"))};
  const auto answers = MakeCurlClient({})->SendAll(requests, {});
  ASSERT_EQ(answers.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(answers[i]) << answers[i].error().message;
    EXPECT_EQ(answers[i]->body, "/" + std::to_string(i));
  }
}

TEST(HttpSendAllTest, OneFailureLeavesTheOthersAlone) {
  ScriptedServer server(Echo);
  const std::string nowhere = "http://127.0.0.1:" + std::to_string(test::UnusedPort()) + "/";
  const std::vector<Request> requests = {To("bad"), To(nowhere), To(server.Url("/ok"))};
  const auto answers = MakeCurlClient({})->SendAll(requests, {});
  EXPECT_FALSE(answers[0]);
  EXPECT_FALSE(answers[1]);
  EXPECT_TRUE(answers[2]) << answers[2].error().message;
}

TEST(HttpSendAllTest, KeepsToItsCapOfOpenRequests) {
  // Every handler waits until two are there at once, so a lower cap would never finish; a higher
  // one would be seen as a third.
  std::mutex mutex;
  std::condition_variable changed;
  int open = 0;
  int most = 0;
  int begun = 0;
  ScriptedServer server([&](Connection& c) {
    for (std::string r = c.ReadRequest(); !r.empty(); r = c.ReadRequest()) {
      std::unique_lock lock(mutex);
      ++open;
      ++begun;
      most = std::max(most, open);
      const int pair = (begun + 1) / 2 * 2;
      changed.notify_all();
      changed.wait(lock, [&] { return begun >= pair; });
      --open;
      lock.unlock();
      c.Reply(200, "ok");
    }
  });
  const std::vector<Request> requests(8, To(server.Url()));
  for (const auto& answer :
       MakeCurlClient({.ca_file = {}, .max_in_flight = 2})->SendAll(requests, {}))
    EXPECT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(most, 2);
}

/// Keeps what came, and asks for as many repeats as it is told.
struct Repeating final : Exchange {
  std::optional<std::chrono::milliseconds> Answered(std::size_t index,
                                                    Result<Response> answer) override {
    answers.emplace_back(index, std::move(answer));
    if (repeats-- > 0) return std::chrono::milliseconds(1);
    return std::nullopt;
  }
  void Idle() override {
    if (on_idle) on_idle();
  }
  std::vector<std::pair<std::size_t, Result<Response>>> answers;
  int repeats = 0;
  std::function<void()> on_idle;
};

TEST(HttpSendEachTest, RepeatsWhatItIsAskedTo) {
  int count = 0;
  ScriptedServer server([&](Connection& c) {
    for (std::string r = c.ReadRequest(); !r.empty(); r = c.ReadRequest())
      c.Reply(++count < 3 ? 503 : 200, "");
  });
  Repeating exchange;
  exchange.repeats = 2;
  const std::vector<Request> requests = {To(server.Url())};
  MakeCurlClient({})->SendEach(requests, exchange, {});
  ASSERT_EQ(exchange.answers.size(), 3U);
  EXPECT_EQ(exchange.answers[1].second->status, 503);
  EXPECT_EQ(exchange.answers[2].second->status, 200);
}

TEST(HttpSendEachTest, FastAnswersCanBeWorkedOnWhileASlowOneIsUnderWay) {
  std::promise<void> worked;
  std::shared_future<void> wait = worked.get_future();
  ScriptedServer server([&](Connection& c) {
    const std::string request = c.ReadRequest();
    if (request.starts_with("GET /slow ")) wait.wait();
    c.Reply(200, "");
  });
  Repeating exchange;
  exchange.on_idle = [&, once = false]() mutable {
    if (exchange.answers.empty() || std::exchange(once, true)) return;
    EXPECT_EQ(exchange.answers[0].first, 1U);
    worked.set_value();
  };
  const std::vector<Request> requests = {To(server.Url("/slow")), To(server.Url("/fast"))};
  MakeCurlClient({})->SendEach(requests, exchange, {});
  EXPECT_EQ(exchange.answers.size(), 2U);
}

TEST(HttpSendEachTest, StopEndsTheWaitForARepeat) {
  ScriptedServer server(Echo);
  struct Forever final : Exchange {
    std::optional<std::chrono::milliseconds> Answered(std::size_t, Result<Response> a) override {
      last = std::move(a);
      stop.request_stop();
      return std::chrono::hours(1);
    }
    std::stop_source stop;
    Result<Response> last;
  } exchange;
  const std::vector<Request> requests = {To(server.Url())};
  MakeCurlClient({})->SendEach(requests, exchange, exchange.stop.get_token());
  ASSERT_FALSE(exchange.last);
  EXPECT_THAT(exchange.last.error().message, HasSubstr("stopped"));
}

TEST(HttpSendAllTest, ReturnsAtOnceWhenStopped) {
  std::stop_source stop;
  ScriptedServer server([&](Connection& c) {
    c.ReadRequest();
    stop.request_stop();
    c.WaitForClose();
  });
  std::vector<Request> requests = {To(server.Url("/silent"))};
  requests[0].timeout = seconds(600);
  const auto begin = std::chrono::steady_clock::now();
  const auto answers = MakeCurlClient({})->SendAll(requests, stop.get_token());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().code, ErrorCode::kTimeout);
  EXPECT_THAT(answers[0].error().message, HasSubstr("stopped"));
}

TEST(HttpSendAllTest, SendsNothingOnceStopped) {
  ScriptedServer server(Echo);
  std::stop_source stop;
  stop.request_stop();
  const auto client = MakeCurlClient({});
  EXPECT_FALSE(client->Send(To(server.Url()), stop.get_token()));
  EXPECT_EQ(server.Accepted(), 0);
  EXPECT_TRUE(client->Send(To(server.Url())));  // the client itself is as good as before
}

}  // namespace
}  // namespace mon::http
