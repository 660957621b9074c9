#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>

#include "http/http_client.h"

namespace mon::http {

/// The connections that are kept between requests.
///
/// libcurl 7.88 looks through all kept connections, and through all addresses it has looked up,
/// whenever a transfer ends (curl_multi_remove_handle, Curl_hostcache_prune). So they are shared
/// out by the server's address among many small caches, of which a transfer touches one.
class Connections {
 public:
  /// As many as the limit of open files allows beside `max_in_flight` fresh ones.
  explicit Connections(std::size_t max_in_flight);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// How many may be kept.
  [[nodiscard]] std::size_t Most() const { return most_; }

  /// Where those to the request's server lie, for CURLOPT_SHARE of who uses one. Lives as long as
  /// this.
  [[nodiscard]] CURLSH* CacheOf(const Request& request);

 private:
  struct FreeShare {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
  };
  // With 10,000 servers each has 20. An empty one takes 8 KB, so it is made when it is needed.
  static constexpr std::size_t kCaches = 512;

  std::size_t most_;
  std::array<std::unique_ptr<CURLSH, FreeShare>, kCaches> caches_;
};

}  // namespace mon::http
