#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/http_client.h"

namespace mon::test {

/// Answers by URL with what the test has set; sends nothing.
class FakeHttp : public http::Client {
 public:
  /// A second attempt comes at once, whatever its delay.
  void SendEach(std::span<const http::Request> sent, http::Exchange& exchange,
                std::stop_token stop) override {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      do requests.push_back(sent[i]);
      while (exchange.Answered(i, AnswerTo(sent[i], stop)));
    }
  }

  Result<http::Response> AnswerTo(const http::Request& request, const std::stop_token& stop) {
    if (stop.stop_requested()) return Fail(ErrorCode::kTimeout, "GET " + request.url + ": stopped");
    if (const auto answer = answers.find(request.url); answer != answers.end())
      return answer->second;
    return Fail(ErrorCode::kUnavailable, "GET " + request.url + ": refused");
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
