#include "row_format.h"

#include <gmock/gmock.h>

#include <bit>
#include <limits>

namespace mon::data_aggregator::archive {
namespace {

using mysql::Value;
using testing::ElementsAre;
using testing::Lt;

const RowFormat kHistory({{"itemid", Kind::kUint},
                          {"clock", Kind::kInt},
                          {"ns", Kind::kUint},
                          {"value", Kind::kDouble},
                          {"value_text", Kind::kText}},
                         {"itemid", "clock", "ns"});
const RowFormat kMetrics({{"id", Kind::kInt},
                          {"recorded_at", Kind::kText},
                          {"error_rate", Kind::kFloat}},
                         {"recorded_at", "id"});

TEST(RowFormatTest, HeaderNamesTheColumns) {
  EXPECT_EQ(kHistory.Header(), "itemid\tclock\tns\tvalue\tvalue_text");
  EXPECT_EQ(kMetrics.ColumnList(), "`id`, `recorded_at`, `error_rate`");
}

TEST(RowFormatTest, ReadsNumbersExactly) {
  const auto values = kHistory.Values("18446744073709551615\t-1\t999999999\t-0\t\\N");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at(0), Value(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(values->at(1), Value(std::int64_t{-1}));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(std::get<double>(values->at(3))), 1ULL << 63U);
  EXPECT_EQ(values->at(4), Value());
}

TEST(RowFormatTest, NullAndItsNameAreTwoThings) {
  const auto values = kHistory.Values("1\t2\t3\t\\N\t\\\\N");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at(3), Value());
  EXPECT_EQ(values->at(4), Value(std::string("\\N")));
}

TEST(RowFormatTest, UndoesEscapes) {
  const auto values = kHistory.Values(R"(1	2	3	4	a\tb\nc\\d\0e)");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at(4), Value(std::string("a\tb\nc\\d\0e", 9)));
}

TEST(RowFormatTest, AFloatIsRoundedOnce) {
  const auto values = kMetrics.Values("1\t2025-06-15 00:00:00\t0.1");
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at(2), Value(double{0.1F}));
}

TEST(RowFormatTest, RefusesWhatIsNoRow) {
  EXPECT_FALSE(kHistory.Values("1\t2\t3\t4"));
  EXPECT_FALSE(kHistory.Values("1\t2\t3\t4\t5\t6"));
  EXPECT_FALSE(kHistory.Values("one\t2\t3\t4\t5"));
  EXPECT_FALSE(kHistory.Values("-1\t2\t3\t4\t5"));
  EXPECT_FALSE(kHistory.SortKey("\\N\t2\t3\t4\t5"));
}

TEST(RowFormatTest, KeysSortAsNumbersDo) {
  const auto key = [](const std::string& start) {
    return kHistory.SortKey(start + "\t4\t5").value();
  };
  EXPECT_THAT(key("9\t1\t1"), Lt(key("10\t0\t0")));
  EXPECT_THAT(key("9223372036854775808\t1\t0"), Lt(key("18446744073709551615\t1\t0")));
  EXPECT_THAT(key("1\t-5\t0"), Lt(key("1\t3\t0")));
  EXPECT_THAT(key("1\t3\t0"), Lt(key("1\t3\t1")));
}

TEST(RowFormatTest, KeysSortAsTimesDo) {
  const auto key = [](const std::string& line) { return kMetrics.SortKey(line).value(); };
  EXPECT_THAT(key("7\t2025-06-15 10:00:00\t0"), Lt(key("-1\t2025-06-15 10:00:00.100000\t0")));
  EXPECT_THAT(key("7\t2025-06-15 10:00:00\t0"), Lt(key("8\t2025-06-15 10:00:00\t0")));
}

TEST(RowFormatTest, GivesValuesByName) {
  EXPECT_THAT(kMetrics.ValuesOf("7\t2025-06-15 10:00:00\t0", {"recorded_at", "id"}),
              ElementsAre(Value(std::string("2025-06-15 10:00:00")), Value(std::int64_t{7})));
  EXPECT_EQ(kMetrics.KeyText("7\t2025-06-15 10:00:00\t0"), "2025-06-15 10:00:00\t7");
}

}  // namespace
}  // namespace mon::data_aggregator::archive
