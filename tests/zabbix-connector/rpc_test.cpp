#include "rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "reply_rows.h"
#include "version.h"

namespace mon::zabbix_connector {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr std::array<std::string_view, 2> kFields = {"itemid", "value"};

Result<Rows> Read(std::string_view body) {
  Rows rows;
  const auto read = ReadRows(body, kFields, [&](std::span<const std::string_view> row) {
    rows.emplace_back(row.begin(), row.end());
    return row[0] != "bad";
  });
  if (!read) return std::unexpected(read.error());
  return rows;
}

TEST(RequestBodyTest, IsJsonRpcWithTheCredentialOnlyWhereGiven) {
  EXPECT_EQ(RequestBody("item.get", R"({"a":1})", ""),
            R"({"jsonrpc":"2.0","method":"item.get","params":{"a":1},"id":1})");
  EXPECT_EQ(RequestBody("item.get", "[]", "to\"ken"),
            R"({"jsonrpc":"2.0","method":"item.get","params":[],"auth":"to\"ken","id":1})");
}

TEST(ClassifyTest, TellsResultErrorAndNeither) {
  EXPECT_EQ(Classify(R"({"jsonrpc":"2.0","result":[],"id":1})"), ReplyKind::kResult);
  EXPECT_EQ(Classify(R"({"jsonrpc":"2.0","error":{"code":1},"id":1})"), ReplyKind::kError);
  EXPECT_EQ(Classify(R"({"id":{"result":1}})"), ReplyKind::kNotRpc);
  EXPECT_EQ(Classify("[]"), ReplyKind::kNotRpc);
  EXPECT_EQ(Classify("\"result\""), ReplyKind::kNotRpc);
  EXPECT_EQ(Classify("Fatal error: Allowed memory size exhausted"), ReplyKind::kNotRpc);
  EXPECT_EQ(Classify(""), ReplyKind::kNotRpc);
}

TEST(ReadErrorTest, TakesWhatIsThere) {
  const auto error = ReadError(R"({"error":{"code":-32602,"message":"m","data":"d"}})");
  EXPECT_EQ(error.code, -32602);
  EXPECT_EQ(error.Text(), "m d");
  EXPECT_EQ(ReadError(R"({"error":"text"})").Text(), "error 0");
  EXPECT_EQ(ReadError(R"({"error":{"code":"x","data":5}})").Text(), "error 0");
}

TEST(ReadRowsTest, GivesTheWantedFieldsInTheirOrder) {
  const auto rows =
      Read(R"({"result":[{"value":"1.5","x":"y","itemid":"7"},{"itemid":"8"}],"id":1})");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"7", "1.5"}, {"8", ""}}));
}

TEST(ReadRowsTest, KeepsNumbersExactly) {
  const auto rows = Read(
      R"({"result":[{"itemid":18446744073709551615,"value":"18446744073709551615"},{"itemid":-1,"value":0.10}]})");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"18446744073709551615", "18446744073709551615"}, {"-1", "0.10"}}));
}

TEST(ReadRowsTest, PassesOverNestedValues) {
  const auto rows = Read(
      R"({"x":[{"itemid":"0"}],"result":[{"tags":[{"itemid":"9","value":"z"}],"itemid":"7","o":{"value":1},"value":null}]})");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"7", ""}}));
}

TEST(ReadRowsTest, TagsAreLines) {
  constexpr std::array<std::string_view, 2> kOfHost = {"hostid", "tags"};
  Rows rows;
  const auto read = ReadRows(
      R"({"result":[{"tags":[{"tag":"role","value":"db"},{"value":"","tag":"new"}],"hostid":"1"},
          {"hostid":"2","tags":[[],[]]},{"hostid":"3","other":[{"tag":"a","value":"b"}],"tags":[]}]})",
      kOfHost, [&](std::span<const std::string_view> row) {
        rows.emplace_back(row.begin(), row.end());
        return true;
      });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(rows, (Rows{{"1", "role=db\nnew"}, {"2", ""}, {"3", ""}}));
}

TEST(ReadRowsTest, TakesAnEmptyList) { EXPECT_EQ(*Read(R"({"result":[]})"), Rows()); }

TEST(ReadRowsTest, RefusesOtherShapes) {
  for (const char* body : {R"({"result":{}})", R"({"result":true})", R"({"result":"x"})",
                           R"({"result":[1]})", R"({"result":[[]]})", R"({"results":[]})", "{}"}) {
    const auto rows = Read(body);
    ASSERT_FALSE(rows) << body;
    EXPECT_EQ(rows.error().code, ErrorCode::kBadReply);
  }
}

TEST(ReadRowsTest, RefusesCutJsonWithoutQuotingIt) {
  const std::string whole = R"({"result":[{"itemid":"secret","value":"secret"}]})";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto rows = Read(whole.substr(0, size));
    ASSERT_FALSE(rows) << size;
    EXPECT_THAT(rows.error().message, testing::Not(testing::HasSubstr("secret")));
  }
}

/// Longer than what is read at once.
std::string LongReply(std::size_t rows, const std::string& members, const std::string& end) {
  std::string body = R"({"jsonrpc":"2.0","result":[)";
  for (std::size_t i = 0; i < rows; ++i)
    body +=
        (i == 0 ? R"({"itemid":")" : R"(,{"itemid":")") + std::to_string(i) + "\"" + members + "}";
  return body + end;
}

void ExpectAllRows(std::size_t count, const std::string& members, const std::string& value) {
  const auto rows = Read(LongReply(count, members, R"(],"id":1})"));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), count);
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_EQ((*rows)[i], (std::vector{std::to_string(i), value})) << i;
}

TEST(ReadRowsTest, ReadsALongReplyOnce) { ExpectAllRows(20'000, R"(,"value":"1.5")", "1.5"); }

TEST(ReadRowsTest, IsNotMisledByWhatLooksLikeTheEndOfARow) {
  ExpectAllRows(20'000, R"(,"tags":[{"itemid":"x"},{"itemid":"y"},{"itemid":"z"}],"value":"v")",
                "v");
  ExpectAllRows(20'000, R"(,"value":"{a},{b},{c}")", "{a},{b},{c}");
  ExpectAllRows(3, R"(,"value":")" + std::string(300'000, 'x') + "\"", std::string(300'000, 'x'));
}

TEST(ReadRowsTest, GivesNoRowThatWasCutInItsTags) {
  constexpr std::array<std::string_view, 1> kTags = {"tags"};
  const std::string body =
      LongReply(20'000, R"(,"tags":[{"tag":"a"},{"tag":"b"},{"tag":"c"}])", R"(],"id":1})");
  std::size_t count = 0;
  const auto read = ReadRows(body, kTags, [&](std::span<const std::string_view> values) {
    ++count;
    return values[0] == "a\nb\nc";
  });
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_EQ(count, 20'000U);
}

TEST(ReadRowsTest, RefusesALongReplyThatIsCutOrGoesOnWrongly) {
  const std::string value = R"(,"value":"1.5")";
  for (const char* end :
       {"", ",", "]", R"(],"id":1)", R"(],"id":1}})", R"(,{"itemid":"7" "value":"1"}],"id":1})"})
    EXPECT_FALSE(Read(LongReply(20'000, value, end))) << end;
}

TEST(ReadRowsTest, TakesNoRowsFromALaterList) {
  const std::string later = LongReply(20'000, "", R"(]})")
                                .substr(std::string_view(R"({"jsonrpc":"2.0","result")").size());
  const auto rows = Read(R"({"result":[{"itemid":"1"}],"later")" + later);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"1", ""}}));
}

TEST(ReadRowsTest, LastOfTwoValuesCounts) {
  EXPECT_EQ(*Read(R"({"result":[{"itemid":"1","value":"a","itemid":"2","value":null}]})"),
            (Rows{{"2", ""}}));
}

TEST(ReadRowsTest, UnescapesTextsAndRefusesWrongOnes) {
  EXPECT_EQ(*Read(R"({"result":[{"itemid":"1","value":"a\n\"\u00e9\/"}]})"),
            (Rows{{"1", "a\n\"é/"}}));
  EXPECT_FALSE(Read(R"({"result":[{"itemid":"1","value":"\x"}]})"));
  EXPECT_FALSE(Read("{\"result\":[{\"itemid\":\"1\",\"value\":\"\xff\"}]}"));
  EXPECT_EQ(*Read("\xEF\xBB\xBF{\"result\":[{\"itemid\":\"1\"}]}"), (Rows{{"1", ""}}));
}

TEST(ReadRowsTest, StopsAtARowThatMakesNoSense) {
  EXPECT_FALSE(Read(R"({"result":[{"itemid":"bad"}]})"));
}

TEST(VersionTest, IsReadFromTheServersText) {
  const auto version = ParseVersion("7.0.0rc1");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->major, 7);
  EXPECT_EQ(version->minor, 0);
  EXPECT_EQ(version->text, "7.0.0rc1");
  EXPECT_TRUE(ParseVersion("6.4.21"));
  EXPECT_TRUE(ParseVersion("8.0"));
  EXPECT_FALSE(ParseVersion("seven"));
  EXPECT_FALSE(ParseVersion("7"));
  EXPECT_FALSE(ParseVersion(""));
}

TEST(VersionTest, IsComparedByNumbers) {
  EXPECT_GT(*ParseVersion("7.10.1"), *ParseVersion("7.2.9"));
  EXPECT_GT(*ParseVersion("10.0.0"), *ParseVersion("7.4.0"));
  EXPECT_TRUE(since::HeaderAuthOnly(*ParseVersion("7.10.0")));
  EXPECT_FALSE(since::HeaderAuth(*ParseVersion("6.2.9")));
}

}  // namespace
}  // namespace mon::zabbix_connector
