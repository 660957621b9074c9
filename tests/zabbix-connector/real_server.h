#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/config.h"
#include "http/http_client.h"
#include "support/child_process.h"

namespace mon::test {

/// A real Zabbix: the distribution's, or what MON_TEST_ZABBIX says: further arguments of
/// tests/servers/zabbix.py, such as "--root ROOT --version 5.0" (blanks separate). Its directory
/// outlives a restart, and the second start takes a second.
class RealZabbix {
 public:
  RealZabbix();
  void Restart();

  [[nodiscard]] std::string Fact(const std::string& key) const { return server_->Fact(key); }
  [[nodiscard]] std::uint64_t HostId(const std::string& host) const;
  [[nodiscard]] std::uint64_t ItemId(const std::string& host, const std::string& key) const;
  [[nodiscard]] pid_t Pid(const std::string& part) const { return std::stoi(Fact(part + "_pid")); }
  [[nodiscard]] bool HasTokens() const { return !Fact("token").empty(); }

  /// How to log in: as "monitor", "limited" or "admin".
  [[nodiscard]] ZabbixConfig Login(const std::string& account = "monitor") const;
  /// The same as environment of a program.
  [[nodiscard]] std::map<std::string, std::string> Environment() const;

  struct Value {
    std::string key;
    std::int64_t clock = 0;
    std::uint32_t ns = 0;
    std::string value;
  };
  /// Gives values to trapper items of app-1, by zabbix_sender; retries until the server takes all.
  void Feed(const std::vector<Value>& values) const;

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<TestServer> server_;
};

/// Asks until it is true; false after a minute.
bool Await(const std::function<bool()>& holds);

/// Hands requests on and remembers them.
class RecordingClient final : public http::Client {
 public:
  RecordingClient() : client_(http::MakeCurlClient({})) {}
  void SendEach(std::span<const http::Request> requests, http::Exchange& exchange,
                std::stop_token stop) override;
  [[nodiscard]] int Count(const std::string& method) const;
  std::function<void()> before_sending;
  std::vector<http::Request> requests;
  std::vector<Result<http::Response>> responses;

 private:
  std::unique_ptr<http::Client> client_;
};

}  // namespace mon::test
