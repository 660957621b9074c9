#include "commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"
#include "time_text.h"
#include "zabbix_connector/check.h"
#include "zabbix_connector/connector.h"
#include "zabbix_connector/report.h"

namespace mon::zabbix_connector {
namespace {

Result<ExitCode> PrintCheck(const Request& request, const Config& config, const World& world) {
  const CheckReport report = Check(world.http, config, world.clock.Now(), world.stop);
  fmt::print("{}", request.json ? ToJson(report) : ToText(report));
  return report.findings.empty() ? ExitCode::kOk : ExitCode::kFound;
}

Result<ExitCode> PrintVersion(const Request& request, Connector& zabbix, const World& world) {
  const auto version = zabbix.ServerVersion(world.stop);
  if (!version) return std::unexpected(version.error());
  if (request.json)
    fmt::print("{{\"version\": {}}}\n", QuoteJson(*version));
  else
    fmt::print("{}\n", EscapeControls(*version));
  return ExitCode::kOk;
}

Result<ExitCode> PrintHosts(const Request& request, Connector& zabbix, const World& world) {
  const auto hosts = zabbix.SearchHosts(request.search, world.stop);
  if (!hosts) return std::unexpected(hosts.error());
  fmt::print("{}", request.json ? HostJson(*hosts) : HostTable(*hosts, world.on_terminal));
  return ExitCode::kOk;
}

/// The hosts the user named, or those of all applications.
HostSelection SelectionOf(const Request& request, const Config& config) {
  HostSelection selection;
  selection.hosts = request.hosts;
  if (!selection.hosts.empty()) return selection;
  for (const ApplicationConfig& application : config.applications) {
    std::ranges::copy(application.zabbix_hosts, std::back_inserter(selection.hosts));
    std::ranges::copy(application.zabbix_groups, std::back_inserter(selection.groups));
    std::ranges::copy(application.zabbix_tags, std::back_inserter(selection.tags));
  }
  return selection;
}

Result<ExitCode> PrintItems(const Request& request, const Config& config, Connector& zabbix,
                            const World& world) {
  const auto hosts = zabbix.ResolveHosts(SelectionOf(request, config), world.stop);
  if (!hosts) return std::unexpected(hosts.error());
  if (!hosts->unknown.empty())
    return Fail(ErrorCode::kConfig,
                fmt::format("{}: not to be found, or the account may not read it; what there is "
                            "shows: zabbix-connector hosts",
                            fmt::join(hosts->unknown, ", ")));
  ItemQuery query;
  query.numeric_only = false;
  for (const ZabbixHost& host : hosts->hosts) query.hostids.push_back(host.hostid);
  const auto items = zabbix.ListItems(query, world.stop);
  if (!items) return std::unexpected(items.error());
  std::vector<std::uint64_t> itemids;
  for (const Item& item : *items) itemids.push_back(item.itemid);
  const auto values = zabbix.ReadLastValues(itemids, world.stop);
  if (!values) return std::unexpected(values.error());
  fmt::print("{}", request.json ? ItemJson(*items, *values)
                                : ItemTable(*items, *values, EpochSeconds(world.clock.Now()),
                                            world.on_terminal));
  return ExitCode::kOk;
}

struct TimeRange {
  std::int64_t from = 0;
  std::int64_t till = 0;
};

Result<std::int64_t> TimeFlag(const std::string& flag, const std::string& text) {
  if (const auto time = ParseTime(text)) return *time;
  return Fail(
      ErrorCode::kUsage,
      fmt::format("{} '{}': expected epoch seconds or, in UTC, YYYY-MM-DD HH:MM:SS", flag, text));
}

Result<TimeRange> RangeOf(const Request& request, std::int64_t now) {
  TimeRange range{0, now};
  if (!request.till.empty()) {
    const auto till = TimeFlag("--till", request.till);
    if (!till) return std::unexpected(till.error());
    range.till = *till;
  }
  if (!request.from.empty()) {
    const auto from = TimeFlag("--from", request.from);
    if (!from) return std::unexpected(from.error());
    range.from = *from;
  } else {
    const auto last = ParseDuration(request.last);
    if (!last) return Fail(ErrorCode::kUsage, "--last: " + last.error().message);
    range.from = range.till - std::chrono::duration_cast<std::chrono::seconds>(*last).count();
  }
  if (range.from > range.till) return Fail(ErrorCode::kUsage, "--from is later than --till");
  return range;
}

Result<std::vector<Item>> ItemsOf(const Request& request, Connector& zabbix, const World& world) {
  std::vector<std::uint64_t> itemids;
  for (const std::string& text : request.items) {
    const auto itemid = ParseUint(text);
    if (!itemid) return Fail(ErrorCode::kUsage, "--item '" + text + "': expected an item id");
    itemids.push_back(*itemid);
  }
  auto items = zabbix.FindItems(itemids, world.stop);
  if (!items) return items;
  for (const std::uint64_t itemid : itemids)
    if (std::ranges::find(*items, itemid, &Item::itemid) == items->end())
      return Fail(ErrorCode::kConfig,
                  fmt::format("item {}: not to be found, or the account may not read it", itemid));
  return items;
}

Result<ExitCode> PrintHistory(const Request& request, Connector& zabbix, const World& world) {
  const auto range = RangeOf(request, EpochSeconds(world.clock.Now()));
  if (!range) return std::unexpected(range.error());
  const auto items = ItemsOf(request, zabbix, world);
  if (!items) return std::unexpected(items.error());
  std::vector<ItemValue> values;
  const auto read = zabbix.ReadHistory(
      *items, range->from, range->till,
      [&](std::vector<ItemValue> page) -> Result<void> {
        std::ranges::move(page, std::back_inserter(values));
        return {};
      },
      world.stop);
  if (!read) return std::unexpected(read.error());
  std::ranges::sort(values, {}, [](const ItemValue& value) {
    return std::tuple(value.itemid, value.clock, value.ns);
  });
  fmt::print("{}",
             request.json ? HistoryJson(values) : HistoryTable(values, *items, world.on_terminal));
  return ExitCode::kOk;
}

}  // namespace

Result<ExitCode> RunCommand(const Request& request, const Config& config, const World& world) {
  if (request.command == "check") return PrintCheck(request, config, world);
  if (config.zabbix.url.empty())
    return Fail(ErrorCode::kConfig,
                "no Zabbix server is configured: set url in [zabbix], or ZABBIX_URL");
  Connector zabbix(world.http, config.zabbix);
  if (request.command == "version") return PrintVersion(request, zabbix, world);
  if (request.command == "hosts") return PrintHosts(request, zabbix, world);
  if (request.command == "items") return PrintItems(request, config, zabbix, world);
  return PrintHistory(request, zabbix, world);
}

}  // namespace mon::zabbix_connector
