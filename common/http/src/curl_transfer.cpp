#include "curl_transfer.h"

#include <algorithm>
#include <new>
#include <string_view>

#include "common/text.h"
#include "curl_error.h"

namespace mon::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 * 1024;
/// Debian's directory of trusted authorities, should libcurl not know of one.
constexpr const char* kSystemAuthorities = "/etc/ssl/certs";

template <typename T>
void Set(CURL* easy, CURLoption option, T value) {
  // An option that fails here is not in this libcurl at all: a wrong build, or no memory.
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) throw std::bad_alloc();
}

bool HasLineBreak(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

const char* SystemAuthorities() {
  const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
  return info->age >= CURLVERSION_SEVENTH && info->capath != nullptr ? info->capath
                                                                     : kSystemAuthorities;
}

/// One whose options the next request sets in any case.
bool IsPlain(const Request& request) {
  return request.method == "GET" && request.basic_user.empty() && request.basic_password.empty() &&
         request.ca.empty() && request.client_cert.empty() && request.client_key.empty();
}

}  // namespace

Result<void> Transfer::Check(const Request& request) {
  const auto refuse = [&](const std::string& why) {
    return Fail(ErrorCode::kConfig, Describe(request) + ": " + why);
  };
  std::string scheme = request.url.substr(0, request.url.find("://"));
  std::ranges::transform(scheme, scheme.begin(), Lower);
  if (scheme != "http" && scheme != "https") return refuse("not an http or https URL");
  for (const auto& [name, value] : request.headers) {
    if (HasLineBreak(name) || HasLineBreak(value) || name.empty())
      return refuse("the header \"" + CleanUtf8(name, 64) + "\" holds a line break or no name");
  }
  return {};
}

Transfer::Transfer(const ClientOptions& options) : options_(options), easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  SetCommon();
}

Transfer& Transfer::Of(CURL* easy) {
  char* address = nullptr;  // libcurl hands out what CURLOPT_PRIVATE was given as a char*
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &address);
  return *static_cast<Transfer*>(static_cast<void*>(address));
}

void Transfer::Begin(const Request& request, std::size_t index, CURLSH* cache, bool keep) {
  request_ = &request;
  index_ = index;
  response_ = {};
  detail_[0] = '\0';
  header_bytes_ = 0;
  answered_ = false;
  too_large_ = false;
  Set(easy_.get(), CURLOPT_SHARE, cache);
  Set(easy_.get(), CURLOPT_FORBID_REUSE, keep ? 0L : 1L);
  SetRequest();
  if (!IsPlain(request)) SetMore();
}

/// What no request changes.
void Transfer::SetCommon() {
  CURL* easy = easy_.get();
  Set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  Set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  Set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  Set(easy, CURLOPT_NOSIGNAL, 1L);
  // A transfer that is stopped while a name is being looked up must not wait for the look-up.
  Set(easy, CURLOPT_QUICK_EXIT, 1L);
  Set(easy, CURLOPT_USERAGENT, "monitoring-platform");
  Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) {
    // The file takes the place of the system's bundle; the same authorities are found, one by one
    // when they are needed, in the system's directory.
    Set(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    Set(easy, CURLOPT_CAPATH, SystemAuthorities());
  }
  Set(easy, CURLOPT_ERRORBUFFER, detail_.data());
  Set(easy, CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(easy, CURLOPT_HEADERDATA, this);
  Set(easy, CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(easy, CURLOPT_WRITEDATA, this);
  Set(easy, CURLOPT_PRIVATE, this);
}

/// What every request sets, so that nothing of the one before is left.
void Transfer::SetRequest() {
  CURL* easy = easy_.get();
  Set(easy, CURLOPT_URL, request_->url.c_str());
  Set(easy, CURLOPT_PROXY, request_->proxy.c_str());
  // Of the connecting, too, as long as it is within libcurl's own 300 s for that.
  Set(easy, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(request_->timeout.count())));
  Set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request_->max_body_bytes));
  SetHeaders();
}

void Transfer::SetHeaders() {
  if (headers_ && listed_ == request_->headers) return;      // as of most requests of a call
  curl_slist* list = curl_slist_append(nullptr, "Expect:");  // never wait for "100 Continue"
  for (const auto& [name, value] : request_->headers)
    list = curl_slist_append(list, (value.empty() ? name + ";" : name + ": " + value).c_str());
  Set(easy_.get(), CURLOPT_HTTPHEADER, list);
  headers_.reset(list);
  listed_ = request_->headers;
}

/// What only a request that is not plain sets; Finish takes it back.
void Transfer::SetMore() {
  CURL* easy = easy_.get();
  if (!request_->basic_user.empty() || !request_->basic_password.empty()) {
    Set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(easy, CURLOPT_USERNAME, request_->basic_user.c_str());
    Set(easy, CURLOPT_PASSWORD, request_->basic_password.c_str());
  }
  if (request_->method == "HEAD") {
    Set(easy, CURLOPT_NOBODY, 1L);
  } else if (request_->method != "GET") {
    Set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    Set(easy, CURLOPT_POSTFIELDS, request_->body.c_str());  // not copied
    Set(easy, CURLOPT_CUSTOMREQUEST, request_->method.c_str());
  }
  if (!request_->ca.empty()) {
    Set(easy, CURLOPT_CAINFO, request_->ca.c_str());
    Set(easy, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!request_->client_cert.empty()) Set(easy, CURLOPT_SSLCERT, request_->client_cert.c_str());
  if (!request_->client_key.empty()) Set(easy, CURLOPT_SSLKEY, request_->client_key.c_str());
}

std::size_t Transfer::OnHeader(char* bytes, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->TakeHeader({bytes, size * count}) ? size * count : 0;
}

std::size_t Transfer::OnBody(char* bytes, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->TakeBody({bytes, size * count}) ? size * count : 0;
}

bool Transfer::TakeHeader(std::string_view line) {
  answered_ = true;
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) return false;
  if (line.starts_with("HTTP/"))
    response_.headers.Clear();  // after "100 Continue" a new one begins
  response_.headers.AddLine(line);
  return true;
}

bool Transfer::TakeBody(std::string_view bytes) {
  answered_ = true;
  too_large_ = bytes.size() > request_->max_body_bytes - response_.body.size();
  if (too_large_) return false;
  if (response_.body.empty()) ReserveBody();
  response_.body += bytes;
  return true;
}

/// A long body then grows without being copied.
void Transfer::ReserveBody() {
  curl_off_t length = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);  // -1: unknown
  const auto expected = static_cast<std::size_t>(std::max<curl_off_t>(length, 0));
  response_.body.reserve(std::min(expected, request_->max_body_bytes));
}

void Transfer::TellOfUnanswered() {
  if (!request_->on_unanswered || request_->body.empty()) return;
  curl_off_t uploaded = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
  if (uploaded >= static_cast<curl_off_t>(request_->body.size())) request_->on_unanswered();
}

Result<Response> Transfer::Finish(CURLcode code) {
  Result<Response> outcome = Outcome(code);
  response_ = {};
  if (!IsPlain(*request_)) {
    curl_easy_reset(easy_.get());
    headers_.reset();
    SetCommon();
  }
  return outcome;
}

Result<Response> Transfer::Outcome(CURLcode code) {
  CURL* easy = easy_.get();
  if (code != CURLE_OK) {
    FailedTransfer failed{.code = code,
                          .answered = answered_,
                          .too_large = too_large_,
                          .curl_detail = detail_.data()};
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &failed.os_errno);
    TellOfUnanswered();
    return std::unexpected(ToError(*request_, failed));
  }
  long status = 0;
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);
  response_.status = static_cast<int>(status);
  response_.duration = std::chrono::milliseconds(microseconds / 1000);
  return std::move(response_);
}

}  // namespace mon::http
