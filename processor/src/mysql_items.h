#pragma once

#include <map>
#include <optional>
#include <span>

#include "common/config.h"
#include "items.h"
#include "mysql/connection.h"

namespace mon::processor {

/// The items as MySQL has them. What hosts, items and read positions it has read it keeps: make a
/// new one for each pass. `connection` and `config` must outlive it.
///
/// Hosts of an application: table `application_hosts` (what the aggregator resolved), else the
/// host ids and technical names of its configuration. `hyphenmon` with no host, group or tag
/// configured is related to every item.
class MysqlItems final : public ItemSource {
 public:
  MysqlItems(mysql::Connection& connection, const Config& config)
      : connection_(&connection), config_(&config) {}

  [[nodiscard]] Result<void> Expect(std::span<const std::string> applications) override;
  [[nodiscard]] Result<std::span<const RelatedItem>> Related(
      const std::string& application) override;
  [[nodiscard]] Result<std::vector<RelatedItem>> OnHost(const std::string& application,
                                                        const std::string& host) override;
  [[nodiscard]] Result<std::vector<std::optional<std::int64_t>>> Spacings(
      std::span<const RelatedItem* const> items) override;
  [[nodiscard]] Result<std::vector<ItemValues>> Series(std::span<const RelatedItem* const> items,
                                                       std::int64_t from, std::int64_t to) override;
  [[nodiscard]] Result<std::vector<ItemValues>> SeriesWithTexts(
      std::span<const RelatedItem* const> items, std::int64_t from, std::int64_t to) override;
  [[nodiscard]] Result<std::vector<std::optional<ItemPoint>>> LastBefore(
      std::span<const RelatedItem* const> items, std::int64_t before) override;
  [[nodiscard]] Result<bool> HaveHistory(std::span<const RelatedItem* const> items) override;
  [[nodiscard]] Result<std::optional<std::int64_t>> ReadUntil(std::uint64_t hostid) override;

 private:
  struct Host {
    std::string name;
    std::int64_t read_until = 0;
  };

  Result<void> LoadHosts();
  using HostIds = std::vector<std::uint64_t>;
  Result<std::vector<RelatedItem>> LoadItems(const std::optional<HostIds>& hosts);
  void AddHostsCalled(const std::string& wanted, HostIds& hosts) const;
  std::optional<HostIds> HostsOf(const std::string& application) const;
  Result<void> LoadSpacings(std::span<const RelatedItem* const> items);
  Result<void> LookForHistory(std::span<const RelatedItem* const> items);
  Result<std::vector<ItemValues>> WithNewest(std::span<const RelatedItem* const> items,
                                             std::int64_t from, std::int64_t to,
                                             Result<std::vector<ItemValues>> series);

  mysql::Connection* connection_;
  const Config* config_;
  bool hosts_loaded_ = false;
  std::map<std::uint64_t, Host> hosts_;
  std::map<std::string, std::vector<std::uint64_t>> application_hosts_;
  std::map<std::string, std::vector<RelatedItem>> related_;        // by application
  std::map<std::string, std::vector<RelatedItem>> on_host_;        // by the host's name in a rule
  std::map<std::uint64_t, bool> has_history_;                      // by itemid, as far as asked
  std::map<std::uint64_t, std::optional<std::int64_t>> spacings_;  // likewise
};

}  // namespace mon::processor
