#include "support/plain_http.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <utility>

namespace mon::test {
namespace {

std::optional<std::size_t> ContentLength(std::string head) {
  std::ranges::transform(head, head.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string name = "\r\ncontent-length: ";
  const auto at = head.find(name);
  if (at == std::string::npos) return std::nullopt;
  return std::stoul(head.substr(at + name.size()));
}

}  // namespace

PlainConnection::PlainConnection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(socket_);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
}

PlainConnection::~PlainConnection() {
  if (socket_ >= 0) close(socket_);
}

PlainConnection::PlainConnection(PlainConnection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), left_(std::move(other.left_)) {}

void PlainConnection::Send(std::string_view bytes) const {
  if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error("cannot send");
}

std::string PlainConnection::Read(std::chrono::milliseconds limit) const {
  pollfd readable{socket_, POLLIN, 0};
  if (poll(&readable, 1, static_cast<int>(limit.count())) <= 0) return "";
  char bytes[65536];
  const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
  return n > 0 ? std::string(bytes, static_cast<std::size_t>(n)) : "";
}

PlainResponse PlainConnection::Get(std::string_view path, std::string_view headers,
                                   std::chrono::milliseconds limit) {
  Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
       "\r\n");
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string received = std::exchange(left_, "");
  for (;;) {
    const auto head_end = received.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      const std::string head = received.substr(0, head_end);
      const auto length = ContentLength(head);
      std::string body = received.substr(head_end + 4);
      if (body.size() >= length.value_or(0)) {
        if (length) left_ = body.substr(*length);
        body.resize(length.value_or(body.size()));
        return {std::stoi(head.substr(9, 3)), head, std::move(body)};
      }
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    const std::string more = left.count() > 0 ? Read(left) : "";
    if (more.empty()) return {0, "", received};
    received += more;
  }
}

}  // namespace mon::test
