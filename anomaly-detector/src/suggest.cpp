#include "suggest.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "common/text.h"

namespace mon::anomaly_detector {
namespace {

/// Levenshtein's distance without regard to case, one row of its table at a time.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string_view Nearest(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t kLongestWord = 64;  // nothing of ours is as long; bounds the work
  if (word.size() > kLongestWord) return {};
  std::string_view best;
  std::size_t best_distance = word.size();
  for (const std::string_view candidate : known) {
    if (word.size() >= 4 && candidate.starts_with(word)) return candidate;  // response_time
    const std::size_t distance = Distance(word, candidate);
    const bool near = distance <= std::max<std::size_t>(1, candidate.size() / 3);
    if (near && distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace mon::anomaly_detector
