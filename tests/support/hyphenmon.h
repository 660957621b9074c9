#pragma once

#include <fstream>
#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/child_process.h"

namespace mon::test {

/// The real mock application on a free port.
class Hyphenmon {
 public:
  explicit Hyphenmon(std::vector<std::string> arguments = {})
      : process_(Command(std::move(arguments))) {
    const std::string line = process_.ReadLine();
    std::smatch match;
    if (!std::regex_search(line, match, std::regex(R"(http://\S+)")))
      throw std::runtime_error("hyphenmon did not start: " + process_.ErrorText());
    url_ = match.str();
  }

  [[nodiscard]] const std::string& Url() const { return url_; }
  [[nodiscard]] Background& Process() { return process_; }

  /// The path of a story in which nothing happens but one kind of answer.
  static std::string StoryOf(const TemporaryDirectory& directory, const std::string& answer,
                             int delay_ms = 0) {
    std::string path = directory.Path() + "/" + answer + ".csv";
    std::ofstream(path) << "seconds,response_time_ms,error_rate,delay_ms,answer\n0,137,0.02,"
                        << delay_ms << "," << answer << "\n";
    return path;
  }

 private:
  static std::vector<std::string> Command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {Program("hyphenmon"), "--listen", "127.0.0.1:0"});
    return arguments;
  }

  Background process_;
  std::string url_;
};

}  // namespace mon::test
