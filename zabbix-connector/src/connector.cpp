#include "zabbix_connector/connector.h"

#include "history_reader.h"
#include "host_query.h"
#include "item_query.h"
#include "session.h"

namespace mon::zabbix_connector {

struct Connector::Impl {
  Impl(http::Client& http, const ZabbixConfig& config) : session(http, config) {}

  Session session;
  ItemQueries items{session};
  HistoryReader history{session};
};

Connector::Connector(http::Client& http, const ZabbixConfig& config)
    : impl_(std::make_unique<Impl>(http, config)) {}

Connector::~Connector() = default;

Result<std::vector<ResolvedHosts>> Connector::ResolveHosts(
    std::span<const HostSelection> selections, std::stop_token stop) {
  auto resolved = zabbix_connector::ResolveHosts(impl_->session, selections, stop);
  if (!resolved) return resolved;
  for (const ResolvedHosts& one : *resolved) impl_->items.Remember(one.hosts);
  return resolved;
}

Result<ResolvedHosts> Connector::ResolveHosts(const HostSelection& selection,
                                              std::stop_token stop) {
  auto resolved = ResolveHosts({&selection, 1}, std::move(stop));
  if (!resolved) return std::unexpected(std::move(resolved.error()));
  return std::move(resolved->front());
}

Result<std::vector<Item>> Connector::ListItems(const ItemQuery& query, std::stop_token stop) {
  return impl_->items.List(query, std::move(stop));
}

Result<void> Connector::ReadHistory(std::span<const Item> items, std::int64_t from,
                                    std::int64_t till, const Sink& sink, std::stop_token stop) {
  return impl_->history.Read(items, from, till, sink, std::move(stop));
}

Result<std::string> Connector::ServerVersion(std::stop_token stop) {
  auto version = impl_->session.ServerVersion(std::move(stop));
  if (!version) return std::unexpected(std::move(version.error()));
  return std::move(version->text);
}

Result<std::vector<HostInfo>> Connector::SearchHosts(std::string_view text, std::stop_token stop) {
  return zabbix_connector::SearchHosts(impl_->session, text, std::move(stop));
}

Result<std::vector<Item>> Connector::FindItems(std::span<const std::uint64_t> itemids,
                                               std::stop_token stop) {
  return impl_->items.Find(itemids, std::move(stop));
}

Result<std::vector<LastValue>> Connector::ReadLastValues(std::span<const std::uint64_t> itemids,
                                                         std::stop_token stop) {
  return impl_->items.LastValues(itemids, std::move(stop));
}

}  // namespace mon::zabbix_connector
