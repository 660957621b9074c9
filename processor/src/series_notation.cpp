#include "series_notation.h"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "common/text.h"

namespace mon::processor {
namespace {

using Values = std::vector<std::optional<double>>;

std::unexpected<Error> NotUnderstood(std::string_view word) {
  return Fail(ErrorCode::kInvalidData,
              fmt::format("found {}, expected a number, _ (no sample), 0.9x4 (0.9 and four more), "
                          "1+0.5x4 (and four more, each higher by 0.5) or _x4 (four missing)",
                          QuoteJson(CleanUtf8(word, 64))));
}

std::optional<double> Number(std::string_view text) {
  const auto number = ParseDouble(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

/// The + or - of a step; not the sign of a number, nor that of its exponent.
std::size_t StepSign(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool is_sign = text[i] == '+' || text[i] == '-';
    if (is_sign && text[i - 1] != 'e' && text[i - 1] != 'E') return i;
  }
  return std::string_view::npos;
}

/// Appends what one word stands for; false where it is not understood.
bool Expand(std::string_view word, std::size_t most, Values& out) {
  const auto cross = word.find('x');
  std::optional<std::uint64_t> more = 0;
  if (cross != std::string_view::npos) {
    more = ParseUint(word.substr(cross + 1));
    if (!more) return false;
    more = std::min<std::uint64_t>(*more, most);
  }
  const auto head = word.substr(0, cross);
  if (head == "_") {
    const bool alone = cross == std::string_view::npos;
    out.insert(out.end(), alone ? 1 : static_cast<std::size_t>(*more), std::nullopt);
    return true;
  }
  const auto sign = cross == std::string_view::npos ? cross : StepSign(head);
  const auto first = Number(head.substr(0, sign));
  std::optional<double> step = 0;
  if (sign != std::string_view::npos) step = Number(head.substr(sign + 1));
  if (!first || !step) return false;
  if (sign != std::string_view::npos && head[sign] == '-') step = -*step;
  for (std::uint64_t i = 0; i <= *more; ++i)
    out.emplace_back(*first + *step * static_cast<double>(i));
  return true;
}

}  // namespace

Result<Values> ParseSeries(std::string_view text) {
  Values values;
  for (const auto& word : SplitList(text, ' ')) {
    if (!Expand(word, kLongestSeries, values)) return NotUnderstood(word);
    if (values.size() > kLongestSeries) {
      return Fail(ErrorCode::kInvalidData,
                  fmt::format("more than {} values, expected fewer", kLongestSeries));
    }
  }
  if (values.empty()) return NotUnderstood(text);
  return values;
}

}  // namespace mon::processor
