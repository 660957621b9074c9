#pragma once

#include <memory>

#include "common/config.h"
#include "common/zabbix_source.h"
#include "data_aggregator/cycle.h"
#include "data_aggregator/runs.h"
#include "http/http_client.h"

namespace mon::data_aggregator {

/// The clients of all sources that a configuration names, and the cycle that reads them.
class Sources {
 public:
  /// `config` must outlive it.
  Sources(const Config& config, const World& world, Readings readings);
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  [[nodiscard]] data_aggregator::Cycle& Cycle() { return cycle_; }

 private:
  // Zabbix is read beside the applications: each has a client of its own.
  std::unique_ptr<http::Client> applications_;
  std::unique_ptr<http::Client> zabbix_http_;
  std::unique_ptr<ZabbixSource> zabbix_;
  data_aggregator::Cycle cycle_;
};

}  // namespace mon::data_aggregator
