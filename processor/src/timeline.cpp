#include "timeline.h"

#include <algorithm>
#include <string_view>

namespace mon::processor {
namespace {

constexpr std::string_view kFromBestToWorst = " .-#";

}  // namespace

void Timeline::Add(std::int64_t timestamp, Mark mark) {
  if (timestamp < from_ || timestamp > to_) return;
  Put(ColumnOf(timestamp), mark == Mark::kQuiet ? '.' : '-');
}

void Timeline::AddFiring(std::int64_t fired_at, std::int64_t ended_at) {
  const auto first = std::max(fired_at, from_);
  const auto last = std::min(ended_at - 1, to_);
  if (first > last) return;
  for (auto column = ColumnOf(first); column <= ColumnOf(last); ++column) Put(column, '#');
}

double Timeline::ColumnSeconds() const {
  return static_cast<double>(to_ - from_ + 1) / static_cast<double>(kColumns);
}

std::size_t Timeline::ColumnOf(std::int64_t timestamp) const {
  const auto column =
      static_cast<std::size_t>(static_cast<double>(timestamp - from_) / ColumnSeconds());
  return std::min(column, kColumns - 1);
}

void Timeline::Put(std::size_t column, char mark) {
  auto& present = marks_[column];
  if (kFromBestToWorst.find(mark) > kFromBestToWorst.find(present)) present = mark;
}

}  // namespace mon::processor
