#include <fmt/format.h>

#include "hyphenmon/exposition.h"

namespace mon::hyphenmon {

std::string RenderGarbage(const Reading& reading, Answer answer) {
  switch (answer) {
    case Answer::kWrongTypes:
      return fmt::format(R"({{"timestamp": "{}", "response_time_ms": null, "error_rate": [0.5]}})",
                         reading.timestamp);
    case Answer::kCutJson:
      return fmt::format(R"({{"timestamp": {}, "response_time_ms": 1)", reading.timestamp);
    case Answer::kNan:
      return fmt::format(R"({{"timestamp": {}, "response_time_ms": {}, "error_rate": NaN}})",
                         reading.timestamp, reading.response_time_ms);
    case Answer::kOutOfRange:
      return fmt::format(R"({{"timestamp": {}, "response_time_ms": -1, "error_rate": 1.5}})",
                         reading.timestamp);
    case Answer::kHttp500:
      return R"({"error": "internal server error"})";
    case Answer::kSample:
    case Answer::kStuck:
    case Answer::kEndless:
    case Answer::kOversized:
      break;
  }
  return "";
}

std::string RenderOversized(const Reading& reading) {
  constexpr std::size_t kBytes = 4U << 20U;
  std::string body = Render(reading, Format::kJson);
  body.pop_back();
  body += R"(, "padding": ")";
  body.append(kBytes - body.size() - 2, 'x');
  return body + "\"}";
}

}  // namespace mon::hyphenmon
