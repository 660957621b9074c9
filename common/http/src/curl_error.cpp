#include "curl_error.h"

#include <fmt/format.h>

#include <string_view>
#include <system_error>

#include "common/text.h"

namespace mon::http {
namespace {

std::string OsText(long os_errno, std::string_view otherwise) {
  if (os_errno == 0) return std::string(otherwise);
  return std::generic_category().message(static_cast<int>(os_errno));
}

Error Cut(const FailedTransfer& failed) {
  if (failed.answered) return {ErrorCode::kBadReply, "the answer was cut short"};
  return {ErrorCode::kUnavailable,
          "connection lost before an answer: " + OsText(failed.os_errno, "closed by the server")};
}

Error Explain(const Request& request, const FailedTransfer& failed) {
  if (failed.too_large || failed.code == CURLE_FILESIZE_EXCEEDED)
    return {ErrorCode::kBadReply,
            fmt::format("the answer is larger than {} bytes", request.max_body_bytes)};
  switch (failed.code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::kTimeout,
              fmt::format("no {}answer within {}", failed.answered ? "complete " : "",
                          FormatDuration(request.timeout))};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::kUnavailable, "unknown host name"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {ErrorCode::kUnavailable, "unknown host name of the proxy"};
    case CURLE_COULDNT_CONNECT:
      return {ErrorCode::kUnavailable,
              "cannot connect: " + OsText(failed.os_errno, "connection refused")};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorCode::kRejected, "the server's certificate is refused: " + failed.curl_detail};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return {ErrorCode::kConfig, "a file of the TLS settings is unusable: " + failed.curl_detail};
    case CURLE_SSL_CONNECT_ERROR:
      return {ErrorCode::kUnavailable, "no TLS connection: " + failed.curl_detail};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      // HTTP/0.9, which is any text at all, is reported as an unsupported protocol.
      if (failed.answered || failed.code == CURLE_UNSUPPORTED_PROTOCOL)
        return {ErrorCode::kBadReply, "the answer is not HTTP"};
      return {ErrorCode::kConfig, "not a valid URL"};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return Cut(failed);
    case CURLE_WRITE_ERROR:  // ours: their sum is over the limit
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE:
#endif
    case CURLE_OUT_OF_MEMORY:  // libcurl's: one line is over 100 KB. Memory ends in bad_alloc.
      return {ErrorCode::kBadReply, "the headers of the answer are too large"};
    default:
      // libcurl's fixed texts quote nothing of the request.
      return {ErrorCode::kBadReply, curl_easy_strerror(failed.code)};
  }
}

}  // namespace

std::string Describe(const Request& request) {
  return request.method + " " + PrintableUrl(request.url);
}

Error ToError(const Request& request, const FailedTransfer& failed) {
  return Context(Describe(request), Explain(request, failed)).error();
}

}  // namespace mon::http
