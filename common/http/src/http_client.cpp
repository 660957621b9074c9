#include "http/http_client.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace mon::http {
namespace {

/// Where the authority's user and password end, npos if there are none. A password may hold an
/// unescaped '/', so an '@' further on counts where what stands before that '/' is no host and
/// port.
std::size_t EndOfCredentials(std::string_view rest) {
  const auto slash = rest.find('/');
  const auto authority = rest.substr(0, slash);
  const auto at = authority.rfind('@');
  if (at != std::string_view::npos) return at;
  const auto colon = authority.starts_with('[') ? authority.find("]:") : authority.find(':');
  if (colon == std::string_view::npos) return colon;
  const auto port = authority.substr(authority.find(':', colon) + 1);
  const bool is_port = std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? std::string_view::npos : rest.rfind('@');
}

class Collector final : public Exchange {
 public:
  explicit Collector(std::size_t count) : answers(count) {}
  std::optional<std::chrono::milliseconds> Answered(std::size_t index,
                                                    Result<Response> answer) override {
    answers[index] = std::move(answer);
    return std::nullopt;
  }
  std::vector<Result<Response>> answers;
};

}  // namespace

std::vector<Result<Response>> Client::SendAll(std::span<const Request> requests,
                                              std::stop_token stop) {
  Collector collector(requests.size());
  SendEach(requests, collector, std::move(stop));
  return std::move(collector.answers);
}

Result<Response> Client::Send(const Request& request, std::stop_token stop) {
  return std::move(SendAll({&request, 1}, std::move(stop)).front());
}

std::string PrintableUrl(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme = url.find("://");
  const auto start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto credentials = EndOfCredentials(url.substr(start));
  std::string printable(url.substr(0, start));
  printable += url.substr(credentials == std::string_view::npos ? start : start + credentials + 1);
  return printable;
}

}  // namespace mon::http
