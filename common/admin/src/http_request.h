#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mon::admin {

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
};

/// What a client asks for, as far as an endpoint of ours cares.
struct HttpRequest {
  int refused = 0;             ///< the status to refuse it with, or 0
  bool head_only = false;      ///< HEAD: the answer without its body
  std::string_view path = {};  ///< without the query; a view into the head
};

/// The end of a request's head in `received` (behind its empty line), or npos while it is not
/// whole.
[[nodiscard]] std::size_t EndOfHead(std::string_view received);

/// Takes a whole head apart (RFC 9112): 400 for what is no request, 405 for other methods than GET
/// and HEAD, 413 for a request with a body.
[[nodiscard]] HttpRequest ParseRequest(std::string_view head);

/// The bytes of an answer, after which the connection is closed.
[[nodiscard]] std::string Serialize(const HttpResponse& response, bool head_only);

}  // namespace mon::admin
