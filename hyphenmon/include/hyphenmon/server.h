#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/error.h"
#include "hyphenmon/scenario.h"

namespace mon::hyphenmon {

/// Where to listen: an address or host name and a port; port 0 takes a free one.
struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 5001;
};

/// "ADDR:PORT" or "[v6]:PORT". kUsage with what was expected otherwise.
[[nodiscard]] Result<Address> ParseAddress(std::string_view text);

/// Serves a scenario: /metrics, /-/healthy and /-/ready.
///
/// As many connections are kept as there may be open files (an idle one ends after 15 s); up to 512
/// requests are served at the same time, each by a thread, in the order in which they came. The
/// story begins when the server starts; the second of a request is the clock's whole second, so
/// that all who ask within it get the same sample.
class Server {
 public:
  /// `clock` must outlive the server. kUnavailable where the port is taken or the address is not
  /// ours, kRejected where the port is a privileged one.
  [[nodiscard]] static Result<std::unique_ptr<Server>> Start(const Address& address,
                                                             Scenario scenario, const Clock& clock);
  ~Server();  ///< stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Ends every connection, whatever it is doing, and returns well within a second. May be called
  /// twice.
  void Stop();

  [[nodiscard]] int Port() const;

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::hyphenmon
