#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "common/config.h"
#include "http/http_client.h"

namespace mon::test {

/// One value of the history that FakeApi keeps.
struct HistoryRow {
  int value_type = 0;
  std::string itemid;
  std::int64_t clock = 0;
  std::int64_t ns = 0;
  std::string value;
};

/// A Zabbix frontend of one version, as far as a reader sees it: where it takes the credential, how
/// it words its errors (tests/data/zabbix/VERSION), and a history with the real meaning of
/// time_from, time_till, sortfield and limit. Other methods answer with their file.
class FakeApi final : public http::Client {
 public:
  explicit FakeApi(const std::string& version);

  void SendEach(std::span<const http::Request> requests, http::Exchange& exchange,
                std::stop_token stop) override;

  /// How a client of this server is configured.
  [[nodiscard]] ZabbixConfig WithPassword(const std::string& password = "right") const;
  [[nodiscard]] ZabbixConfig WithToken() const;

  /// Calls so far, by method.
  [[nodiscard]] int Count(const std::string& method) const;
  /// The parameters of the calls of one method.
  [[nodiscard]] std::vector<nlohmann::json> ParamsOf(const std::string& method) const;
  [[nodiscard]] static http::Response Reply(const std::string& body, int status = 200);
  [[nodiscard]] static http::Response ReplyError(int code, const std::string& data);
  [[nodiscard]] static std::string ResultText(const nlohmann::json& result);

  void EndSessions() { sessions_.clear(); }

  static constexpr const char* kToken =
      "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
  bool strips_header = false;  ///< the web server does not hand it on
  bool sessions_end_at_once = false;
  std::vector<HistoryRow> history;
  /// May answer in place of everything else; status 0: does not.
  std::function<http::Response(const std::string& method, const nlohmann::json& params)> instead;
  std::vector<http::Request> requests;

 private:
  http::Response Answer(const http::Request& request);
  http::Response Login(const nlohmann::json& params);
  http::Response CheckAuthentication(const nlohmann::json& params);
  [[nodiscard]] bool IsAuthorized(const http::Request& request, const nlohmann::json& call) const;
  [[nodiscard]] http::Response History(const nlohmann::json& params) const;
  [[nodiscard]] http::Response File(const std::string& name) const;
  [[nodiscard]] bool AtLeast(int major, int minor) const {
    return std::pair(major_, minor_) >= std::pair(major, minor);
  }

  std::string version_;
  int major_ = 0;
  int minor_ = 0;
  int logins_ = 0;
  std::set<std::string> sessions_;
  std::vector<std::pair<std::string, nlohmann::json>> calls_;
};

}  // namespace mon::test
