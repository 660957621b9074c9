#pragma once

#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "chunk_size.h"
#include "common/zabbix_source.h"
#include "session.h"
#include "zabbix_connector/connector.h"

namespace mon::zabbix_connector {

/// Asks item.get, in pieces that the server can serve.
class ItemQueries {
 public:
  /// `session` must outlive this object.
  explicit ItemQueries(Session& session) : session_(session) {}

  /// Spares a later question for the names of these hosts.
  void Remember(std::span<const ZabbixHost> hosts);

  [[nodiscard]] Result<std::vector<Item>> List(const ItemQuery& query, std::stop_token stop);
  [[nodiscard]] Result<std::vector<Item>> Find(std::span<const std::uint64_t> itemids,
                                               std::stop_token stop);
  [[nodiscard]] Result<std::vector<LastValue>> LastValues(std::span<const std::uint64_t> itemids,
                                                          std::stop_token stop);

 private:
  template <typename Take>
  Result<void> InChunks(std::span<const std::uint64_t> ids, ChunkSize& size, const char* ids_name,
                        const std::string& other_params, const Take& take, std::stop_token stop);
  Result<std::vector<Item>> Read(std::span<const std::uint64_t> ids, ChunkSize& size,
                                 const char* ids_name, const std::string& other_params,
                                 std::stop_token stop);
  Result<void> NameHosts(std::vector<Item>& items, std::stop_token stop);
  Result<void> AddHostTags(std::span<const std::uint64_t> hostids, std::vector<Item>& items,
                           std::stop_token stop);
  Result<void> ResolveNames(std::vector<Item>& items, std::stop_token stop);

  Session& session_;
  std::map<std::uint64_t, std::string> host_names_;  ///< technical names
  ChunkSize hosts_{50, 200};
  ChunkSize items_{500, 2'000};
  ChunkSize last_values_{200, 500};  ///< two look-ups an item: the dearest call there is
};

}  // namespace mon::zabbix_connector
