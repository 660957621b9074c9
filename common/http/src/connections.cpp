#include "connections.h"

#include <sys/resource.h>

#include <functional>
#include <new>
#include <string_view>

namespace mon::http {
namespace {

/// Files that are none of this client's connections: database, log, spool, other clients.
constexpr std::size_t kOtherFiles = 256;

std::size_t OpenFileLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

/// Who is connected to: "http://user@host:port" of the URL, or the proxy.
std::string_view ServerOf(const Request& request) {
  if (!request.proxy.empty()) return request.proxy;
  const std::string_view url = request.url;
  const auto host = url.find("://");
  return host == std::string_view::npos ? url : url.substr(0, url.find_first_of("/?#", host + 3));
}

}  // namespace

Connections::Connections(std::size_t max_in_flight) {
  const std::size_t limit = OpenFileLimit();
  const std::size_t others = max_in_flight + kOtherFiles;
  most_ = limit > others ? limit - others : 0;
}

Connections::~Connections() = default;

CURLSH* Connections::CacheOf(const Request& request) {
  auto& cache = caches_[std::hash<std::string_view>()(ServerOf(request)) % kCaches];
  if (cache) return cache.get();
  cache.reset(curl_share_init());
  // Of one thread, so nothing is locked.
  if (!cache ||
      curl_share_setopt(cache.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK ||
      curl_share_setopt(cache.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK)
    throw std::bad_alloc();
  return cache.get();
}

}  // namespace mon::http
