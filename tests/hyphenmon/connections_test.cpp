#include "connections.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

// A request is a byte here, and its answer the same byte.
namespace mon::hyphenmon {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

bool Echo(httplib::Stream& stream) {
  char byte = 0;
  return stream.read(&byte, 1) == 1 && stream.write(&byte, 1) == 1;
}

/// The other end of a connection.
class Client {
 public:
  explicit Client(Connections& server) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    socket_ = ends[0];
    server.Add(ends[1]);
  }
  ~Client() {
    if (socket_ >= 0) close(socket_);
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Client& operator=(Client&&) = delete;

  void Send(const std::string& bytes) const {
    EXPECT_EQ(send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// As many bytes as wanted; fewer where the connection ends or nothing comes for long.
  [[nodiscard]] std::string Read(std::size_t wanted) const {
    std::string got;
    char byte = 0;
    pollfd readable{socket_, POLLIN, 0};
    while (got.size() < wanted && poll(&readable, 1, 20'000) > 0 && recv(socket_, &byte, 1, 0) == 1)
      got += byte;
    return got;
  }
  /// Whether the server ends it.
  [[nodiscard]] bool Ended() const {
    char byte = 0;
    pollfd readable{socket_, POLLIN, 0};
    return poll(&readable, 1, 20'000) > 0 && recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  int socket_ = -1;
};

TEST(ConnectionsTest, AreServedInAnyOrderHoweverFewTheThreads) {
  Connections connections(1, hours(1), Echo);
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) clients.emplace_back(connections);
  for (int round = 0; round < 3; ++round) {
    for (auto client = clients.rbegin(); client != clients.rend(); ++client) {
      client->Send("x");
      EXPECT_EQ(client->Read(1), "x");
    }
  }
}

TEST(ConnectionsTest, AnswerWhatWasSentAheadWithoutWaitingForMore) {
  Connections connections(1, hours(1), Echo);
  const Client client(connections);
  client.Send("abc");
  EXPECT_EQ(client.Read(3), "abc");
}

TEST(ConnectionsTest, EndWhenARequestSaysSo) {
  Connections connections(1, hours(1), [](httplib::Stream& stream) {
    Echo(stream);
    return false;
  });
  const Client client(connections);
  client.Send("x");
  EXPECT_EQ(client.Read(1), "x");
  EXPECT_TRUE(client.Ended());
}

TEST(ConnectionsTest, EndWhenNothingComes) {
  Connections connections(1, seconds(0), Echo);
  const Client client(connections);
  EXPECT_TRUE(client.Ended());
}

TEST(ConnectionsTest, EndWithTheServerWhateverTheyAreDoing) {
  std::atomic<bool> serving = false;
  Connections connections(2, hours(1), [&](httplib::Stream& stream) {
    serving = true;
    serving.notify_all();
    char byte = 0;
    stream.read(&byte, 1);
    return stream.read(&byte, 1) == 1;  // comes never
  });
  const Client idle(connections);
  const Client served(connections);
  served.Send("x");
  serving.wait(false);
  connections.shutdown();
  EXPECT_TRUE(idle.Ended());
  EXPECT_TRUE(served.Ended());
}

}  // namespace
}  // namespace mon::hyphenmon
