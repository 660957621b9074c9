// The limit of polling: libcurl's multi interface and nothing else, as fast as it was found to be.
// limit_poll ROUNDS IN_FLIGHT, a URL a line on standard input; prints the seconds of the last
// round, whose connections are kept alive from those before.
//
// One connection cache of ten thousand takes seven times as long: libcurl looks through all of it
// after each transfer. With socket_action and epoll in the place of perform and poll, or a handle
// kept for each URL, it was no faster.

#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/measure.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

constexpr std::size_t kCaches = 512;

std::size_t Take(char*, std::size_t size, std::size_t count, void* bytes) {
  *static_cast<std::size_t*>(bytes) += size * count;
  return size * count;
}

CURLSH* NewCache() {
  CURLSH* const cache = curl_share_init();
  curl_share_setopt(cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  curl_share_setopt(cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  return cache;
}

class Poll {
 public:
  Poll(std::vector<std::string> urls, std::size_t in_flight) : urls_(std::move(urls)) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(urls_.size()));
    for (CURLSH*& cache : caches_) cache = NewCache();
    for (std::size_t i = 0; i < in_flight; ++i) unused_.push_back(NewHandle());
  }

  double Round() {
    bytes_ = 0;
    std::size_t next = 0;
    const std::size_t in_flight = unused_.size();
    const double begun = bench::Now();
    while (next < urls_.size() || unused_.size() < in_flight) {
      for (; next < urls_.size() && !unused_.empty(); ++next) Start(next);
      int running = 0;
      curl_multi_perform(multi_, &running);
      TakeFinished();
      if (running > 0 && (unused_.empty() || next == urls_.size()))
        curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
    }
    if (bytes_ == 0) throw std::runtime_error("no answers");
    return bench::Now() - begun;
  }

 private:
  CURL* NewHandle() {
    CURL* const easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bytes_);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return easy;
  }

  void Start(std::size_t index) {
    CURL* const easy = unused_.back();
    unused_.pop_back();
    curl_easy_setopt(easy, CURLOPT_URL, urls_[index].c_str());
    curl_easy_setopt(easy, CURLOPT_SHARE, caches_[index % kCaches]);
    curl_multi_add_handle(multi_, easy);
  }

  void TakeFinished() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->data.result != CURLE_OK)
        throw std::runtime_error(curl_easy_strerror(message->data.result));
      CURL* const easy = message->easy_handle;
      curl_multi_remove_handle(multi_, easy);
      unused_.push_back(easy);
    }
  }

  std::vector<std::string> urls_;
  CURLM* multi_ = curl_multi_init();  // with all that follows, freed by the end of the program
  std::vector<CURLSH*> caches_ = std::vector<CURLSH*>(kCaches);
  std::vector<CURL*> unused_;
  std::size_t bytes_ = 0;
};

/// As bench_poll does: who goes on at once finds everything still in the processor's caches.
void WaitForNextSecond() {
  const auto now = std::chrono::system_clock::now();
  std::this_thread::sleep_until(std::chrono::ceil<std::chrono::seconds>(now));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: limit_poll ROUNDS IN_FLIGHT\n");
    return 64;
  }
  return bench::Report("limit_poll", [&] {
    std::vector<std::string> urls;
    for (std::string url; std::getline(std::cin, url);) urls.push_back(url);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    Poll poll(std::move(urls), std::stoul(argv[2]));
    double seconds = 0;
    for (int i = std::stoi(argv[1]); i > 0; --i) {
      WaitForNextSecond();
      seconds = poll.Round();
    }
    return seconds;
  });
}
