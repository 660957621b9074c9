#include "json_text.h"

#include <fmt/format.h>

#include <array>

namespace mon::data_aggregator {
namespace {

constexpr std::string_view kNotFiniteAsJson = R"("\u0000not a finite number")";
constexpr std::array<std::string_view, 3> kWords = {"NaN", "-Infinity", "Infinity"};

/// The length of the text literal that begins `rest`, quotes included.
std::size_t TextLength(std::string_view rest) {
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      return i + 1;
    }
  }
  return rest.size();
}

std::size_t WordLength(std::string_view rest) {
  for (const std::string_view word : kWords) {
    if (rest.starts_with(word)) return word.size();
  }
  return 0;
}

}  // namespace

Result<std::string> PrepareJson(std::string_view body, std::size_t nesting) {
  std::string prepared;
  prepared.reserve(body.size());
  std::size_t depth = 0;
  std::size_t copied = 0;  // up to here
  for (std::size_t i = 0; i < body.size();) {
    const char c = body[i];
    std::size_t length = 1;
    if (c == '"') {
      length = TextLength(body.substr(i));
    } else if (c == '[' || c == '{') {
      if (++depth > nesting)
        return Fail(ErrorCode::kBadReply,
                    fmt::format("JSON nested deeper than {} levels", nesting));
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == 'N' || c == 'I' || c == '-') {
      if (const std::size_t word = WordLength(body.substr(i)); word > 0) {
        prepared.append(body, copied, i - copied).append(kNotFiniteAsJson);
        length = word;
        copied = i + word;
      }
    }
    i += length;
  }
  prepared.append(body, copied);
  return prepared;
}

}  // namespace mon::data_aggregator
