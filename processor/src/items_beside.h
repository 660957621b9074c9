#pragma once

#include <future>
#include <optional>

#include "common/config.h"
#include "items_ahead.h"
#include "mysql/connection.h"
#include "mysql_items.h"

namespace mon::processor {

/// Reads values of items on a connection of its own, while what was read before is judged. Not for
/// several threads. `connection` and `config` must outlive it.
class ItemsBeside {
 public:
  ItemsBeside(const mysql::Connection& connection, const Config& config)
      : connection_(&connection), config_(&config) {}

  /// Where no further connection is to be had nothing has begun.
  void Begin(ItemsAhead::Stretch stretch);
  [[nodiscard]] bool HasBegun() const { return ahead_.valid(); }
  /// What was begun, once. Waits for it.
  [[nodiscard]] Result<ItemsAhead::Known> Take() { return ahead_.get(); }

 private:
  const mysql::Connection* connection_;
  const Config* config_;
  std::optional<Result<mysql::Connection>> own_;
  std::optional<MysqlItems> items_;
  std::future<Result<ItemsAhead::Known>> ahead_;  ///< last: its end is waited for before others go
};

}  // namespace mon::processor
