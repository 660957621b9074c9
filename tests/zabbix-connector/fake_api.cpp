#include "fake_api.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "support/paths.h"

namespace mon::test {
namespace {

using Json = nlohmann::json;

std::string BearerOf(const http::Request& request) {
  for (const auto& [name, value] : request.headers)
    if (name == "Authorization" && value.starts_with("Bearer ")) return value.substr(7);
  return "";
}

}  // namespace

FakeApi::FakeApi(const std::string& version) : version_(version) {
  char dot = 0;
  std::istringstream(version) >> major_ >> dot >> minor_;
}

ZabbixConfig FakeApi::WithPassword(const std::string& password) const {
  ZabbixConfig config;
  config.url = "http://zabbix.example/api_jsonrpc.php";
  config.user = "reader";
  config.password = Secret(password);
  return config;
}

ZabbixConfig FakeApi::WithToken() const {
  ZabbixConfig config;
  config.url = "http://zabbix.example/api_jsonrpc.php";
  config.token = Secret(kToken);
  return config;
}

int FakeApi::Count(const std::string& method) const {
  return static_cast<int>(std::ranges::count(calls_, method, &std::pair<std::string, Json>::first));
}

std::vector<Json> FakeApi::ParamsOf(const std::string& method) const {
  std::vector<Json> found;
  for (const auto& [name, params] : calls_)
    if (name == method) found.push_back(params);
  return found;
}

http::Response FakeApi::Reply(const std::string& body, int status) {
  http::Response response;
  response.status = status;
  response.body = body;
  return response;
}

http::Response FakeApi::ReplyError(int code, const std::string& data) {
  return Reply(Json{{"jsonrpc", "2.0"},
                    {"error", {{"code", code}, {"message", "Invalid params."}, {"data", data}}},
                    {"id", 1}}
                   .dump());
}

std::string FakeApi::ResultText(const Json& result) {
  return Json{{"jsonrpc", "2.0"}, {"result", result}, {"id", 1}}.dump();
}

void FakeApi::SendEach(std::span<const http::Request> sent, http::Exchange& exchange,
                       std::stop_token stop) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (stop.stop_requested()) {
      (void)exchange.Answered(i, Fail(ErrorCode::kTimeout, "stopped"));
      continue;
    }
    requests.push_back(sent[i]);
    (void)exchange.Answered(i, Answer(sent[i]));
  }
}

http::Response FakeApi::Answer(const http::Request& request) {
  const Json call = Json::parse(request.body);
  const std::string method = call.at("method");
  calls_.emplace_back(method, call.at("params"));
  if (instead)
    if (http::Response response = instead(method, call.at("params")); response.status != 0)
      return response;
  const bool has_header = !BearerOf(request).empty();
  if (AtLeast(7, 2) && call.contains("auth"))
    return ReplyError(-32600, "Invalid parameter \"/\": unexpected parameter \"auth\".");
  const bool open =
      method == "apiinfo.version" || method == "user.login" || method == "user.checkAuthentication";
  if (open && (call.contains("auth") || (has_header && AtLeast(7, 4))))
    return ReplyError(-32602,
                      "The \"" + method + "\" method must be called without authorization.");
  if (method == "user.login") return Login(call.at("params"));
  if (method == "user.checkAuthentication") return CheckAuthentication(call.at("params"));
  if (!open && !IsAuthorized(request, call)) {
    const bool shown = call.contains("auth") || (has_header && AtLeast(6, 4) && !strips_header);
    return File(shown ? "session-ended" : "not-authorized");
  }
  if (method == "user.logout") return Reply(ResultText(true));
  if (method == "history.get" && !history.empty()) return History(call.at("params"));
  return File(method);
}

http::Response FakeApi::Login(const Json& params) {
  for (const auto& [name, known] :
       {std::pair("user", !AtLeast(6, 4)), std::pair("username", AtLeast(5, 4))})
    if (params.contains(name) && !known)
      return ReplyError(
          -32602, "Invalid parameter \"/\": unexpected parameter \"" + std::string(name) + "\".");
  if (params.at("password") != "right") return File("login-refused");
  std::string session = "session-" + std::to_string(++logins_);
  if (!sessions_end_at_once) sessions_.insert(session);
  return Reply(ResultText(session));
}

http::Response FakeApi::CheckAuthentication(const Json& params) {
  const bool known_token = params.value("token", "") == kToken;
  if (known_token || sessions_.contains(params.value("sessionid", "")))
    return Reply(ResultText({{"userid", "1"}}));
  return File("session-ended");
}

bool FakeApi::IsAuthorized(const http::Request& request, const Json& call) const {
  std::string credential = call.value("auth", "");
  if (AtLeast(6, 4) && !strips_header && credential.empty()) credential = BearerOf(request);
  return sessions_.contains(credential) || (credential == kToken && AtLeast(5, 4));
}

http::Response FakeApi::History(const Json& params) const {
  const auto ids = params.at("itemids").get<std::set<std::string>>();
  std::vector<HistoryRow> rows;
  for (const HistoryRow& row : history)
    if (row.value_type == params.at("history") && ids.contains(row.itemid) &&
        row.clock >= params.at("time_from") && row.clock <= params.at("time_till"))
      rows.push_back(row);
  std::ranges::stable_sort(rows, {}, &HistoryRow::clock);
  rows.resize(std::min(rows.size(), params.at("limit").get<std::size_t>()));
  Json result = Json::array();
  for (const HistoryRow& row : rows)
    result.push_back({{"itemid", row.itemid},
                      {"clock", std::to_string(row.clock)},
                      {"ns", std::to_string(row.ns)},
                      {"value", row.value}});
  return Reply(ResultText(result));
}

http::Response FakeApi::File(const std::string& name) const {
  const std::string path =
      mon::test::DataDirectory() + "/zabbix/" + version_ + "/" + name + ".json";
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("no reply in " + path);
  return Reply(text.str());
}

}  // namespace mon::test
