#include "history_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "common/text.h"
#include "reply_rows.h"

namespace mon::zabbix_connector {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kParallelCalls = 4;
constexpr std::size_t kRowsOfNumbers = 10'000;
constexpr std::size_t kRowsOfTexts = 500;  // a text has up to 64 KiB
constexpr std::size_t kFewestRows = 50;
constexpr std::size_t kMostRows = 1'000'000;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

bool IsNumeric(ValueType type) { return type == ValueType::kFloat || type == ValueType::kUnsigned; }

bool Before(const ItemValue& a, const ItemValue& b) {
  return std::tie(a.itemid, a.clock, a.ns, a.text) < std::tie(b.itemid, b.clock, b.ns, b.text);
}

bool SameKey(const ItemValue& a, const ItemValue& b) {
  return std::tie(a.itemid, a.clock, a.ns) == std::tie(b.itemid, b.clock, b.ns);
}

Result<std::vector<ItemValue>> ReadValues(const std::string& body, ValueType type) {
  constexpr std::array<std::string_view, 4> kFields = {"itemid", "clock", "ns", "value"};
  std::vector<ItemValue> values;
  const auto read = ReadRows(body, kFields, [&](std::span<const std::string_view> row) {
    const auto itemid = ParseUint(row[0]);
    const auto clock = ParseInt(row[1]);
    const auto ns = ParseUint(row[2]);
    if (!itemid || !clock || !ns || *ns >= kNanosecondsPerSecond) return false;
    values.push_back({*itemid, *clock, static_cast<std::uint32_t>(*ns), type, std::string(row[3])});
    return true;
  });
  if (!read) return Context("zabbix history.get", read.error());
  return values;
}

}  // namespace

Result<void> HistoryReader::Read(std::span<const Item> items, std::int64_t from, std::int64_t till,
                                 const ZabbixSource::Sink& sink, std::stop_token stop) {
  std::map<ValueType, std::deque<std::uint64_t>> by_type;
  for (const Item& item : items)
    if (item.value_type != ValueType::kBinary) by_type[item.value_type].push_back(item.itemid);
  std::deque<Waiting> waiting;
  for (auto& [type, ids] : by_type) waiting.push_back({type, std::move(ids)});
  if (till > newest_) {  // else something late or missed that is read in between
    newest_ = till;
    turned_ = !turned_;
  }
  if (turned_) std::ranges::reverse(waiting);
  std::deque<Task> tasks;
  while (!tasks.empty() || !waiting.empty()) {
    std::vector<Task> round = NextRound(waiting, tasks, from);
    std::vector<Call> calls;
    for (const Task& task : round) calls.push_back(ToCall(task, till));
    auto outcomes = session_.CallAll(calls, stop);
    for (std::size_t i = 0; i < round.size(); ++i) {
      Outcome& outcome = outcomes[i];
      auto done = outcome.body       ? Take(std::move(round[i]), *outcome.body, sink, tasks)
                  : outcome.ask_less ? AskLess(std::move(round[i]), outcome.body.error(), tasks)
                                     : std::unexpected(outcome.body.error());
      if (!done) return done;
      outcome.body = std::string();  // a long reply is not kept while the others are read
    }
  }
  return {};
}

std::vector<HistoryReader::Task> HistoryReader::NextRound(std::deque<Waiting>& waiting,
                                                          std::deque<Task>& tasks,
                                                          std::int64_t from) {
  std::vector<Task> round;
  while (round.size() < kParallelCalls && !tasks.empty()) {
    round.push_back(std::move(tasks.front()));
    tasks.pop_front();
  }
  while (round.size() < kParallelCalls && !waiting.empty()) {
    Waiting& next = waiting.front();
    const auto chunk = static_cast<std::ptrdiff_t>(
        std::min(ChunkOf(next.value_type).Value(), next.itemids.size()));
    const auto begin = turned_ ? next.itemids.begin() : next.itemids.end() - chunk;
    const auto end = begin + chunk;
    round.push_back({next.value_type,
                     {begin, end},
                     from,
                     IsNumeric(next.value_type) ? kRowsOfNumbers : kRowsOfTexts});
    next.itemids.erase(begin, end);
    if (next.itemids.empty()) waiting.pop_front();
  }
  return round;
}

ChunkSize& HistoryReader::ChunkOf(ValueType type) {
  constexpr std::size_t kFirstItems = 200;
  constexpr std::size_t kMostItems = 1'000;
  return chunks_.try_emplace(type, kFirstItems, kMostItems).first->second;
}

/// Fewer items where one page could not hold their rows, more where it could hold those of half as
/// many again. The rest behind a full page tells nothing.
void HistoryReader::Learn(const Task& task, std::size_t rows) {
  if (task.rest) return;
  ChunkSize& chunk = ChunkOf(task.value_type);
  if (rows >= task.limit)
    chunk.Shrink(task.itemids.size());
  else if (rows + rows / 2 < task.limit)
    chunk.Grow(task.itemids.size());
}

Call HistoryReader::ToCall(const Task& task, std::int64_t till) {
  const Json params = {{"history", static_cast<int>(task.value_type)},
                       {"itemids", IdList(task.itemids)},
                       {"time_from", task.from},
                       {"time_till", till},
                       {"output", {"itemid", "clock", "ns", "value"}},
                       {"sortfield", Json::array({"clock"})},
                       {"sortorder", "ASC"},
                       {"limit", task.limit}};
  return {"history.get", ToText(params)};
}

Result<void> HistoryReader::Take(Task task, const std::string& body, const ZabbixSource::Sink& sink,
                                 std::deque<Task>& tasks) {
  auto values = ReadValues(body, task.value_type);
  if (!values) return std::unexpected(std::move(values.error()));
  Learn(task, values->size());
  if (values->size() >= task.limit) {
    task.rest = true;
    const std::int64_t last = std::ranges::max(*values, {}, &ItemValue::clock).clock;
    std::erase_if(*values, [&](const ItemValue& value) { return value.clock == last; });
    if (last > task.from)
      task.from = last;
    else if (task.limit < kMostRows && task.limit * 2 < task.refused)
      task.limit *= 2;  // one second alone fills the page
    else
      return Fail(ErrorCode::kBadReply,
                  fmt::format("zabbix history.get: {} values or more in one second, more than can "
                              "be read at once",
                              task.limit));
    tasks.push_back(std::move(task));
  }
  if (values->empty()) return {};
  std::ranges::sort(*values, Before);
  // A server that was upgraded from before 6.0 may hold a value twice.
  const auto twins = std::ranges::unique(*values, SameKey);
  values->erase(twins.begin(), twins.end());
  return sink(std::move(*values));
}

/// Splits the items of a call that the server could not serve, and where there is only one, its
/// rows.
Result<void> HistoryReader::AskLess(Task task, const Error& error, std::deque<Task>& tasks) {
  ChunkOf(task.value_type).Shrink(task.itemids.size());
  if (task.itemids.size() == 1) {
    if (task.limit <= kFewestRows) return std::unexpected(error);
    task.refused = task.limit;
    task.limit = std::max(kFewestRows, task.limit / 4);
    tasks.push_front(std::move(task));
    return {};
  }
  Task half = task;
  const auto middle = task.itemids.begin() + static_cast<std::ptrdiff_t>(task.itemids.size() / 2);
  half.itemids.assign(middle, task.itemids.end());
  task.itemids.erase(middle, task.itemids.end());
  tasks.push_front(std::move(half));
  tasks.push_front(std::move(task));
  return {};
}

}  // namespace mon::zabbix_connector
