#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/text.h"
#include "session.h"

// How a session's calls travel, and what each kind of answer means.
namespace mon::zabbix_connector {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxReplyBytes = 64U << 20;
constexpr std::size_t kMaxQuotedBytes = 300;
/// Waits before the second and third try of a call that a gateway (502, 503, 504) did not pass on.
constexpr milliseconds kGatewayWaits[] = {milliseconds(250), milliseconds(1'000)};

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
    const auto location = response.headers.Find("location");
    return {
        ErrorCode::kBadReply,
        fmt::format(
            "HTTP {}: the API has moved{}", status,
            location ? " to " + CleanUtf8(http::PrintableUrl(*location), kMaxQuotedBytes) : "")};
  }
  return {ErrorCode::kBadReply, fmt::format("HTTP {}", status)};
}

ErrorCode CodeOf(const RpcError& error) {
  if (error.code == code::kDatabaseDown || error.code == code::kException)
    return ErrorCode::kUnavailable;
  if (error.code == code::kPermission || error.SpeaksOfSession()) return ErrorCode::kRejected;
  return ErrorCode::kBadReply;
}

}  // namespace

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
    // Goes on behind the mask, which may hold the secret itself.
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + std::string_view(kMaskedSecret).size()))
      text.replace(at, secret.size(), kMaskedSecret);
  }
  return EscapeControls(CleanUtf8(text, kMaxQuotedBytes));
}

}  // namespace mon::zabbix_connector
