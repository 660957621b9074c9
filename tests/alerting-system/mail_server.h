#pragma once

#include <string>
#include <vector>

#include "support/child_process.h"

namespace mon::test {

/// The SMTP server of tests/servers/smtp.py.
class MailServer {
 public:
  MailServer();

  struct Mail {
    std::string bytes;  ///< as it came over the wire
    std::string from;
    std::vector<std::string> to;
    std::string port;  ///< "starttls", "tls", "plain"
    std::string tls;   ///< "TLSv1.3", empty without
    std::string user;  ///< who logged in, empty without
    std::string message_id;
  };
  /// What was accepted so far, in order.
  [[nodiscard]] std::vector<Mail> Mails() const;

  /// Sets what the server does wrong from now on, as its documentation has it; "[]": nothing.
  void SetFaults(const std::string& json) const;
  /// Back to no faults and no mails.
  void Reset() const;

  [[nodiscard]] std::string Fact(const std::string& key) const { return server_.Fact(key); }
  [[nodiscard]] std::uint16_t Port(const std::string& kind) const;

 private:
  TemporaryDirectory directory_;
  TestServer server_;
};

/// A port of 127.0.0.1 that nobody listens on.
[[nodiscard]] std::uint16_t UnusedPort();

}  // namespace mon::test
