#include "ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mon::processor {
namespace {

/// The width of the bridges that may be built so that at most `at_most` spans remain: bridges are
/// the finished ids between two spans, and the shortest ones cost the least to read again.
std::int64_t BridgeLimit(const std::vector<IdSpan>& spans, std::size_t at_most) {
  std::vector<std::int64_t> widths;
  widths.reserve(spans.size());
  for (std::size_t i = 1; i < spans.size(); ++i) {
    widths.push_back(spans[i].first - spans[i - 1].last);
  }
  const auto needed = spans.size() - at_most;  // so many bridges at least
  auto nth = widths.begin() + static_cast<std::ptrdiff_t>(needed - 1);
  std::nth_element(widths.begin(), nth, widths.end());
  return *nth;
}

}  // namespace

Ledger::Ledger(const std::vector<IdRange>& ranges) {
  for (const auto& range : ranges) ranges_.emplace(range.first, range);
}

bool Ledger::Contains(std::int64_t id) const {
  auto after = ranges_.upper_bound(id);
  return after != ranges_.begin() && id <= std::prev(after)->second.last;
}

std::int64_t Ledger::Highest() const {
  return ranges_.empty() ? -1 : ranges_.rbegin()->second.last;
}

void Ledger::Add(IdSpan span, TimePoint now) {
  for (auto first = span.first; first <= span.last;) {
    const auto after = ranges_.upper_bound(first);
    if (after != ranges_.begin() && std::prev(after)->second.last >= first) {
      const auto contained = std::prev(after)->second.last;
      if (contained >= span.last) return;
      first = contained + 1;
    }
    const auto last = after == ranges_.end() ? span.last : std::min(span.last, after->first - 1);
    if (first <= last) Insert({first, last}, now);
    if (last == span.last) return;
    first = last + 1;
  }
}

/// None of its ids is contained.
void Ledger::Insert(IdSpan span, TimePoint now) {
  IdRange grown{span.first, span.last, now, now};
  auto right = ranges_.upper_bound(span.first);
  if (right != ranges_.begin()) {
    auto left = std::prev(right);
    if (left->second.last + 1 == span.first) {
      grown.first = left->second.first;
      grown.begun_at = left->second.begun_at;
      ranges_.erase(left);
    }
  }
  if (right != ranges_.end() && right->first - 1 == span.last) {
    grown.last = right->second.last;
    grown.finished_at = right->second.finished_at;
    ranges_.erase(right);
  }
  ranges_.emplace(grown.first, grown);
}

void Ledger::CloseGaps(TimePoint now, std::chrono::milliseconds age) {
  if (ranges_.empty()) return;
  const auto settled = now - age;
  for (auto left = ranges_.begin(), right = std::next(left); right != ranges_.end();) {
    if (left->second.finished_at <= settled && right->second.begun_at <= settled) {
      left->second.last = right->second.last;
      left->second.finished_at = right->second.finished_at;
      right = ranges_.erase(right);
    } else {
      left = right++;
    }
  }
}

void Ledger::Intersect(const Ledger& other) {
  std::map<std::int64_t, IdRange> common;
  auto one = ranges_.begin();
  auto two = other.ranges_.begin();
  while (one != ranges_.end() && two != other.ranges_.end()) {
    const IdRange& a = one->second;
    const IdRange& b = two->second;
    const IdRange both{std::max(a.first, b.first), std::min(a.last, b.last),
                       std::max(a.begun_at, b.begun_at), std::max(a.finished_at, b.finished_at)};
    if (both.first <= both.last) common.emplace(both.first, both);
    if (a.last < b.last)
      ++one;
    else
      ++two;
  }
  ranges_ = std::move(common);
}

std::vector<IdSpan> Ledger::OpenSpans(std::size_t at_most) const {
  if (ranges_.empty()) return {{0, kHighestId}};
  std::vector<IdSpan> spans;
  spans.reserve(ranges_.size());
  for (auto left = ranges_.begin(); left != ranges_.end(); ++left) {
    if (left->second.last == kHighestId) break;
    auto right = std::next(left);
    const auto last = right == ranges_.end() ? kHighestId : right->first - 1;
    if (left->second.last < last) spans.push_back({left->second.last + 1, last});
  }
  return Bridged(std::move(spans), at_most);
}

std::vector<IdSpan> Bridged(std::vector<IdSpan> spans, std::size_t at_most) {
  if (spans.size() <= at_most || at_most == 0) return spans;
  const auto limit = BridgeLimit(spans, at_most);
  std::vector<IdSpan> joined{spans.front()};
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].first - joined.back().last <= limit) {
      joined.back().last = spans[i].last;
    } else {
      joined.push_back(spans[i]);
    }
  }
  return joined;
}

std::vector<IdRange> Ledger::Ranges() const {
  std::vector<IdRange> out;
  out.reserve(ranges_.size());
  for (const auto& [first, range] : ranges_) out.push_back(range);
  return out;
}

LedgerChange Ledger::ChangeFrom(const Ledger& before) const {
  LedgerChange change;
  for (const auto& [first, range] : before.ranges_) {
    if (!ranges_.contains(first)) change.removed.push_back(first);
  }
  for (const auto& [first, range] : ranges_) {
    auto old = before.ranges_.find(first);
    if (old == before.ranges_.end() || old->second != range) change.written.push_back(range);
  }
  return change;
}

std::vector<IdSpan> Runs(const std::vector<std::int64_t>& ids) {
  std::vector<IdSpan> runs;
  for (const auto id : ids) {
    if (!runs.empty() && runs.back().last + 1 == id) {
      runs.back().last = id;
    } else {
      runs.push_back({id, id});
    }
  }
  return runs;
}

}  // namespace mon::processor
