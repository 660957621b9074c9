#pragma once

#include <curl/curl.h>

#include <string>

#include "common/error.h"
#include "http/http_client.h"

namespace mon::http {

/// What is known of a transfer that ended with an error of libcurl.
struct FailedTransfer {
  CURLcode code = CURLE_OK;
  long os_errno = 0;        ///< CURLINFO_OS_ERRNO
  bool answered = false;    ///< a byte of the answer had come
  bool too_large = false;   ///< we stopped it: body over the limit
  std::string curl_detail;  ///< libcurl's error buffer; only used where it cannot hold a secret
};

/// libcurl's code as an error of ours, in words: "GET http://host/path: connection refused".
[[nodiscard]] Error ToError(const Request& request, const FailedTransfer& failed);

/// "GET http://host/path", the beginning of every message about `request`.
[[nodiscard]] std::string Describe(const Request& request);

}  // namespace mon::http
