#include <array>
#include <string_view>

#include "processor/processor.h"

namespace mon::processor {

std::vector<std::string> SharedFlags(int argc, const char* const* argv) {
  static constexpr std::array<std::string_view, 4> kShared{"--config", "--env-file", "--log-level",
                                                           "--log-format"};
  std::vector<std::string> flags;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    for (const auto shared : kShared) {
      if (word == shared && i + 1 < argc) {
        flags.emplace_back(word);
        flags.emplace_back(argv[++i]);
        break;
      }
      if (word.starts_with(shared) && word.substr(shared.size()).starts_with('=')) {
        flags.emplace_back(word);
        break;
      }
    }
  }
  return flags;
}

}  // namespace mon::processor
