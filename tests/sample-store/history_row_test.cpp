#include "history_row.h"

#include <gtest/gtest.h>

#include "common/text.h"

namespace mon::data_aggregator {
namespace {

ItemValue Value(ValueType type, const std::string& text) {
  return {.itemid = 1, .clock = 1750000000, .ns = 0, .value_type = type, .text = text};
}

/// The text as a reader of the row gets it back.
std::string Printed(const HistoryRow& row) {
  if (row.text) return *row.text;
  if (row.integer) return std::to_string(*row.integer);
  return ShortestText(*row.number);
}

TEST(HistoryRowTest, TextOfANumberIsKeptOnlyWhereItIsNotTheShortest) {
  const auto plain = MakeHistoryRow(Value(ValueType::kFloat, "0.25"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->number, 0.25);
  EXPECT_FALSE(plain->text);
  const auto padded = MakeHistoryRow(Value(ValueType::kFloat, "0.2500"));
  ASSERT_TRUE(padded);
  EXPECT_EQ(padded->number, 0.25);
  EXPECT_EQ(padded->text, "0.2500");
}

TEST(HistoryRowTest, EveryTextCanBePrintedAgain) {
  for (const char* text :
       {"0", "0.1", "-0.5", "1e-7", "100000", "1.7976931348623157e+308", "0.12"}) {
    const auto row = MakeHistoryRow(Value(ValueType::kFloat, text));
    ASSERT_TRUE(row) << text;
    EXPECT_EQ(Printed(*row), text);
  }
  for (const char* text :
       {"0", "7", "100000", "8352890880", "9007199254740993", "18446744073709551615", "0042"}) {
    const auto row = MakeHistoryRow(Value(ValueType::kUnsigned, text));
    ASSERT_TRUE(row) << text;
    EXPECT_EQ(Printed(*row), text);
  }
}

TEST(HistoryRowTest, IntegersThatADoubleCannotHoldAreKeptExactly) {
  EXPECT_FALSE(MakeHistoryRow(Value(ValueType::kUnsigned, "9007199254740992"))->integer);
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kUnsigned, "9007199254740993"))->integer,
            9007199254740993U);
  const auto most = MakeHistoryRow(Value(ValueType::kUnsigned, "18446744073709551615"));
  EXPECT_EQ(most->integer, 18446744073709551615U);
  EXPECT_EQ(most->number, 0x1p64);
  EXPECT_FALSE(most->text);
}

TEST(HistoryRowTest, TextIsNoNumber) {
  const auto row = MakeHistoryRow(Value(ValueType::kCharacter, "12"));
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->number);
  EXPECT_EQ(row->text, "12");
}

TEST(HistoryRowTest, RefusesWhatItCannotKeep) {
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kFloat, "nan")).error(), "not a finite number");
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kFloat, "")).error(), "not a finite number");
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kUnsigned, "-1")).error(), "not an unsigned integer");
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kUnsigned, "18446744073709551616")).error(),
            "not an unsigned integer");
  EXPECT_EQ(MakeHistoryRow(Value(ValueType::kText, std::string(65'536, 'x'))).error(),
            "longer than 65535 bytes");
  ItemValue unknown = Value(ValueType::kFloat, "0");
  unknown.clock = 0;
  EXPECT_EQ(MakeHistoryRow(unknown).error(), "no time");
}

}  // namespace
}  // namespace mon::data_aggregator
