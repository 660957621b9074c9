#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <stop_token>
#include <vector>

#include "common/error.h"
#include "item_names.h"
#include "session.h"

namespace mon::zabbix_connector {

/// The user macros that are in force on some hosts, as far as the account may read them: their own,
/// those of their templates and the global ones. Secret ones are left out.
class MacroTables {
 public:
  /// Three calls, and one for each further level of templates.
  [[nodiscard]] static Result<MacroTables> Read(Session& session,
                                                std::span<const std::uint64_t> hostids,
                                                std::stop_token stop);
  [[nodiscard]] std::string Resolve(std::string_view name, std::uint64_t hostid) const;

 private:
  Result<void> ReadTemplates(Session& session, std::span<const std::uint64_t> hostids,
                             std::stop_token stop);
  Result<void> ReadMacros(Session& session, std::span<const std::uint64_t> hostids,
                          std::stop_token stop);

  std::map<std::uint64_t, std::vector<std::uint64_t>> parents_;  ///< by host or template, sorted
  std::map<std::uint64_t, Macros> macros_;                       ///< by host or template
  Macros global_;
};

}  // namespace mon::zabbix_connector
