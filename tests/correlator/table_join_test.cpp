#include "table_join.h"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace mon::correlator {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;

std::string Joined(const std::vector<std::int64_t>& application, const std::vector<ItemRow>& items,
                   const TableOptions& options = {}) {
  std::string out;
  const Result<void> printed =
      PrintJoin(application, items, options, [&](std::string_view text) -> Result<void> {
        out += text;
        return {};
      });
  return printed ? out : printed.error().message;
}

constexpr const char* kHeader = "timestamp,itemid,clock,value,offset_seconds\n";

TEST(TableJoinTest, PrintsTheNearestValueOfEachItem) {
  const std::vector<ItemRow> items = {
      {7, 95, "0.50"}, {7, 103, "0.75"}, {7, 200, "9"}, {30, 92, "up"}, {30, 108, "down"}};
  EXPECT_EQ(Joined({100}, items), kHeader + std::string("100,7,103,0.75,3\n100,30,92,up,-8\n"));
}

TEST(TableJoinTest, PrintsAllValuesOnRequest) {
  const std::vector<ItemRow> items = {{7, 90, "a"}, {7, 100, "b"}, {7, 110, "c"}, {7, 111, "d"}};
  EXPECT_EQ(Joined({100}, items, {.match = Match::kAll}),
            kHeader + std::string("100,7,90,a,-10\n100,7,100,b,0\n100,7,110,c,10\n"));
}

TEST(TableJoinTest, KeepsTheOrderOfTheApplicationsLines) {
  const std::vector<ItemRow> items = {{1, 100, "x"}, {1, 200, "y"}};
  EXPECT_EQ(Joined({200, 100, 200}, items),
            kHeader + std::string("200,1,200,y,0\n100,1,100,x,0\n200,1,200,y,0\n"));
}

TEST(TableJoinTest, LeavesOutSamplesWithoutAMatchUnlessAsked) {
  const std::vector<ItemRow> items = {{1, 100, "x"}};
  EXPECT_EQ(Joined({50, 100}, items), kHeader + std::string("100,1,100,x,0\n"));
  EXPECT_EQ(Joined({50, 100}, items, {.unmatched = true}),
            kHeader + std::string("50,,,,\n100,1,100,x,0\n"));
  EXPECT_EQ(Joined({50}, {}, {.unmatched = true}), kHeader + std::string("50,,,,\n"));
}

TEST(TableJoinTest, PrintsTheHeaderEvenWithoutPairs) {
  EXPECT_EQ(Joined({}, {}), kHeader);
  EXPECT_EQ(Joined({}, {}, {.format = Format::kNdjson}), "");
}

TEST(TableJoinTest, QuotesValuesThatNeedIt) {
  const std::vector<ItemRow> items = {
      {1, 100, "a,b"}, {2, 100, "say \"x\""}, {3, 100, "two\nlines"}};
  EXPECT_EQ(Joined({100}, items), kHeader + std::string("100,1,100,\"a,b\",0\n"
                                                        "100,2,100,\"say \"\"x\"\"\",0\n"
                                                        "100,3,100,\"two\nlines\",0\n"));
}

TEST(TableJoinTest, PrintsNumbersAsNumbersInNdjson) {
  const std::vector<ItemRow> items = {{18446744073709551615u, 105, "0.50"}};
  EXPECT_EQ(Joined({100, 500}, items, {.format = Format::kNdjson, .unmatched = true}),
            "{\"timestamp\":100,\"itemid\":18446744073709551615,\"clock\":105,\"value\":0.50,"
            "\"offset_seconds\":5}\n"
            "{\"timestamp\":500,\"itemid\":null,\"clock\":null,\"value\":null,"
            "\"offset_seconds\":null}\n");
}

TEST(TableJoinTest, NdjsonTakesOnlyJsonsOwnNumbersForNumbers) {
  const std::vector<std::pair<std::string, bool>> values = {
      {"0", true},     {"-0", true},    {"12", true},     {"-1.5", true},   {"1e5", true},
      {"2E-3", true},  {"0.0", true},   {"1e+400", true}, {"", false},      {"-", false},
      {"01", false},   {"+1", false},   {".5", false},    {"5.", false},    {"1e", false},
      {"nan", false},  {"inf", false},  {"0x10", false},  {"1 ", false},    {"1_000", false},
      {"true", false}, {"null", false}, {"--1", false},   {"1.2.3", false}, {"-a", false}};
  for (const auto& [value, number] : values) {
    const std::string line = Joined({1}, {{1, 1, value}}, {.format = Format::kNdjson});
    const std::string wanted = number ? value : "\"" + value + "\"";
    EXPECT_THAT(line, HasSubstr("\"value\":" + wanted + ",")) << value;
  }
}

TEST(TableJoinTest, NdjsonStringsAreValidJsonWhateverTheValue) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  for (const std::string& value :
       {std::string("say \"x\" \\ \t\n"), std::string("µ 🙂"), every_byte}) {
    const std::string line = Joined({1}, {{1, 1, value}}, {.format = Format::kNdjson});
    const auto parsed = nlohmann::json::parse(line);
    EXPECT_EQ(std::ranges::count(line, '\n'), 1) << "one line each";
    EXPECT_TRUE(value == every_byte || parsed["value"] == value) << line;
  }
}

TEST(TableJoinTest, BearsExtremeTimes) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Joined({kMin, kMax}, {{1, kMin + 10, "a"}, {1, kMax - 10, "b"}}),
            kHeader + std::string("-9223372036854775808,1,-9223372036854775798,a,10\n"
                                  "9223372036854775807,1,9223372036854775797,b,-10\n"));
}

TEST(TableJoinTest, StopsWhenTheOutputFails) {
  const std::vector<std::int64_t> application(100'000, 1);
  const std::vector<ItemRow> items = {{1, 1, "x"}};
  int calls = 0;
  const Result<void> printed = PrintJoin(application, items, {}, [&](std::string_view) {
    ++calls;
    return Result<void>(Fail(ErrorCode::kIo, "disk full"));
  });
  ASSERT_FALSE(printed);
  EXPECT_EQ(printed.error().message, "disk full");
  EXPECT_EQ(calls, 1);
}

/// The definition of the output, line for line: each sample against each row.
std::string Naive(const std::vector<std::int64_t>& application, const std::vector<ItemRow>& items,
                  const TableOptions& options) {
  std::string out = kHeader;
  for (const std::int64_t t : application) {
    std::map<std::uint64_t, std::vector<const ItemRow*>> near;
    for (const ItemRow& row : items) {
      if (std::abs(row.clock - t) <= options.window.count()) near[row.itemid].push_back(&row);
    }
    if (near.empty() && options.unmatched) out += std::to_string(t) + ",,,,\n";
    for (auto& [itemid, rows] : near) {
      if (options.match == Match::kNearest) {
        rows = {*std::ranges::min_element(
            rows, {}, [&](const ItemRow* row) { return std::abs(row->clock - t); })};
      }
      for (const ItemRow* row : rows) {
        out += std::to_string(t) + "," + std::to_string(itemid) + "," + std::to_string(row->clock) +
               "," + std::string(row->value) + "," + std::to_string(row->clock - t) + "\n";
      }
    }
  }
  return out;
}

TEST(TableJoinTest, AgreesWithTheNaiveJoinOnRandomFiles) {
  std::mt19937 random(42);
  const auto below = [&](int bound) {
    return std::uniform_int_distribution<int>(0, bound - 1)(random);
  };
  for (int round = 0; round < 500; ++round) {
    std::vector<std::int64_t> application(static_cast<std::size_t>(below(40)));
    for (std::int64_t& t : application) t = below(200);
    std::string text = "itemid,clock,value\n";
    for (int i = below(80); i > 0; --i) {
      text += std::to_string(below(12)) + "," + std::to_string(below(200)) + "," +
              std::to_string(i) + "\n";
    }
    const auto items = ReadInfrastructure(text, "B");
    ASSERT_TRUE(items);
    for (const Match match : {Match::kNearest, Match::kAll}) {
      const TableOptions options{std::chrono::seconds(below(20)), match, Format::kCsv,
                                 below(2) == 0};
      ASSERT_EQ(Joined(application, *items, options), Naive(application, *items, options));
    }
  }
}

}  // namespace
}  // namespace mon::correlator
