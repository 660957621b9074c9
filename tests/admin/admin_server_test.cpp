#include "admin/admin_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.h"

namespace mon::admin {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// A TCP connection to this host that speaks as badly as a test wants.
class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The socket interface of C takes every kind of address by one pointer type.
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool IsConnected() const { return connected_; }
  bool Send(const std::string& text) const {
    return send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  [[nodiscard]] std::string ReadAll() const {
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  int fd_;
  bool connected_ = false;
};

class AdminServerTest : public testing::Test {
 protected:
  std::unique_ptr<Server> Start(const std::string& listen = "127.0.0.1:0") {
    auto server = Server::Start(listen, metrics_, [this] { return dependencies_; });
    if (server) return *std::move(server);
    ADD_FAILURE() << server.error().message;
    return nullptr;
  }

  static std::string Get(int port, const std::string& path) {
    const Connection connection(port);
    connection.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return connection.ReadAll();
  }

  static std::string Body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
  }

  Metrics metrics_;
  std::map<std::string, Dependency> dependencies_ = {{"mysql", {true, "connected"}}};
};

TEST_F(AdminServerTest, IsHealthyWhileItLives) {
  const auto server = Start();
  EXPECT_THAT(Get(server->Port(), "/-/healthy"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(AdminServerTest, IsReadyWhenAllDependenciesAre) {
  dependencies_["zabbix"] = {true, "answered"};
  const auto server = Start();
  const std::string answer = Get(server->Port(), "/-/ready");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("application/json")));
  const auto body = nlohmann::json::parse(Body(answer));
  EXPECT_EQ(body["ready"], true);
  EXPECT_EQ(body["dependencies"]["zabbix"]["detail"], "answered");
}

TEST_F(AdminServerTest, IsNotReadyWhenOneIsNot) {
  dependencies_["zabbix"] = {false, "refused \xff"};
  const auto server = Start();
  const std::string answer = Get(server->Port(), "/-/ready");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503 "));
  const auto body = nlohmann::json::parse(Body(answer));
  EXPECT_EQ(body["ready"], false);
  EXPECT_EQ(body["dependencies"]["mysql"]["ok"], true);
  EXPECT_EQ(body["dependencies"]["zabbix"]["ok"], false);
}

TEST_F(AdminServerTest, WhatIsNotRequiredIsShownAndNoMore) {
  dependencies_["application:shop"] = {.ok = false, .detail = "HTTP 503", .required = false};
  const auto server = Start();
  const std::string answer = Get(server->Port(), "/-/ready");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  const auto body = nlohmann::json::parse(Body(answer));
  EXPECT_EQ(body["ready"], true);
  EXPECT_EQ(body["dependencies"]["application:shop"]["ok"], false);
  EXPECT_EQ(body["dependencies"]["application:shop"]["required"], false);
}

TEST_F(AdminServerTest, ServesMetrics) {
  metrics_.Add("monitoring_cycles_total", "Cycles since the start.", {}, 2);
  const auto server = Start();
  const std::string answer = Get(server->Port(), "/metrics");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("text/plain; version=0.0.4"),
                            HasSubstr("monitoring_cycles_total 2\n")));
}

TEST_F(AdminServerTest, KnowsNothingElse) {
  const auto server = Start();
  EXPECT_THAT(Get(server->Port(), "/"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get(server->Port(), "/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(AdminServerTest, AFailingReadinessIsAServerError) {
  auto server = Server::Start("127.0.0.1:0", metrics_, []() -> std::map<std::string, Dependency> {
    throw std::runtime_error("password=hunter2");
  });
  const std::string answer = Get((*server)->Port(), "/-/ready");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(answer.find("hunter2"), std::string::npos);
}

TEST_F(AdminServerTest, RefusesABody) {
  const auto server = Start();
  const Connection connection(server->Port());
  connection.Send("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_THAT(connection.ReadAll(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(AdminServerTest, TakesQueriesHeadAndOldClients) {
  const auto server = Start();
  EXPECT_THAT(Get(server->Port(), "/-/healthy?verbose=1"), StartsWith("HTTP/1.1 200 "));
  const auto answer = [&](const std::string& request) {
    const Connection connection(server->Port());
    connection.Send(request);
    return connection.ReadAll();
  };
  const std::string head = answer("HEAD /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 8\r\n")));
  EXPECT_EQ(Body(head), "");
  EXPECT_THAT(answer("GET /-/healthy HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, RefusesWhatIsNoGet) {
  const auto server = Start();
  const auto answer = [&](const std::string& request) {
    const Connection connection(server->Port());
    connection.Send(request);
    return connection.ReadAll();
  };
  EXPECT_THAT(answer("DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(answer("GET /metrics\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer("GET metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(answer("GET / HTTP/1.1\r\nX: " + std::string(9000, 'x')),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(AdminServerTest, ASlowClientHoldsUpNobody) {
  const auto server = Start();
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 60; ++i) silent.push_back(std::make_unique<Connection>(server->Port()));
  EXPECT_THAT(Get(server->Port(), "/-/healthy"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, SurvivesNonsense) {
  const auto server = Start();
  for (const std::string text :
       {"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n"}) {
    const Connection connection(server->Port());
    connection.Send(text);
  }
  EXPECT_THAT(Get(server->Port(), "/-/healthy"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, AnswersManyClientsAtOnce) {
  const auto server = Start();
  std::vector<std::unique_ptr<Connection>> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<Connection>(server->Port()));
    ASSERT_TRUE(clients.back()->IsConnected());
    clients.back()->Send("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (const auto& client : clients) EXPECT_THAT(client->ReadAll(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(AdminServerTest, StopsWithinASecondWhateverClientsDo) {
  auto server = Start();
  const Connection silent(server->Port());
  const Connection slow(server->Port());
  slow.Send("GET /-/hea");
  std::jthread drip([&slow](const std::stop_token& stop) {
    while (!stop.stop_requested() && slow.Send("x")) std::this_thread::sleep_for(100ms);
  });
  Get(server->Port(), "/-/healthy");
  const auto start = steady_clock::now();
  server.reset();
  EXPECT_LT(steady_clock::now() - start, 1500ms);
}

TEST_F(AdminServerTest, MayStopAtOnce) {
  for (int i = 0; i < 20; ++i) EXPECT_NE(Start(), nullptr);
}

TEST_F(AdminServerTest, FreesItsPort) {
  const int port = Start()->Port();
  EXPECT_NE(Start("127.0.0.1:" + std::to_string(port)), nullptr);
}

TEST_F(AdminServerTest, ATakenPortIsUnavailable) {
  const auto first = Start();
  const std::string listen = "127.0.0.1:" + std::to_string(first->Port());
  const auto second =
      Server::Start(listen, metrics_, [] { return std::map<std::string, Dependency>{}; });
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(second.error().message, "listen on " + listen + ": Address already in use");
}

TEST_F(AdminServerTest, AWrongAddressIsBadConfiguration) {
  for (const char* listen :
       {"192.0.2.1:0", "nowhere.invalid:0", "9301", "[::1", "127.0.0.1:99999"}) {
    const auto server =
        Server::Start(listen, metrics_, [] { return std::map<std::string, Dependency>{}; });
    ASSERT_FALSE(server.has_value()) << listen;
    EXPECT_EQ(server.error().code, ErrorCode::kConfig) << listen;
  }
}

class StartConfiguredTest : public AdminServerTest {
 protected:
  Result<std::unique_ptr<Server>> StartConfigured(const std::string& listen) {
    return admin::StartConfigured(loaded_, "aggregator", listen, metrics_,
                                  [this] { return dependencies_; });
  }
  LoadedConfig loaded_;
};

TEST_F(StartConfiguredTest, NoneMeansNoServer) {
  const auto server = StartConfigured("none");
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(*server, nullptr);
}

TEST_F(StartConfiguredTest, ATakenDefaultPortIsAWarning) {
  const auto other = Start();
  testing::internal::CaptureStderr();
  const auto server = StartConfigured("127.0.0.1:" + std::to_string(other->Port()));
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(server.has_value());
  EXPECT_EQ(*server, nullptr);
  EXPECT_THAT(log, AllOf(HasSubstr("warning"), HasSubstr("Address already in use")));
}

TEST_F(StartConfiguredTest, ATakenPortThatWasAskedForIsAnError) {
  const auto other = Start();
  loaded_.origins["aggregator.listen"] = {Origin::kFlag, "--listen", {}};
  const auto server = StartConfigured("127.0.0.1:" + std::to_string(other->Port()));
  ASSERT_FALSE(server.has_value());
  EXPECT_EQ(server.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mon::admin
