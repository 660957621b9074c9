#include "buffer_pool.h"

#include <fmt/format.h>

namespace mon::data_aggregator::doctor {
namespace {

/// zabbix_history is in the order of items: the page that each one is written to next, and as much
/// again for all else.
constexpr std::uint64_t kPagesOfAnItem = 2;

}  // namespace

Result<BufferPool> ReadBufferPool(mysql::Connection& connection) {
  auto rows = connection.Query(
      "SELECT @@innodb_buffer_pool_size, @@innodb_page_size, (SELECT COUNT(*) FROM zabbix_items"
      " WHERE lastclock IS NOT NULL)");
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? BufferPool{rows->Uint(0), rows->Uint(1), rows->Uint(2)} : BufferPool{};
}

Finding JudgeBufferPool(const BufferPool& pool) {
  const std::uint64_t wanted = pool.items * kPagesOfAnItem * pool.page_bytes;
  Finding finding;
  finding.subject = "buffer pool";
  finding.text = fmt::format("{} for {} items", Size(pool.bytes), pool.items);
  if (pool.bytes >= wanted) return finding;
  finding.status = Status::kWarning;
  finding.text += ": where the tables are larger, values are stored many times more slowly";
  finding.remedy = fmt::format("set innodb_buffer_pool_size to {} at least", Size(wanted));
  return finding;
}

}  // namespace mon::data_aggregator::doctor
