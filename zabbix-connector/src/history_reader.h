#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <span>
#include <stop_token>
#include <vector>

#include "chunk_size.h"
#include "common/zabbix_source.h"
#include "session.h"

namespace mon::zabbix_connector {

/// history.get in pieces: some items, some rows, some calls at the same time.
///
/// history.get knows no paging; its `limit` is over all items of a call together. So a call asks
/// for rows in the order of time; where it brings as many as the limit, the rows of its last second
/// may be incomplete: they are dropped, and the next call begins with that second. Versions before
/// 7.0 cannot sort by nanosecond, so the order within a second is made here.
///
/// How many items a call names follows from how many rows it brings: a page that holds few values
/// of many items takes longer to store than one with many values of few.
///
/// Each reading of newer values begins with the items that the one before ended with. Values are
/// stored by item, on a page for each of them; where memory does not hold all, those that were
/// written last are still there. In the same order every time, each would be gone when its turn
/// comes.
class HistoryReader {
 public:
  /// `session` must outlive this object.
  explicit HistoryReader(Session& session) : session_(session) {}

  [[nodiscard]] Result<void> Read(std::span<const Item> items, std::int64_t from, std::int64_t till,
                                  const ZabbixSource::Sink& sink, std::stop_token stop);

 private:
  /// What one call asks for.
  struct Task {
    ValueType value_type = ValueType::kFloat;
    std::vector<std::uint64_t> itemids;
    std::int64_t from = 0;
    std::size_t limit = 0;                                          ///< rows
    std::size_t refused = std::numeric_limits<std::size_t>::max();  ///< limit that was too much
    bool rest = false;                                              ///< goes on behind a full page
  };
  /// Items of one type that no task has taken yet.
  struct Waiting {
    ValueType value_type = ValueType::kFloat;
    std::deque<std::uint64_t> itemids;
  };

  std::vector<Task> NextRound(std::deque<Waiting>& waiting, std::deque<Task>& tasks,
                              std::int64_t from);
  ChunkSize& ChunkOf(ValueType type);
  void Learn(const Task& task, std::size_t rows);
  static Call ToCall(const Task& task, std::int64_t till);
  Result<void> Take(Task task, const std::string& body, const ZabbixSource::Sink& sink,
                    std::deque<Task>& tasks);
  Result<void> AskLess(Task task, const Error& error, std::deque<Task>& tasks);

  Session& session_;
  std::int64_t newest_ = std::numeric_limits<std::int64_t>::min();  ///< end of the newest reading
  bool turned_ = true;                     ///< it began with the first items
  std::map<ValueType, ChunkSize> chunks_;  ///< of each type: a page holds fewer texts than numbers
};

}  // namespace mon::zabbix_connector
