#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/zabbix_source.h"
#include "http/http_client.h"

namespace mon::zabbix_connector {

struct HostInfo {
  ZabbixHost host;
  bool monitored = true;            ///< false: disabled in Zabbix, no new values
  std::vector<std::string> groups;  ///< names
};

/// The newest value that item.get knows. Zabbix looks for it in the last 24 hours (a setting of its
/// frontend); where it finds none it answers zero at time zero, which is no value at all.
struct LastValue {
  std::uint64_t itemid = 0;
  std::int64_t clock = 0;  ///< s
  std::string text;        ///< exactly as Zabbix has it
};

/// A client of the Zabbix API from 5.0 to 7.4 (manual: "API", and the API changes of each release).
///
///     auto http = http::MakeCurlClient({.ca_file = config.ca_file});
///     Connector zabbix(*http, config.zabbix);
///     auto hosts = zabbix.ResolveHosts({.hosts = {"10105", "db-1"}}, stop);
///
/// Which version it speaks to is asked at the first call. Login, one new login when the session has
/// ended, and the logout on destruction happen by themselves; after a refused login the next try is
/// made a minute later at the earliest, or Zabbix would block the account. Large answers are asked
/// for in pieces that shrink when the server cannot serve them and grow again when it can; these
/// sizes and the session are kept between calls, so keep the object. One thread at a time.
class Connector final : public ZabbixSource {
 public:
  /// `http` must outlive the connector. Nothing is sent yet.
  Connector(http::Client& http, const ZabbixConfig& config);
  ~Connector() override;

  [[nodiscard]] Result<std::vector<ResolvedHosts>> ResolveHosts(
      std::span<const HostSelection> selections, std::stop_token stop) override;
  /// Of one selection.
  [[nodiscard]] Result<ResolvedHosts> ResolveHosts(const HostSelection& selection,
                                                   std::stop_token stop);
  [[nodiscard]] Result<std::vector<Item>> ListItems(const ItemQuery& query,
                                                    std::stop_token stop) override;
  [[nodiscard]] Result<void> ReadHistory(std::span<const Item> items, std::int64_t from,
                                         std::int64_t till, const Sink& sink,
                                         std::stop_token stop) override;

  /// "6.0.14".
  [[nodiscard]] Result<std::string> ServerVersion(std::stop_token stop);
  /// Hosts whose technical or visible name contains `text` (all hosts where it is empty), by name.
  [[nodiscard]] Result<std::vector<HostInfo>> SearchHosts(std::string_view text,
                                                          std::stop_token stop);
  /// Items by id, whatever their state or type; unknown ids are left out.
  [[nodiscard]] Result<std::vector<Item>> FindItems(std::span<const std::uint64_t> itemids,
                                                    std::stop_token stop);
  /// By itemid; items without a known value are left out.
  [[nodiscard]] Result<std::vector<LastValue>> ReadLastValues(
      std::span<const std::uint64_t> itemids, std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::zabbix_connector
