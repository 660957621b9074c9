#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "common/config.h"

namespace mon::data_aggregator {

/// What of the sources a cycle reads: all, unless several daemons share them.
struct Part {
  /// Of "application:NAME" and "zabbix host:HOSTID"; empty: every one.
  std::function<bool(std::string_view target)> owns{};
  /// Whether it does what only one of them may: the list of all hosts, and whose they are.
  bool first = true;

  [[nodiscard]] bool Owns(const ApplicationConfig& application) const;
  [[nodiscard]] bool OwnsHost(std::uint64_t hostid) const;
};

}  // namespace mon::data_aggregator
