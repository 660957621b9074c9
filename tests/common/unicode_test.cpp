#include <gtest/gtest.h>

#include <string>

#include "common/text.h"

namespace mon {
namespace {

constexpr const char* kBad = "\xEF\xBF\xBD";  // U+FFFD

TEST(CleanUtf8Test, LeavesGoodTextAlone) {
  const std::string text = "Gr\u00fc\u00dfe \u65e5\u672c \U0001F600";
  EXPECT_EQ(CleanUtf8(text, 1000), text);
}

TEST(CleanUtf8Test, ReplacesBadSequences) {
  EXPECT_EQ(CleanUtf8("a\xFFz", 100), std::string("a") + kBad + "z");
  EXPECT_EQ(CleanUtf8("\xC0\xAF", 100), std::string(kBad) + kBad) << "overlong slash";
  EXPECT_EQ(CleanUtf8("\xED\xA0\x80", 100), std::string(kBad) + kBad + kBad) << "surrogate";
  EXPECT_EQ(CleanUtf8("\xF4\x90\x80\x80", 100).substr(0, 3), kBad) << "above U+10FFFF";
}

TEST(CleanUtf8Test, KeepsTheCharacterBehindACutOne) {
  EXPECT_EQ(CleanUtf8("\xE2\x82x", 100), std::string(kBad) + "x");
}

TEST(CleanUtf8Test, NeverSplitsACharacter) {
  EXPECT_EQ(CleanUtf8("a\u00fc", 2), "a");
  EXPECT_EQ(CleanUtf8("a\u00fc", 3), "a\u00fc");
  EXPECT_EQ(CleanUtf8("abc", 0), "");
}

TEST(EscapeControlsTest, ShowsWhatWouldBreakALine) {
  EXPECT_EQ(EscapeControls("a\nb\tc\x1b[31m\x7f"), "a\\nb\\tc\\u001b[31m\\u007f");
  EXPECT_EQ(EscapeControls("\u0085"), "\\u0085") << "a control character of the second set";
  EXPECT_EQ(EscapeControls("Gr\u00fc\u00dfe \"x\" \\"), "Gr\u00fc\u00dfe \"x\" \\");
}

TEST(QuoteJsonTest, EscapesQuotesAndControls) {
  EXPECT_EQ(QuoteJson("a \"b\" \\ \n\r"), R"("a \"b\" \\ \n\u000d")");
  EXPECT_EQ(QuoteJson("\xFF"), std::string("\"") + kBad + "\"");
}

TEST(DisplayWidthTest, CountsTerminalCells) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("load"), 4U);
  EXPECT_EQ(DisplayWidth("\u00fcber"), 4U);
  EXPECT_EQ(DisplayWidth("u\u0308ber"), 4U) << "combining diaeresis";
  EXPECT_EQ(DisplayWidth("\u65e5\u672c"), 4U) << "wide characters";
  EXPECT_EQ(DisplayWidth("a\xFF"), 2U) << "shown as a replacement";
}

}  // namespace
}  // namespace mon
