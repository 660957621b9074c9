#include "session.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kRefusedLoginRest{60};
constexpr milliseconds kLogoutTimeout{2'000};

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
  if (answer.error && answer.error->code == code::kBadParameters &&
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
  if (answer.error->code != code::kBadParameters && answer.error->code != code::kPermission)
    return false;
  return answer.error->SpeaksOfSession() || (BodyIsPossible() && !header_worked_) ||
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
