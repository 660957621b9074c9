#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "data_aggregator/mysql_sample_store.h"
#include "support/mariadb_server.h"

namespace mon::data_aggregator {

inline constexpr std::int64_t kTime = 1'750'000'000;

/// A store on a server of its own, under the aggregator's account and lease.
class MysqlSampleStoreTest : public testing::Test {
 protected:
  static ApplicationSample Sample(std::int64_t timestamp, std::int64_t ms, float rate,
                                  const std::string& application = "shop") {
    return {application, timestamp, ms, rate, 0};
  }
  static Item MakeItem(std::uint64_t itemid, const std::string& name) {
    Item item;
    item.itemid = itemid;
    item.hostid = 10105;
    item.host = "db-1";
    item.name = name;
    item.key = "system.cpu.load";
    return item;
  }
  static ItemValue Value(std::uint64_t itemid, std::int64_t clock, const std::string& text,
                         std::uint32_t ns = 0, ValueType type = ValueType::kFloat) {
    return {itemid, clock, ns, type, text};
  }
  StoreResult StoreSamples(const std::vector<ApplicationSample>& samples) {
    auto result = store_.StoreSamples(samples);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }
  StoreResult StoreHistory(const std::vector<ItemValue>& values) {
    auto result = store_.StoreHistory(values);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }
  StoreResult StoreItems(const std::vector<Item>& items) {
    const std::vector<std::uint64_t> hosts = {10105};
    auto result = store_.StoreItems(items, hosts);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(StoreResult{});
  }

  test::TestDatabase database_;
  mysql::Connection connection_ = database_.Connect(test::Account::kAggregator, {.bulk = true});
  mysql::Lease lease_ =
      mysql::Lease::Acquire(connection_, "aggregator", std::chrono::seconds(60)).value();
  MysqlSampleStore store_{connection_, lease_};
};

}  // namespace mon::data_aggregator
