#pragma once

#include <httplib.h>

#include <array>
#include <string>

namespace mon::hyphenmon {

/// A connected socket as cpp-httplib reads and writes it. Blocks no longer than the socket's own
/// time-outs. Does not close it. Tells no addresses: nothing here asks who the client is.
class SocketStream final : public httplib::Stream {
 public:
  explicit SocketStream(int socket) : socket_(socket) {}

  /// More of what has come is waiting: the next request, sent before this one was answered.
  [[nodiscard]] bool HoldsMore() const { return at_ < end_; }

  [[nodiscard]] bool is_readable() const override;
  [[nodiscard]] bool is_writable() const override;
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  int socket_;
  std::array<char, 4096> buffer_;  ///< cpp-httplib reads lines byte by byte
  std::size_t at_ = 0;             ///< first unread byte of `buffer_`
  std::size_t end_ = 0;
};

}  // namespace mon::hyphenmon
