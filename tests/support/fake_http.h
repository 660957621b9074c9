#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/http_client.h"

namespace mon::test {

/// Answers by URL with what the test has set; sends nothing.
class FakeHttp final : public http::Client {
 public:
  std::vector<Result<http::Response>> SendAll(std::span<const http::Request> sent,
                                              std::stop_token stop) override {
    std::vector<Result<http::Response>> responses;
    for (const http::Request& request : sent) {
      requests.push_back(request);
      if (stop.stop_requested()) {
        responses.push_back(Fail(ErrorCode::kTimeout, "GET " + request.url + ": stopped"));
      } else if (const auto answer = answers.find(request.url); answer != answers.end()) {
        responses.push_back(answer->second);
      } else {
        responses.push_back(Fail(ErrorCode::kUnavailable, "GET " + request.url + ": refused"));
      }
    }
    return responses;
  }

  void Answer(const std::string& url, const std::string& body, int status = 200) {
    http::Response response;
    response.status = status;
    response.body = body;
    answers.insert_or_assign(url, response);
  }

  std::map<std::string, Result<http::Response>> answers;
  std::vector<http::Request> requests;
};

}  // namespace mon::test
