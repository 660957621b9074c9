// A long reply of Zabbix, 100,000 items of 323 bytes, read to rows of four fields: as
// zabbix-connector does it, and with simdjson's on-demand parser. And one of history.get, which has
// nothing but those four.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/text.h"
#include "reply_rows.h"

namespace {

constexpr std::array<std::string_view, 4> kFields = {"itemid", "clock", "ns", "value"};

struct Row {
  std::uint64_t itemid = 0;
  std::int64_t clock = 0;
  std::uint32_t ns = 0;
  std::string value;
};

std::string ItemReply(std::size_t rows) {
  std::string text = R"({"jsonrpc":"2.0","result":[)";
  text.reserve(rows * 340);  // as one whose length is known: the peak of memory is measured, too
  for (std::size_t i = 0; i < rows; ++i) {
    text += fmt::format(
        R"({}{{"itemid":"{}","hostid":"{}","name":"Interface eth{}: bits received","key_":"net.if.in[eth{}]",)"
        R"("status":"0","state":"0","units":"bps","delay":"10s","history":"90d","trends":"365d",)"
        R"("value_type":"3","description":"Traffic of the interface, \"bits\" a second, over all\nqueues",)"
        R"("clock":"{}","ns":"{}","value":"{}.{:04}"}})",
        i == 0 ? "" : ",", 100'000 + i, 10'000 + i / 100, i % 100, i % 100, 1'750'000'000 + i,
        i * 7919 % 1'000'000'000, i % 1'000, i * 31 % 10'000);
  }
  text += R"(],"id":1})";
  return text;
}

std::string HistoryReply(std::size_t rows) {
  std::string text = R"({"jsonrpc":"2.0","result":[)";
  for (std::size_t i = 0; i < rows; ++i) {
    text += fmt::format(R"({}{{"itemid":"{}","clock":"{}","ns":"{}","value":"{}.{:04}"}})",
                        i == 0 ? "" : ",", 100'000 + i, 1'750'000'000 + i, i * 7919 % 1'000'000'000,
                        i % 1'000, i * 31 % 10'000);
  }
  text += R"(],"id":1})";
  return text;
}

using Reply = std::string (*)(std::size_t);

void Connector(benchmark::State& state, Reply reply) {
  const std::string body = reply(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::vector<Row> rows;
    const auto read =
        mon::zabbix_connector::ReadRows(body, kFields, [&](std::span<const std::string_view> row) {
          rows.push_back({mon::ParseUint(row[0]).value_or(0), mon::ParseInt(row[1]).value_or(0),
                          static_cast<std::uint32_t>(mon::ParseUint(row[2]).value_or(0)),
                          std::string(row[3])});
          return true;
        });
    if (!read || rows.size() != static_cast<std::size_t>(state.range(0))) std::abort();
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

template <typename Number>
Number Parse(std::string_view text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void OnDemand(benchmark::State& state, Reply reply) {
  const simdjson::padded_string body(reply(static_cast<std::size_t>(state.range(0))));
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    std::vector<Row> rows;
    auto document = parser.iterate(body);
    for (auto object : document["result"].get_array()) {
      rows.push_back({Parse<std::uint64_t>(object["itemid"].get_string()),
                      Parse<std::int64_t>(object["clock"].get_string()),
                      Parse<std::uint32_t>(object["ns"].get_string()),
                      std::string(object["value"].get_string().value())});
    }
    if (rows.size() != static_cast<std::size_t>(state.range(0))) std::abort();
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

// NOLINTBEGIN: the library's macros
BENCHMARK_CAPTURE(Connector, items, ItemReply)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OnDemand, items, ItemReply)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Connector, history, HistoryReply)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OnDemand, history, HistoryReply)
    ->Arg(1'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond);
// NOLINTEND

}  // namespace
