// A Zabbix with one host, whose history is known beforehand: bench_zabbix VALUES FROM. Prints its
// address and serves until it is ended. GET /calls gives the bodies of all calls since the last
// time, a line each, so that the same can be asked again.

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/rows.h"
#include "common/text.h"
#include "history.h"

namespace {

using namespace mon;  // NOLINT: a program of one purpose
using Json = nlohmann::json;

constexpr const char* kHost = "1";

std::string Reply(const Json& result) {
  return Json{{"jsonrpc", "2.0"}, {"result", result}, {"id", 1}}.dump();
}

Json Items(const bench::Rows& rows) {
  Json items = Json::array();
  for (std::size_t i = 0; i < rows.series; ++i) {
    items.push_back({{"itemid", std::to_string(bench::ItemId(rows.first + i))},
                     {"hostid", kHost},
                     {"key_", fmt::format("item[{}]", i)},
                     {"name", fmt::format("Item {}", i)},
                     {"value_type", "0"},
                     {"units", ""},
                     {"state", "0"},
                     {"error", ""}});
  }
  return items;
}

std::int64_t Number(const Json& value) {
  return value.is_string() ? ParseInt(value.get<std::string>()).value() : value.get<std::int64_t>();
}

class Api {
 public:
  Api(const bench::Rows& rows, std::size_t count)
      : items_(Reply(Items(rows))), history_(rows, count) {}

  std::string Answer(const std::string& body) {
    const Json call = Json::parse(body);
    {
      const std::lock_guard lock(mutex_);
      calls_ += body + '\n';
    }
    const std::string method = call.at("method");
    if (method == "apiinfo.version") return Reply("6.0.14");
    if (method == "host.get")
      return Reply(Json::array({{{"hostid", kHost}, {"host", "host"}, {"name", "Host"}}}));
    if (method == "item.get") return items_;
    if (method == "history.get") return HistoryGet(call.at("params"));
    throw std::runtime_error("no method " + method);
  }

  std::string TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

 private:
  [[nodiscard]] std::string HistoryGet(const Json& params) const {
    const Json& itemids = params.at("itemids");
    const std::int64_t first = Number(itemids.front());
    const std::int64_t last = Number(itemids.back());
    if (last - first + 1 != std::ssize(itemids)) throw std::runtime_error("items with gaps");
    if (Number(params.at("history")) != 0) throw std::runtime_error("all items are floats");
    return history_.Reply(static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last),
                          Number(params.at("time_from")), Number(params.at("time_till")),
                          static_cast<std::size_t>(Number(params.at("limit"))));
  }

  std::string items_;
  bench::History history_;
  std::mutex mutex_;
  std::string calls_;
};

int Serve(std::size_t count, std::int64_t from) {
  Api api({.from = from}, count);
  httplib::Server server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000);
  server.Post("/api_jsonrpc.php",
              [&](const httplib::Request& request, httplib::Response& response) {
                response.set_content(api.Answer(request.body), "application/json");
              });
  server.Get("/calls", [&](const httplib::Request&, httplib::Response& response) {
    response.set_content(api.TakeCalls(), "text/plain");
  });
  server.set_exception_handler(
      [](const auto&, httplib::Response& response, std::exception_ptr why) {
        response.status = 400;
        try {
          std::rethrow_exception(std::move(why));
        } catch (const std::exception& error) {
          response.set_content(error.what(), "text/plain");
          fmt::print(stderr, "bench_zabbix: {}\n", error.what());
        }
      });
  const int port = server.bind_to_any_port("127.0.0.1");
  if (port < 0) throw std::runtime_error("no free port");
  fmt::print("http://127.0.0.1:{}\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_zabbix VALUES FROM\n");
    return 64;
  }
  try {
    return Serve(std::stoul(argv[1]), std::stol(argv[2]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_zabbix: {}\n", error.what());
    return 1;
  }
}
