#include "statements.h"

#include <utility>

#include "common/text.h"

namespace mon::data_aggregator {

std::vector<std::string> SplitStatements(std::string_view script) {
  std::vector<std::string> statements;
  std::string current;
  char quote = 0;
  const auto finish = [&] {
    if (!Trim(current).empty()) statements.emplace_back(Trim(current));
    current.clear();
  };
  for (std::size_t i = 0; i < script.size(); ++i) {
    const char c = script[i];
    if (quote != 0) {
      // A doubled quote closes and opens again, which comes to the same.
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '-' && script.substr(i, 3) == "-- ") {
      i = std::min(script.find('\n', i), script.size() - 1);
      current += '\n';
      continue;
    } else if (c == ';') {
      finish();
      continue;
    }
    current += c;
  }
  finish();
  return statements;
}

}  // namespace mon::data_aggregator
