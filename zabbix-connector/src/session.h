#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "http/http_client.h"
#include "rpc.h"
#include "version.h"

namespace mon::zabbix_connector {

/// One call of the API. Only methods that read: they may be repeated.
struct Call {
  std::string method;
  std::string params;  ///< JSON text
};

struct Outcome {
  Result<std::string> body;  ///< a reply with "result", not yet checked further
  /// The server could not cope with the size of the answer (HTTP 500, time-out, cut body): the same
  /// call for less may succeed.
  bool ask_less = false;
};

/// What the session knows of its own credentials.
enum class Credential { kGood, kDead, kUnknown };

/// The conversation with one Zabbix server: version, login, where the credential goes, one new
/// login when a session has ended, logout.
///
/// A login happens when the first call needs it. A session that the server has forgotten is
/// replaced once per CallAll. A login that was refused is not repeated for a minute: the account
/// would be blocked. Errors begin with "zabbix METHOD" and never hold a secret.
class Session {
 public:
  /// `http` must outlive the session.
  Session(http::Client& http, ZabbixConfig config);
  /// Logs out where it had logged in; takes two seconds at most.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// At the same time, outcomes in the order of the calls.
  [[nodiscard]] std::vector<Outcome> CallAll(std::span<const Call> calls, std::stop_token stop);
  [[nodiscard]] Result<std::string> CallOne(const Call& call, std::stop_token stop);

  /// Asked once, without a credential.
  [[nodiscard]] Result<Version> ServerVersion(std::stop_token stop);
  /// Logs in where that is still to do.
  [[nodiscard]] Result<void> EnsureLogin(std::stop_token stop);
  /// The server's own opinion, asked for without an Authorization header.
  [[nodiscard]] Credential AskAboutCredential(std::stop_token stop);
  /// Where the credential goes now; known after EnsureLogin.
  [[nodiscard]] AuthWay Way() const { return way_; }

 private:
  enum class With { kNothing, kCredential };
  struct Answer {
    Outcome outcome;
    std::optional<RpcError> error;  ///< where the server answered with one
  };

  http::Request MakeRequest(const Call& call, With with) const;
  std::vector<Answer> SendAll(std::span<const Call> calls, With with, std::stop_token stop);
  Answer Judge(const Call& call, Result<http::Response> response, With with) const;
  Answer SendOne(const Call& call, With with, std::stop_token stop);
  Result<void> Login(std::stop_token stop);
  Answer TryLogin(bool username_field, std::stop_token stop);
  [[nodiscard]] bool BodyIsPossible() const;
  bool IsAboutCredential(const Answer& answer, std::stop_token stop);
  Result<void> Recover(const Error& refusal, std::stop_token stop);
  void Repeat(std::span<const Call> calls, std::vector<Answer>& answers, const Answer& refused,
              std::stop_token stop);
  std::string Redact(std::string text) const;

  http::Client& http_;
  ZabbixConfig config_;
  std::optional<Version> version_;
  std::string credential_;  ///< session id or API token; empty: none yet
  bool logged_in_ = false;  ///< `credential_` is a session of ours
  AuthWay way_ = AuthWay::kBody;
  bool header_worked_ = false;  ///< a call has succeeded that way
  bool body_worked_ = false;
  std::optional<Error> refused_login_;
  std::chrono::steady_clock::time_point refused_until_;
};

}  // namespace mon::zabbix_connector
