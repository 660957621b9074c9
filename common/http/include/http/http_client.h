#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"

namespace mon::http {

/// One request. Header values and the body may hold secrets; no error text quotes them.
struct Request {
  std::string method = "GET";
  std::string url;  ///< http or https only; user:password@ in it is never printed
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{5'000};  ///< of the whole exchange
  std::size_t max_body_bytes = 1 << 20;  ///< a longer answer is cut off and refused as kBadReply
  std::filesystem::path ca;              ///< replaces `ClientOptions::ca_file` and the system's
  std::filesystem::path client_cert, client_key;
  std::string proxy;  ///< "http://host:port"; empty: none
  std::string basic_user, basic_password;
  /// Called where no answer came though the whole body had been handed to the network: the server
  /// may have acted on it. May be empty.
  std::function<void()> on_unanswered{};
};

/// The headers of an answer. They are kept as they came: of most answers none is ever asked for.
class Headers {
 public:
  /// The value of the header of that name, in whichever case; of repeated ones the last. Nothing
  /// where there is none. Valid until the headers change.
  [[nodiscard]] std::optional<std::string_view> Find(std::string_view name) const;
  /// A line of the form "Name: value"; any other is passed over by Find.
  void AddLine(std::string_view line);
  void Clear() { lines_.clear(); }
  [[nodiscard]] std::size_t Bytes() const { return lines_.size(); }

 private:
  std::string lines_;  ///< each with its line feed
};

struct Response {
  int status = 0;  ///< any HTTP status; judging it is the caller's business
  Headers headers;
  std::string body;
  std::chrono::milliseconds duration{0};
};

/// Takes the answers of SendEach as they come, in the thread of that call.
struct Exchange {
  virtual ~Exchange() = default;
  /// The answer of requests[index]. Where a delay is returned, the request is sent once more after
  /// it, unless the whole has been stopped.
  virtual std::optional<std::chrono::milliseconds> Answered(std::size_t index,
                                                            Result<Response> answer) = 0;
  /// Some are under way, and for a moment none has come: time to work on those that are here.
  virtual void Idle() {}
};

/// Sends requests. Redirects are not followed; certificate and host name are always checked.
struct Client {
  virtual ~Client() = default;

  /// All requests at the same time. Returns when all are done; what is open when `stop` is
  /// requested is answered at once with kTimeout, "stopped". Errors per request: kTimeout,
  /// kUnavailable (refused, reset, unknown name), kRejected (certificate), kBadReply (not HTTP,
  /// body over the limit or cut), kConfig (URL, unreadable CA or key file). A request on a kept
  /// connection that the server had already closed is repeated on a fresh one, if no byte of the
  /// answer had come. Environment variables such as http_proxy are not obeyed.
  virtual void SendEach(std::span<const Request> requests, Exchange& exchange,
                        std::stop_token stop) = 0;

  /// The same for a caller who wants all answers together, in the order of the requests.
  [[nodiscard]] std::vector<Result<Response>> SendAll(std::span<const Request> requests,
                                                      std::stop_token stop);

  [[nodiscard]] Result<Response> Send(const Request& request, std::stop_token stop = {});
};

struct ClientOptions {
  std::filesystem::path ca_file;    ///< trusted besides the system's authorities
  std::size_t max_in_flight = 128;  ///< more wait their turn; their timeout starts with their turn
};

/// libcurl's multi interface, HTTP/1.1: one thread, connections kept for the next call. As many are
/// kept as the limit of open files (RLIMIT_NOFILE at this call) allows: those of the first requests
/// of a call; a client that is used again with more logs it once. Use from one thread at a time.
/// The first call must come before the program starts threads that use libcurl in another way: it
/// initialises the library.
[[nodiscard]] std::unique_ptr<Client> MakeCurlClient(ClientOptions options);

/// `url` without user, password, query and fragment, for messages.
[[nodiscard]] std::string PrintableUrl(std::string_view url);

}  // namespace mon::http
