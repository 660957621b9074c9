#include "rpc.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "common/text.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;

/// Base of the streaming readers: keeps the depth, hands scalars on as text.
struct Reader : nlohmann::json_sax<Json> {
  int depth = 0;
  std::string failure;

  virtual bool Scalar(std::string text) = 0;
  virtual bool Key(std::string& name) = 0;
  virtual bool Begin(bool object) = 0;
  virtual bool End() = 0;

  bool null() override { return Scalar(""); }
  bool boolean(bool value) override { return Scalar(value ? "1" : "0"); }
  bool number_integer(number_integer_t value) override { return Scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return Scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return Scalar(text); }
  bool string(string_t& text) override { return Scalar(std::move(text)); }
  bool binary(binary_t&) override { return false; }
  bool key(string_t& name) override { return Key(name); }
  bool start_object(std::size_t) override {
    ++depth;
    return Begin(true);
  }
  bool start_array(std::size_t) override {
    ++depth;
    return Begin(false);
  }
  bool end_object() override { return EndOne(); }
  bool end_array() override { return EndOne(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    // The parser's own text would quote the reply, and a reply may hold a session id.
    failure = "wrong or cut JSON at byte " + std::to_string(position);
    return false;
  }

 private:
  bool EndOne() {
    const bool go_on = End();
    --depth;
    return go_on;
  }
};

/// Stops at the first of "result" and "error".
struct KindReader final : Reader {
  ReplyKind kind = ReplyKind::kNotRpc;
  bool Scalar(std::string) override { return depth > 0; }
  bool Begin(bool object) override { return depth > 1 || object; }
  bool End() override { return true; }
  bool Key(std::string& name) override {
    if (depth != 1) return true;
    if (name == "result") kind = ReplyKind::kResult;
    if (name == "error") kind = ReplyKind::kError;
    return kind == ReplyKind::kNotRpc;
  }
};

/// {"result": [ {row}, {row} ]}: the rows are the objects of depth 3.
struct RowReader final : Reader {
  RowReader(std::span<const std::string_view> wanted, const RowFunction& function)
      : fields(wanted), row(function), values(wanted.size()) {}

  std::span<const std::string_view> fields;
  const RowFunction& row;
  std::vector<std::string> values;
  bool in_result = false;
  bool seen = false;
  static constexpr int kTag = 5;  ///< depth of an object in a list of a row
  std::string tag, tag_value;     ///< of that
  std::string* part = nullptr;    ///< which of the two the last key means
  std::size_t field = 0;          ///< index of the last key, fields.size() if it is not wanted

  bool Fail(const char* why) {
    failure = why;
    return false;
  }
  bool Key(std::string& name) override {
    if (depth == 1) in_result = name == "result";
    if (depth == kTag) part = name == "tag" ? &tag : name == "value" ? &tag_value : nullptr;
    if (depth != 3 || !in_result) return true;
    field = 0;
    while (field < fields.size() && fields[field] != name) ++field;
    return true;
  }
  bool Scalar(std::string text) override {
    if (in_result && depth < 3) return Fail("\"result\" is no list of objects");
    if (in_result && depth == 3 && field < fields.size()) values[field] = std::move(text);
    if (in_result && depth == kTag && part != nullptr) *part = std::move(text);
    return true;
  }
  bool Begin(bool object) override {
    part = nullptr;
    if (!in_result || depth > 3) return true;
    if (object != (depth == 3)) return Fail("\"result\" is no list of objects");
    seen = true;
    if (object) values.assign(fields.size(), "");
    return true;
  }
  bool End() override {
    if (in_result && depth == kTag) AddTag();
    if (in_result && depth == 3 && !row(values)) return Fail("a row of \"result\" makes no sense");
    if (depth == 2) in_result = false;
    return true;
  }
  void AddTag() {
    if (!tag.empty() && field < fields.size()) {
      std::string& lines = values[field];
      lines += (lines.empty() ? "" : "\n") + tag + (tag_value.empty() ? "" : "=" + tag_value);
    }
    tag.clear();
    tag_value.clear();
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

Result<void> ReadRows(std::string_view body, std::span<const std::string_view> fields,
                      const RowFunction& row) {
  RowReader reader(fields, row);
  if (!Json::sax_parse(body, &reader)) return Fail(ErrorCode::kBadReply, reader.failure);
  if (!reader.seen) return Fail(ErrorCode::kBadReply, "the reply has no list as \"result\"");
  return {};
}

}  // namespace mon::zabbix_connector
