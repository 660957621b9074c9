// A Zabbix whose history is known beforehand: bench_zabbix VALUES FROM [ITEMS HOSTS]. Each of its
// hosts, "host-1" and so on, has as many neighbouring items as the others. Prints its address and
// serves until it is ended. GET /calls gives the bodies of all calls since the last time, a line
// each, so that the same can be asked again.

#include <fmt/format.h>
#include <httplib.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/rows.h"
#include "common/text.h"
#include "history.h"

namespace {

using namespace mon;  // NOLINT: a program of one purpose
using Json = nlohmann::json;

/// A reply of some of these objects, each written beforehand.
class Reply {
 public:
  void Add(const std::string& object) {
    if (!text_.ends_with('[')) text_ += ',';
    text_ += object;
  }
  [[nodiscard]] std::string Take() && { return std::move(text_) + R"(],"id":1})"; }

 private:
  std::string text_ = R"({"jsonrpc":"2.0","result":[)";
};

std::string ItemJson(std::uint64_t itemid, std::size_t hostid) {
  return fmt::format(
      R"({{"itemid":"{0}","hostid":"{1}","key_":"item[{0}]","name":"Item {0}","value_type":"0",)"
      R"("units":"","state":"0","error":""}})",
      itemid, hostid);
}

std::string HostJson(std::size_t hostid) {
  return fmt::format(R"({{"hostid":"{0}","host":"host-{0}","name":"Host {0}"}})", hostid);
}

std::int64_t Number(const Json& value) {
  return value.is_string() ? ParseInt(value.get<std::string>()).value() : value.get<std::int64_t>();
}

class Api {
 public:
  Api(const bench::Rows& rows, std::size_t count, std::size_t hosts) : history_(rows, count) {
    if (hosts == 0 || rows.series % hosts != 0)
      throw std::runtime_error("each host has as many items as the others");
    const std::size_t of_each = rows.series / hosts;
    for (std::size_t i = 0; i < rows.series; ++i) {
      const std::size_t hostid = 1 + i / of_each;
      items_[hostid].push_back(ItemJson(bench::ItemId(rows.first + i), hostid));
    }
    for (std::size_t hostid = 1; hostid <= hosts; ++hostid)
      hosts_.emplace(fmt::format("host-{}", hostid), hostid);
  }

  std::string Answer(const std::string& body) {
    const Json call = Json::parse(body);
    {
      const std::lock_guard lock(mutex_);
      calls_ += body + '\n';
    }
    const std::string method = call.at("method");
    if (method == "apiinfo.version") return R"({"jsonrpc":"2.0","result":"6.0.14","id":1})";
    if (method == "host.get") return HostGet(call.at("params"));
    if (method == "item.get") return ItemGet(call.at("params"));
    if (method == "history.get") return HistoryGet(call.at("params"));
    throw std::runtime_error("no method " + method);
  }

  std::string TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

 private:
  /// By id, or by technical name.
  [[nodiscard]] std::string HostGet(const Json& params) const {
    Reply reply;
    if (params.contains("hostids")) {
      for (const Json& id : params.at("hostids")) {
        const auto hostid = static_cast<std::size_t>(Number(id));
        if (items_.contains(hostid)) reply.Add(HostJson(hostid));
      }
    } else {
      for (const Json& name : params.at("filter").at("host"))
        if (const auto found = hosts_.find(name); found != hosts_.end())
          reply.Add(HostJson(found->second));
    }
    return std::move(reply).Take();
  }

  [[nodiscard]] std::string ItemGet(const Json& params) const {
    Reply reply;
    for (const Json& id : params.at("hostids"))
      for (const std::string& item : items_.at(static_cast<std::size_t>(Number(id))))
        reply.Add(item);
    return std::move(reply).Take();
  }

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

  std::map<std::size_t, std::vector<std::string>> items_;  ///< by host
  std::map<std::string, std::size_t> hosts_;               ///< by technical name
  bench::History history_;
  std::mutex mutex_;
  std::string calls_;
};

int Serve(std::size_t count, const bench::Rows& rows, std::size_t hosts) {
  Api api(rows, count, hosts);
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
  if (argc != 3 && argc != 5) {
    fmt::print(stderr, "usage: bench_zabbix VALUES FROM [ITEMS HOSTS]\n");
    return 64;
  }
  try {
    bench::Rows rows{.from = std::stol(argv[2])};
    if (argc == 5) rows.series = std::stoul(argv[3]);
    return Serve(std::stoul(argv[1]), rows, argc == 5 ? std::stoul(argv[4]) : 1);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_zabbix: {}\n", error.what());
    return 1;
  }
}
