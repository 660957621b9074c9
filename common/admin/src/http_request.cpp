#include "http_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"

namespace mon::admin {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string_view Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

bool SameWord(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

bool HasBody(std::string_view headers) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find(kLineEnd), headers.size());
    const std::string_view line = headers.substr(0, end);
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trim(line.substr(std::min(colon + 1, line.size())));
    if (SameWord(name, "transfer-encoding")) return true;
    if (SameWord(name, "content-length") && value != "0") return true;
    headers.remove_prefix(std::min(end + kLineEnd.size(), headers.size()));
  }
  return false;
}

}  // namespace

std::size_t EndOfHead(std::string_view received) {
  const std::size_t end = received.find(kHeadEnd);
  return end == std::string_view::npos ? end : end + kHeadEnd.size();
}

HttpRequest ParseRequest(std::string_view head) {
  const std::string_view line = head.substr(0, head.find(kLineEnd));
  const std::size_t first_blank = line.find(' ');
  const std::size_t last_blank = line.rfind(' ');
  if (first_blank == std::string_view::npos || first_blank == last_blank) return {.refused = 400};
  const std::string_view method = line.substr(0, first_blank);
  const std::string_view target = line.substr(first_blank + 1, last_blank - first_blank - 1);
  const std::string_view version = line.substr(last_blank + 1);
  if (!target.starts_with('/') || !version.starts_with("HTTP/1.")) return {.refused = 400};
  if (HasBody(head.substr(std::min(line.size() + kLineEnd.size(), head.size())))) {
    return {.refused = 413};
  }
  if (method != "GET" && method != "HEAD") return {.refused = 405};
  return {.head_only = method == "HEAD", .path = target.substr(0, target.find('?'))};
}

std::string Serialize(const HttpResponse& response, bool head_only) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      response.status, Reason(response.status), response.content_type, response.body.size(),
      head_only ? "" : response.body);
}

}  // namespace mon::admin
