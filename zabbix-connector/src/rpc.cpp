#include "rpc.h"

#include <nlohmann/json.hpp>

#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;

/// Stops at the first of "result" and "error".
struct KindReader final : nlohmann::json_sax<Json> {
  ReplyKind kind = ReplyKind::kNotRpc;
  int depth = 0;

  // A document that is a scalar or a list is none of ours.
  bool null() override { return depth > 0; }
  bool boolean(bool) override { return depth > 0; }
  bool number_integer(number_integer_t) override { return depth > 0; }
  bool number_unsigned(number_unsigned_t) override { return depth > 0; }
  bool number_float(number_float_t, const string_t&) override { return depth > 0; }
  bool string(string_t&) override { return depth > 0; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return ++depth > 0; }
  bool end_object() override { return --depth >= 0; }
  bool start_array(std::size_t) override { return ++depth > 1; }
  bool end_array() override { return --depth >= 0; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override {
    return false;
  }
  bool key(string_t& name) override {
    if (depth != 1) return true;
    if (name == "result") kind = ReplyKind::kResult;
    if (name == "error") kind = ReplyKind::kError;
    return kind == ReplyKind::kNotRpc;
  }
};

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

std::string RpcError::Text() const {
  std::string text = message;
  if (!data.empty()) text += (text.empty() ? "" : " ") + data;
  return text.empty() ? "error " + std::to_string(code) : text;
}

bool RpcError::SpeaksOfSession() const {
  const std::string text = Text();
  for (const char* known :
       {"Not authorized", "Not authorised", "Session terminated", "token expired"})
    if (text.contains(known)) return true;
  return false;
}

std::string RequestBody(std::string_view method, std::string_view params, const std::string& auth) {
  std::string body = R"({"jsonrpc":"2.0","method":)" + QuoteJson(method);
  body.append(R"(,"params":)").append(params);
  if (!auth.empty()) body += R"(,"auth":)" + QuoteJson(auth);
  return body + R"(,"id":1})";
}

std::string ToText(const Json& params) {
  return params.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json IdList(std::span<const std::uint64_t> ids) {
  Json list = Json::array();
  for (const std::uint64_t id : ids) list.push_back(std::to_string(id));
  return list;
}

ReplyKind Classify(std::string_view body) {
  KindReader reader;
  Json::sax_parse(body, &reader);
  return reader.kind;
}

RpcError ReadError(std::string_view body) {
  const Json document = Json::parse(body, nullptr, false);
  if (!document.is_object() || !document.contains("error")) return {};
  const Json& error = document["error"];
  if (!error.is_object()) return {};
  const auto code = error.find("code");
  const bool has_code = code != error.end() && code->is_number_integer();
  return {has_code ? code->get<std::int64_t>() : 0, TextOf(error, "message"),
          TextOf(error, "data")};
}

Result<Json> ReadResult(std::string_view body) {
  Json document = Json::parse(body, nullptr, false);
  if (!document.is_object() || !document.contains("result"))
    return Fail(ErrorCode::kBadReply, "wrong or cut JSON");
  return std::move(document["result"]);
}

}  // namespace mon::zabbix_connector
