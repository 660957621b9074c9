#include "data_aggregator/part.h"

#include <fmt/format.h>

namespace mon::data_aggregator {

bool Part::Owns(const ApplicationConfig& application) const {
  return !owns || owns("application:" + application.name);
}

bool Part::OwnsHost(std::uint64_t hostid) const {
  return !owns || owns(fmt::format("zabbix host:{}", hostid));
}

}  // namespace mon::data_aggregator
