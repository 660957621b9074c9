#include "sources.h"

namespace mon::data_aggregator {
namespace {

std::unique_ptr<http::Client> ClientOf(const Config& config) {
  return http::MakeCurlClient({.ca_file = config.ca_file});
}

}  // namespace

Sources::Sources(const Config& config, const World& world, Readings readings)
    : applications_(ClientOf(config)),
      zabbix_http_(config.zabbix.url.empty() ? nullptr : ClientOf(config)),
      zabbix_(zabbix_http_ ? world.connect_zabbix(*zabbix_http_, config.zabbix) : nullptr),
      cycle_(config, *applications_, zabbix_.get(), readings) {}

}  // namespace mon::data_aggregator
