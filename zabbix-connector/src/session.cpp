#include "session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kMaxReplyBytes = 64U << 20;
constexpr std::size_t kMaxQuotedBytes = 300;
constexpr seconds kRefusedLoginRest{60};
constexpr milliseconds kLogoutTimeout{2'000};
/// Waits before the second and third try of a call that a gateway (502, 503, 504) did not pass on.
constexpr milliseconds kGatewayWaits[] = {milliseconds(250), milliseconds(1'000)};

// Codes of JSON-RPC and of Zabbix (CJsonRpc and CAPIHelper of the frontend).
constexpr std::int64_t kBadParameters = -32602;  // also: missing or ended session
constexpr std::int64_t kPermission = -32500;
constexpr std::int64_t kException = -32603;
constexpr std::int64_t kDatabaseDown = 1;  // 5.0 and 6.0; 7.0 says -32603

bool IsGatewayTrouble(const Result<http::Response>& response) {
  return response &&
         (response->status == 502 || response->status == 503 || response->status == 504);
}

/// False if it was stopped meanwhile.
bool Wait(milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

/// The texts are translated on some servers, so they only save a question to the server.
bool SpeaksOfSession(const RpcError& error) {
  const std::string text = error.Text();
  for (const char* known :
       {"Not authorized", "Not authorised", "Session terminated", "token expired"})
    if (text.contains(known)) return true;
  return false;
}

Error HttpTrouble(const http::Response& response) {
  const int status = response.status;
  if (status == 401 || status == 403)
    return {ErrorCode::kRejected,
            fmt::format("HTTP {}: the web server refuses the request", status)};
  if (status == 502 || status == 503 || status == 504)
    return {ErrorCode::kUnavailable, fmt::format("HTTP {}", status)};
  if (status == 404)
    return {ErrorCode::kBadReply, "HTTP 404: no API at this path, it ends in /api_jsonrpc.php"};
  if (status >= 300 && status < 400) {
    const auto location = response.headers.find("location");
    return {ErrorCode::kBadReply,
            fmt::format("HTTP {}: the API has moved{}{}", status,
                        location == response.headers.end() ? "" : " to ",
                        location == response.headers.end()
                            ? ""
                            : CleanUtf8(http::PrintableUrl(location->second), kMaxQuotedBytes))};
  }
  return {ErrorCode::kBadReply, fmt::format("HTTP {}", status)};
}

ErrorCode CodeOf(const RpcError& error) {
  if (error.code == kDatabaseDown || error.code == kException) return ErrorCode::kUnavailable;
  if (error.code == kPermission || SpeaksOfSession(error)) return ErrorCode::kRejected;
  return ErrorCode::kBadReply;
}

}  // namespace

Session::Session(http::Client& http, ZabbixConfig config)
    : http_(http), config_(std::move(config)), credential_(config_.token.Reveal()) {}

Session::~Session() {
  if (!logged_in_) return;
  http::Request request = MakeRequest({"user.logout", "[]"}, With::kCredential);
  request.timeout = std::min(config_.timeout, kLogoutTimeout);
  // Nothing can be done about a failure: the server ends the session by itself, later.
  static_cast<void>(http_.Send(request));
}

http::Request Session::MakeRequest(const Call& call, With with) const {
  const bool show = with == With::kCredential && !credential_.empty();
  http::Request request;
  request.method = "POST";
  request.url = config_.url;
  request.headers = {{"Content-Type", "application/json-rpc"}};
  if (show && way_ == AuthWay::kHeader)
    request.headers.emplace_back("Authorization", "Bearer " + credential_);
  request.body = RequestBody(call.method, call.params,
                             show && way_ == AuthWay::kBody ? credential_ : std::string());
  request.timeout = config_.timeout;
  request.max_body_bytes = kMaxReplyBytes;
  request.ca = config_.tls_ca;
  return request;
}

std::vector<Session::Answer> Session::SendAll(std::span<const Call> calls, With with,
                                              std::stop_token stop) {
  std::vector<http::Request> requests;
  for (const Call& call : calls) requests.push_back(MakeRequest(call, with));
  auto responses = http_.SendAll(requests, stop);
  for (const milliseconds wait : kGatewayWaits) {
    if (std::ranges::none_of(responses, IsGatewayTrouble) || !Wait(wait, stop)) break;
    for (std::size_t i = 0; i < responses.size(); ++i)
      if (IsGatewayTrouble(responses[i])) responses[i] = http_.Send(requests[i], stop);
  }
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    answers.push_back(Judge(calls[i], std::move(responses[i]), with));
    if (stop.stop_requested()) answers.back().outcome.ask_less = false;
  }
  return answers;
}

Session::Answer Session::SendOne(const Call& call, With with, std::stop_token stop) {
  return std::move(SendAll({&call, 1}, with, std::move(stop)).front());
}

Session::Answer Session::Judge(const Call& call, Result<http::Response> response, With with) const {
  const auto failed = [&](Error error, bool ask_less) {
    return Answer{{Context("zabbix " + call.method, std::move(error)), ask_less}, std::nullopt};
  };
  if (!response) {
    const ErrorCode code = response.error().code;
    return failed(std::move(response.error()),
                  code == ErrorCode::kTimeout || code == ErrorCode::kBadReply);
  }
  if (response->status != 200) return failed(HttpTrouble(*response), response->status == 500);
  switch (Classify(response->body)) {
    case ReplyKind::kResult:
      return {{std::move(response->body), false}, std::nullopt};
    case ReplyKind::kError: {
      RpcError error = ReadError(response->body);
      Answer answer = failed({CodeOf(error), Redact(error.Text())}, false);
      answer.error = std::move(error);
      return answer;
    }
    case ReplyKind::kNotRpc:
      break;
  }
  // A page of text where JSON is due: not the API, or PHP that died on its way (out of memory).
  return failed({ErrorCode::kBadReply, "the answer is not JSON-RPC; is this the URL of the API?"},
                with == With::kCredential);
}

std::string Session::Redact(std::string text) const {
  for (const std::string& secret : {credential_, config_.password.Reveal()}) {
    if (secret.empty()) continue;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
      text.replace(at, secret.size(), kMaskedSecret);
  }
  return EscapeControls(CleanUtf8(text, kMaxQuotedBytes));
}

Result<Version> Session::ServerVersion(std::stop_token stop) {
  if (version_) return *version_;
  Answer answer = SendOne({"apiinfo.version", "[]"}, With::kNothing, std::move(stop));
  if (!answer.outcome.body) return std::unexpected(std::move(answer.outcome.body.error()));
  const auto result = ReadResult(*answer.outcome.body);
  if (result && result->is_string()) version_ = ParseVersion(result->get<std::string>());
  if (!version_) return Fail(ErrorCode::kBadReply, "zabbix apiinfo.version: no version number");
  return *version_;
}

Result<void> Session::EnsureLogin(std::stop_token stop) {
  if (auto version = ServerVersion(stop); !version)
    return std::unexpected(std::move(version.error()));
  // Where the header was tried in vain and the body was not, the body it stays.
  const bool header = since::HeaderAuth(*version_) && (!body_worked_ || header_worked_);
  way_ = header || since::HeaderAuthOnly(*version_) ? AuthWay::kHeader : AuthWay::kBody;
  if (!config_.token.empty()) {
    if (since::ApiTokens(*version_)) return {};
    return Fail(
        ErrorCode::kConfig,
        fmt::format("zabbix: API tokens came with 5.4, this server is {}: configure user and "
                    "password instead",
                    version_->text));
  }
  return credential_.empty() ? Login(std::move(stop)) : Result<void>();
}

Session::Answer Session::TryLogin(bool username_field, std::stop_token stop) {
  const std::string params =
      fmt::format(R"({{"{}":{},"password":{}}})", username_field ? "username" : "user",
                  QuoteJson(config_.user), QuoteJson(config_.password.Reveal()));
  return SendOne({"user.login", params}, With::kNothing, std::move(stop));
}

Result<void> Session::Login(std::stop_token stop) {
  if (config_.user.empty())
    return Fail(ErrorCode::kConfig, "zabbix: neither token nor user is set");
  if (refused_login_ && std::chrono::steady_clock::now() < refused_until_)
    return std::unexpected(*refused_login_);
  const bool username_field = since::Username(*version_);
  Answer answer = TryLogin(username_field, stop);
  // Parameter names are quoted untranslated. Such a refusal comes before the password is looked at.
  if (answer.error && answer.error->code == kBadParameters &&
      (answer.error->data.contains("\"user\"") || answer.error->data.contains("\"username\"")))
    answer = TryLogin(!username_field, stop);
  if (answer.error) {
    Error error = std::move(answer.outcome.body.error());
    // 5.0 gives a wrong password the code of wrong parameters.
    if (error.code == ErrorCode::kBadReply) error.code = ErrorCode::kRejected;
    if (error.code == ErrorCode::kRejected) {
      refused_login_ = error;
      refused_until_ = std::chrono::steady_clock::now() + kRefusedLoginRest;
    }
    return std::unexpected(std::move(error));
  }
  if (!answer.outcome.body) return std::unexpected(std::move(answer.outcome.body.error()));
  const auto result = ReadResult(*answer.outcome.body);
  if (!result || !result->is_string() || result->get_ref<const std::string&>().empty())
    return Fail(ErrorCode::kBadReply, "zabbix user.login: no session id in the answer");
  credential_ = result->get<std::string>();
  logged_in_ = true;
  refused_login_.reset();
  return {};
}

Credential Session::AskAboutCredential(std::stop_token stop) {
  if (credential_.empty()) return Credential::kUnknown;
  if (!logged_in_ && !since::TokenCheck(*version_)) return Credential::kUnknown;
  const std::string params =
      fmt::format(R"({{"{}":{}}})", logged_in_ ? "sessionid" : "token", QuoteJson(credential_));
  const Answer answer =
      SendOne({"user.checkAuthentication", params}, With::kNothing, std::move(stop));
  if (answer.outcome.body) return Credential::kGood;
  return answer.error ? Credential::kDead : Credential::kUnknown;
}

bool Session::BodyIsPossible() const {
  return way_ == AuthWay::kHeader && !since::HeaderAuthOnly(*version_);
}

bool Session::IsAboutCredential(const Answer& answer, std::stop_token stop) {
  if (!answer.error) return false;
  if (answer.error->code != kBadParameters && answer.error->code != kPermission) return false;
  return SpeaksOfSession(*answer.error) || (BodyIsPossible() && !header_worked_) ||
         AskAboutCredential(std::move(stop)) == Credential::kDead;
}

/// Makes a second try worth while after `refusal`, or says why there is none.
Result<void> Session::Recover(const Error& refusal, std::stop_token stop) {
  const Credential state = AskAboutCredential(stop);
  if (BodyIsPossible() && state != Credential::kDead) {
    way_ = AuthWay::kBody;
    return {};
  }
  if (state == Credential::kGood && way_ == AuthWay::kHeader)
    return Fail(ErrorCode::kRejected,
                refusal.message +
                    " (the credential is good, but the Authorization header does not "
                    "reach Zabbix: the web server strips it)");
  if (!logged_in_ || state == Credential::kGood) return std::unexpected(refusal);
  logged_in_ = false;
  credential_.clear();
  version_.reset();  // the server may have been upgraded meanwhile
  return EnsureLogin(std::move(stop));
}

std::vector<Outcome> Session::CallAll(std::span<const Call> calls, std::stop_token stop) {
  if (auto ready = EnsureLogin(stop); !ready)
    return std::vector<Outcome>(calls.size(), Outcome{std::unexpected(ready.error()), false});
  auto answers = SendAll(calls, With::kCredential, stop);
  const auto refused = std::ranges::find_if(
      answers, [&](const Answer& answer) { return IsAboutCredential(answer, stop); });
  if (refused != answers.end()) Repeat(calls, answers, *refused, stop);
  std::vector<Outcome> outcomes;
  for (Answer& answer : answers) {
    if (answer.outcome.body) (way_ == AuthWay::kHeader ? header_worked_ : body_worked_) = true;
    outcomes.push_back(std::move(answer.outcome));
  }
  return outcomes;
}

/// Sends once more what was refused for the same reason as `refused`: all calls of a batch carry
/// the same credential.
void Session::Repeat(std::span<const Call> calls, std::vector<Answer>& answers,
                     const Answer& refused, std::stop_token stop) {
  const RpcError reason = *refused.error;
  const auto recovered = Recover(refused.outcome.body.error(), stop);
  std::vector<Call> again;
  std::vector<Answer*> places;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!answers[i].error || answers[i].error->code != reason.code) continue;
    again.push_back(calls[i]);
    places.push_back(&answers[i]);
  }
  auto second = recovered ? SendAll(again, With::kCredential, stop) : std::vector<Answer>();
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (recovered)
      *places[i] = std::move(second[i]);
    else
      places[i]->outcome.body = std::unexpected(recovered.error());
  }
}

Result<std::string> Session::CallOne(const Call& call, std::stop_token stop) {
  return std::move(CallAll({&call, 1}, std::move(stop)).front().body);
}

}  // namespace mon::zabbix_connector
