#pragma once

#include <chrono>
#include <string>

namespace mon::test {

/// The service manager's end of sd_notify(3).
class NotifySocket {
 public:
  /// A path, or an abstract name with "@" in front.
  explicit NotifySocket(std::string name);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  [[nodiscard]] const std::string& Name() const { return name_; }
  /// The next message; empty where none comes within `limit`.
  [[nodiscard]] std::string Read(std::chrono::milliseconds limit = std::chrono::seconds(20)) const;

 private:
  std::string name_;
  int socket_ = -1;
};

}  // namespace mon::test
