#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace mon::test {
namespace {

int BoundSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no free port on 127.0.0.1");
  return fd;
}

int PortOf(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::size_t ContentLength(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto at = head.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 17));
}

}  // namespace

std::string Connection::ReadRequest() {
  for (;;) {
    const auto end = unread_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto whole = end + 4 + ContentLength(unread_.substr(0, end));
      if (unread_.size() >= whole) {
        std::string request = unread_.substr(0, whole);
        unread_.erase(0, whole);
        return request;
      }
    }
    char bytes[65536];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return "";
    unread_.append(bytes, static_cast<std::size_t>(n));
  }
}

bool Connection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Connection::Reply(int status, std::string_view body, std::string_view headers) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " x\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text.append(headers).append("\r\n").append(body);
  return Send(text);
}

void Connection::WaitForClose() {
  char bytes[4096];
  while (recv(fd_, bytes, sizeof bytes, 0) > 0) {
  }
}

ScriptedServer::ScriptedServer(std::function<void(Connection&)> script)
    : script_(std::move(script)), listener_(BoundSocket()), port_(PortOf(listener_)) {
  listen(listener_, 256);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& talk : talks_) talk.join();
  close(listener_);
}

void ScriptedServer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::scoped_lock lock(mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    open_.push_back(fd);
    ++accepted_;
    talks_.emplace_back([this, fd] {
      Connection connection(fd);
      script_(connection);
      const std::scoped_lock inner(mutex_);
      std::erase(open_, fd);
      close(fd);
    });
  }
}

std::string ScriptedServer::Url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

int UnusedPort() {
  const int fd = BoundSocket();
  const int port = PortOf(fd);
  close(fd);
  return port;
}

}  // namespace mon::test
