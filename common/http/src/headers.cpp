#include <algorithm>

#include "common/text.h"
#include "http/http_client.h"

namespace mon::http {

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  std::optional<std::string_view> found;
  for (std::string_view rest = lines_; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos &&
        std::ranges::equal(Trim(line.substr(0, colon)), name, {}, Lower, Lower))
      found = Trim(line.substr(colon + 1));
  }
  return found;
}

void Headers::AddLine(std::string_view line) {
  constexpr std::size_t kUsual = 256;  // one allocation for most answers
  if (lines_.empty()) lines_.reserve(kUsual);
  lines_ += line;
  if (!line.ends_with('\n')) lines_ += '\n';
}

}  // namespace mon::http
