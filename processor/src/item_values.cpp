#include "item_values.h"

#include <algorithm>
#include <cmath>

namespace mon::processor {

ItemPoint ItemValues::At(std::size_t i) const {
  ItemPoint point;
  point.clock = clocks_[i];
  if (!std::isnan(numbers_[i])) point.number = numbers_[i];
  if (const auto text = texts_.find(i); text != texts_.end()) point.text = text->second;
  return point;
}

ItemValues ItemValues::Between(std::int64_t from, std::int64_t to) const {
  const auto first = std::ranges::lower_bound(clocks_, from);
  const auto last = std::ranges::upper_bound(first, clocks_.end(), to);
  const auto begin = static_cast<std::size_t>(first - clocks_.begin());
  const auto end = static_cast<std::size_t>(last - clocks_.begin());
  ItemValues part;
  part.clocks_.assign(first, last);
  part.numbers_.assign(numbers_.begin() + (first - clocks_.begin()),
                       numbers_.begin() + (last - clocks_.begin()));
  for (auto text = texts_.lower_bound(begin); text != texts_.end() && text->first < end; ++text)
    part.texts_.emplace(text->first - begin, text->second);
  return part;
}

}  // namespace mon::processor
