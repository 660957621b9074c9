#include "history.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

namespace mon::bench {

History::History(const Rows& rows, std::size_t count)
    : rows_(rows), rounds_(static_cast<std::int64_t>(count / rows.series)) {
  if (count % rows.series != 0)
    throw std::runtime_error(fmt::format("{} values are no whole rounds", count));
  offsets_.reserve(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const ItemValue value = rows.Value(i);
    offsets_.push_back(text_.size());
    fmt::format_to(std::back_inserter(text_),
                   R"({{"itemid":"{}","clock":"{}","ns":"{}","value":"{}"}},)", value.itemid,
                   value.clock, value.ns, value.text);
  }
  offsets_.push_back(text_.size());
}

std::string History::Reply(std::uint64_t first_item, std::uint64_t last_item, std::int64_t from,
                           std::int64_t till, std::size_t limit) const {
  if (first_item < ItemId(rows_.first) || last_item < first_item ||
      last_item >= ItemId(rows_.first + rows_.series))
    throw std::runtime_error(fmt::format("no items {} to {}", first_item, last_item));
  const std::size_t item = first_item - ItemId(rows_.first);
  const std::size_t items = last_item - first_item + 1;
  // Both rounded up: the first round that is wanted, and the first that is no longer.
  const auto round_at = [&](std::int64_t clock) {
    return std::clamp<std::int64_t>((clock - rows_.from + kSpacing - 1) / kSpacing, 0, rounds_);
  };
  std::string reply = R"({"jsonrpc":"2.0","result":[)";
  const std::size_t empty = reply.size();
  for (auto round = round_at(from); round < round_at(till + 1) && limit > 0; ++round) {
    const std::size_t taken = std::min(items, limit);
    const std::size_t at = static_cast<std::size_t>(round) * rows_.series + item;
    reply.append(text_, offsets_[at], offsets_[at + taken] - offsets_[at]);
    limit -= taken;
  }
  if (reply.size() > empty) reply.pop_back();
  return reply += R"(],"id":1})";
}

}  // namespace mon::bench
