// The limit of transfer: bare libcurl, one kept connection, answers thrown away. limit_fetch URL,
// the bodies to post on standard input, a line each.

#include <curl/curl.h>
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"

namespace {

using namespace mon;  // NOLINT: a program of one file

std::size_t Ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

struct CloseHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

void Post(CURL* handle, const std::string& body) {
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.data());
  if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK)
    throw std::runtime_error(curl_easy_strerror(code));
}

double Fetch(const char* url, const std::vector<std::string>& bodies) {
  const std::unique_ptr<CURL, CloseHandle> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json-rpc"));
  curl_easy_setopt(handle.get(), CURLOPT_URL, url);
  curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, Ignore);
  curl_easy_setopt(handle.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");
  const double begun = bench::Now();
  for (const std::string& body : bodies) Post(handle.get(), body);
  return bench::Now() - begun;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: limit_fetch URL\n");
    return 64;
  }
  return bench::Report("limit_fetch", [&] {
    std::vector<std::string> bodies;
    for (std::string body; std::getline(std::cin, body);) bodies.push_back(body);
    if (bodies.empty()) throw std::runtime_error("no calls");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return Fetch(argv[1], bodies);
  });
}
