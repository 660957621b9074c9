#include "text_columns.h"

#include <gtest/gtest.h>

namespace mon::data_aggregator {
namespace {

TEST(CutToCharactersTest, CountsCharactersNotBytes) {
  EXPECT_EQ(CutToCharacters("\xC3\xBC\xC3\xBC\xC3\xBC", 2), "\xC3\xBC\xC3\xBC");
  EXPECT_EQ(CutToCharacters("abc", 3), "abc");
  EXPECT_EQ(CutToCharacters("", 0), "");
}

TEST(CutToCharactersTest, BadBytesBecomeReplacements) {
  EXPECT_EQ(CutToCharacters("a\xFF", 9), "a\xEF\xBF\xBD");
}

TEST(PlaceholdersTest, OneForEachValue) {
  EXPECT_EQ(Placeholders(1), "(?)");
  EXPECT_EQ(Placeholders(3), "(?,?,?)");
}

}  // namespace
}  // namespace mon::data_aggregator
