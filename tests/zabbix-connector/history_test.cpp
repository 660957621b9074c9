#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_api.h"
#include "zabbix_connector/connector.h"

namespace mon::zabbix_connector {
namespace {

using nlohmann::json;
using test::FakeApi;
using testing::HasSubstr;

Item MakeItem(std::uint64_t itemid, ValueType type = ValueType::kFloat) {
  Item item;
  item.itemid = itemid;
  item.value_type = type;
  return item;
}

/// Everything a sink was given, and whether it came as promised.
struct Collected {
  std::vector<ItemValue> values;
  std::map<std::uint64_t, std::pair<std::int64_t, std::uint32_t>> newest;
  bool ordered = true;

  Result<void> Take(const std::vector<ItemValue>& page) {
    for (const ItemValue& value : page) {
      const std::pair time(value.clock, value.ns);
      const auto before = newest.find(value.itemid);
      ordered = ordered && (before == newest.end() || before->second < time);
      newest[value.itemid] = time;
      values.push_back(value);
    }
    return {};
  }
};

class HistoryTest : public testing::Test {
 protected:
  FakeApi api_{"6.0"};
  Connector zabbix_{api_, api_.WithToken()};
  Collected got_;

  Result<void> Read(const std::vector<Item>& items, std::int64_t from = 0,
                    std::int64_t till = 2'000'000'000) {
    return zabbix_.ReadHistory(
        items, from, till, [&](const std::vector<ItemValue>& page) { return got_.Take(page); }, {});
  }
  void Add(std::uint64_t itemid, std::int64_t clock, std::int64_t ns = 0,
           const std::string& value = "1", int type = 0) {
    api_.history.push_back({type, std::to_string(itemid), clock, ns, value});
  }
};

TEST_F(HistoryTest, IncludesBothEndsOfTheTimeRange) {
  for (const std::int64_t clock : {99, 100, 150, 200, 201}) Add(1, clock);
  ASSERT_TRUE(Read({MakeItem(1)}, 100, 200));
  ASSERT_EQ(got_.values.size(), 3U);
  EXPECT_EQ(got_.values.front().clock, 100);
  EXPECT_EQ(got_.values.back().clock, 200);
}

TEST_F(HistoryTest, AsksEveryTypeForItsOwnItems) {
  Add(1, 100, 5, "0.5", 0);
  Add(2, 100, 6, "18446744073709551615", 3);
  Add(3, 100, 7, "text", 4);
  ASSERT_TRUE(
      Read({MakeItem(1), MakeItem(2, ValueType::kUnsigned), MakeItem(3, ValueType::kText)}));
  ASSERT_EQ(got_.values.size(), 3U);
  std::map<std::uint64_t, ItemValue> by_item;
  for (const ItemValue& value : got_.values) by_item[value.itemid] = value;
  EXPECT_EQ(by_item[1].text, "0.5");
  EXPECT_EQ(by_item[2].text, "18446744073709551615");
  EXPECT_EQ(by_item[2].value_type, ValueType::kUnsigned);
  EXPECT_EQ(by_item[2].ns, 6U);
  EXPECT_EQ(by_item[3].text, "text");
  for (const json& params : api_.ParamsOf("history.get")) EXPECT_EQ(params["itemids"].size(), 1U);
}

TEST_F(HistoryTest, SortsWithinASecond) {
  Add(2, 100, 9);
  Add(1, 100, 8);
  Add(1, 100, 3);
  ASSERT_TRUE(Read({MakeItem(1), MakeItem(2)}));
  ASSERT_EQ(got_.values.size(), 3U);
  EXPECT_EQ(got_.values[0].ns, 3U);
  EXPECT_EQ(got_.values[2].itemid, 2U);
  EXPECT_TRUE(got_.ordered);
}

TEST_F(HistoryTest, PagesThroughMoreThanOneReplyHolds) {
  // 3 items, 8,000 seconds: more than two pages of 10,000, with several values a second.
  for (std::int64_t clock = 1; clock <= 8'000; ++clock)
    for (std::uint64_t item = 1; item <= 3; ++item)
      Add(item, clock, static_cast<std::int64_t>(1'000 - item));
  ASSERT_TRUE(Read({MakeItem(1), MakeItem(2), MakeItem(3)}));
  EXPECT_EQ(got_.values.size(), 24'000U);
  EXPECT_TRUE(got_.ordered);
  EXPECT_GT(api_.Count("history.get"), 2);
}

TEST_F(HistoryTest, GetsThroughASecondThatFillsAPageAlone) {
  for (std::int64_t ns = 0; ns < 15'000; ++ns) Add(1, 100, ns);
  Add(1, 101);
  ASSERT_TRUE(Read({MakeItem(1)}));
  EXPECT_EQ(got_.values.size(), 15'001U);
  EXPECT_TRUE(got_.ordered);
}

TEST_F(HistoryTest, CollapsesValuesThatTheServerHoldsTwice) {
  Add(1, 100, 5);
  Add(1, 100, 5);
  ASSERT_TRUE(Read({MakeItem(1)}));
  EXPECT_EQ(got_.values.size(), 1U);
}

TEST_F(HistoryTest, NamesAtMostAThousandItemsACall) {
  std::vector<Item> items;
  for (std::uint64_t id = 1; id <= 5'000; ++id) items.push_back(MakeItem(id));
  Add(1, 100);
  Add(5'000, 100);
  ASSERT_TRUE(Read(items));
  EXPECT_EQ(got_.values.size(), 2U);
  for (const json& params : api_.ParamsOf("history.get"))
    EXPECT_LE(params["itemids"].size(), 1'000U);
}

TEST_F(HistoryTest, NamesAsManyItemsAsHaveTheirRowsInOnePage) {
  std::vector<Item> items;
  for (std::uint64_t id = 1; id <= 300; ++id) {
    items.push_back(MakeItem(id));
    for (std::int64_t clock = 1; clock <= 60; ++clock) Add(id, clock);
  }
  ASSERT_TRUE(Read(items));  // 200 items are too many for a page of 10,000
  const auto learning = api_.ParamsOf("history.get").size();
  got_ = {};
  ASSERT_TRUE(Read(items));
  EXPECT_EQ(got_.values.size(), 18'000U);
  EXPECT_TRUE(got_.ordered);
  EXPECT_EQ(api_.ParamsOf("history.get").size() - learning, 2U);
}

TEST_F(HistoryTest, NewerValuesBeginWithTheItemsThatTheReadingBeforeEndedWith) {
  std::vector<Item> items;
  for (std::uint64_t id = 1; id <= 3'000; ++id) {
    items.push_back(MakeItem(id));
    items.push_back(MakeItem(100'000 + id, ValueType::kUnsigned));
    Add(id, 100);
    Add(100'000 + id, 100, 0, "1", 3);
  }
  std::uint64_t ended_with = 0;
  for (std::int64_t till = 200; till < 600; till += 100) {
    got_ = {};
    ASSERT_TRUE(Read(items, 0, till));
    ASSERT_EQ(got_.values.size(), 6'000U);
    const std::uint64_t begun_with = got_.values.front().itemid;
    if (ended_with > 0) {
      EXPECT_LE(std::max(begun_with, ended_with) - std::min(begun_with, ended_with), 1'000U);
    }
    ended_with = got_.values.back().itemid;
    ASSERT_TRUE(Read({MakeItem(1)}, 0, till - 50));  // what another host had missed
  }
}

TEST_F(HistoryTest, TextsThatFillAPageDoNotMakeCallsForNumbersSmall) {
  std::vector<Item> items;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    items.push_back(MakeItem(id, ValueType::kText));
    for (std::int64_t clock = 1; clock <= 5; ++clock) Add(id, clock, 0, "text", 4);
  }
  ASSERT_TRUE(Read(items));
  for (Item& item : items) item.value_type = ValueType::kFloat;
  ASSERT_TRUE(Read(items));
  EXPECT_EQ(api_.ParamsOf("history.get").back()["itemids"].size(), 200U);
}

TEST_F(HistoryTest, AsksForLessWhereTheServerCannot) {
  std::vector<Item> items;
  for (std::uint64_t id = 1; id <= 400; ++id) {
    items.push_back(MakeItem(id));
    Add(id, 100);
  }
  api_.instead = [](const std::string& method, const json& params) {
    return method == "history.get" && params["itemids"].size() > 30 ? FakeApi::Reply("", 500)
                                                                    : http::Response();
  };
  ASSERT_TRUE(Read(items));
  EXPECT_EQ(got_.values.size(), 400U);
  EXPECT_TRUE(got_.ordered);
}

TEST_F(HistoryTest, AsksForFewerRowsOfAnItemThatIsTooLong) {
  for (std::int64_t clock = 1; clock <= 5'000; ++clock) Add(1, clock);
  api_.instead = [](const std::string& method, const json& params) {
    return method == "history.get" && params["limit"] > 1'000 ? FakeApi::Reply("", 500)
                                                              : http::Response();
  };
  ASSERT_TRUE(Read({MakeItem(1)}));
  EXPECT_EQ(got_.values.size(), 5'000U);
  EXPECT_TRUE(got_.ordered);
}

TEST_F(HistoryTest, EndsWhereASecondHoldsMoreThanCanBeServed) {
  for (std::int64_t ns = 0; ns < 3'000; ++ns) Add(1, 100, ns);
  api_.instead = [](const std::string& method, const json& params) {
    return method == "history.get" && params["limit"] > 1'000 ? FakeApi::Reply("", 500)
                                                              : http::Response();
  };
  const auto read = Read({MakeItem(1)});
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("values or more in one second"));
  EXPECT_LT(api_.Count("history.get"), 20);
}

TEST_F(HistoryTest, EndsWhereNothingCanBeServed) {
  api_.instead = [](const std::string& method, const json&) {
    return method == "history.get" ? FakeApi::Reply("", 500) : http::Response();
  };
  const auto read = Read({MakeItem(1), MakeItem(2)});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "zabbix history.get: HTTP 500");
  EXPECT_LT(api_.Count("history.get"), 20);
}

TEST_F(HistoryTest, RefusesRowsThatMakeNoSense) {
  for (const char* row : {R"([{"itemid":"x","clock":"1","ns":"0","value":"1"}])",
                          R"([{"itemid":"1","clock":"","ns":"0","value":"1"}])",
                          R"([{"itemid":"1","clock":"1","ns":"1000000000","value":"1"}])"}) {
    api_.instead = [&](const std::string& method, const json&) {
      return method == "history.get" ? FakeApi::Reply(FakeApi::ResultText(json::parse(row)))
                                     : http::Response();
    };
    const auto read = Read({MakeItem(1)});
    ASSERT_FALSE(read) << row;
    EXPECT_EQ(read.error().code, ErrorCode::kBadReply);
    EXPECT_THAT(read.error().message, HasSubstr("zabbix history.get"));
  }
}

TEST_F(HistoryTest, HandsOnWhatTheSinkSays) {
  Add(1, 100);
  const auto read = zabbix_.ReadHistory(
      std::vector{MakeItem(1)}, 0, 200,
      [](const std::vector<ItemValue>&) -> Result<void> { return Fail(ErrorCode::kIo, "full"); },
      {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kIo);
}

TEST_F(HistoryTest, AsksNothingForNoItems) {
  ASSERT_TRUE(Read({}));
  EXPECT_EQ(api_.Count("history.get"), 0);
}

}  // namespace
}  // namespace mon::zabbix_connector
