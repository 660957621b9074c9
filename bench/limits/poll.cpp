// The limit of polling: libcurl's multi interface and nothing else. limit_poll ROUNDS IN_FLIGHT
// CONNECTIONS, a URL a line on standard input; prints the seconds of the last round, whose
// connections are kept alive from those before.

#include <curl/curl.h>
#include <fmt/format.h>

#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

std::size_t Take(char*, std::size_t size, std::size_t count, void* bytes) {
  *static_cast<std::size_t*>(bytes) += size * count;
  return size * count;
}

CURL* Start(CURLM* multi, const std::string& url, std::size_t& bytes) {
  CURL* const easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Take);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_multi_add_handle(multi, easy);
  return easy;
}

double Round(CURLM* multi, const std::vector<std::string>& urls, std::size_t in_flight) {
  std::size_t bytes = 0;
  std::size_t next = 0;
  std::size_t open = 0;
  const double begun = bench::Now();
  while (next < urls.size() || open > 0) {
    for (; next < urls.size() && open < in_flight; ++open) Start(multi, urls[next++], bytes);
    int running = 0;
    curl_multi_perform(multi, &running);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->data.result != CURLE_OK)
        throw std::runtime_error(curl_easy_strerror(message->data.result));
      CURL* const easy = message->easy_handle;
      curl_multi_remove_handle(multi, easy);
      curl_easy_cleanup(easy);
      --open;
    }
    if (open > 0 && (open == in_flight || next == urls.size()))
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  if (bytes == 0) throw std::runtime_error("no answers");
  return bench::Now() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: limit_poll ROUNDS IN_FLIGHT CONNECTIONS\n");
    return 64;
  }
  return bench::Report("limit_poll", [&] {
    std::vector<std::string> urls;
    for (std::string url; std::getline(std::cin, url);) urls.push_back(url);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM* const multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, std::stol(argv[3]));
    double seconds = 0;
    for (int i = std::stoi(argv[1]); i > 0; --i) seconds = Round(multi, urls, std::stoul(argv[2]));
    curl_multi_cleanup(multi);
    return seconds;
  });
}
