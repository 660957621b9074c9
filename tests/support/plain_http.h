#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace mon::test {

struct PlainResponse {
  int status = 0;  ///< 0: no answer came
  std::string head;
  std::string body;  ///< as long as Content-Length says, or what came
};

/// One kept-alive connection to 127.0.0.1, with nothing between the test and the socket.
class PlainConnection {
 public:
  explicit PlainConnection(int port);
  ~PlainConnection();
  PlainConnection(PlainConnection&& other) noexcept;
  PlainConnection& operator=(PlainConnection&&) = delete;

  /// `headers` are whole lines, each ended by CRLF.
  [[nodiscard]] PlainResponse Get(std::string_view path, std::string_view headers = "",
                                  std::chrono::milliseconds limit = std::chrono::seconds(20));
  void Send(std::string_view bytes) const;
  /// What comes next; empty at the end or after `limit`.
  [[nodiscard]] std::string Read(std::chrono::milliseconds limit) const;

 private:
  int socket_ = -1;
  std::string left_;  ///< of the next answer, which came with the one before
};

}  // namespace mon::test
