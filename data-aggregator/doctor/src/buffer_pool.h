#pragma once

#include <cstdint>

#include "finding.h"
#include "mysql/connection.h"

namespace mon::data_aggregator::doctor {

/// What the server holds in memory of its tables, and of how many items values are stored.
struct BufferPool {
  std::uint64_t bytes = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t items = 0;
};

[[nodiscard]] Result<BufferPool> ReadBufferPool(mysql::Connection& connection);
/// Whether storing values stays as fast when the tables are larger than the pool (docs/scale.md).
[[nodiscard]] Finding JudgeBufferPool(const BufferPool& pool);

}  // namespace mon::data_aggregator::doctor
