#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mon::zabbix_connector {

/// User macros by their whole spelling: "{$APP}", "{$LIMIT:/var}".
using Macros = std::map<std::string, std::string>;

/// The parameters of an item key, quotes removed: system.cpu.util[all,"user",avg1] has three. A
/// list in brackets is one parameter, as written. Empty where the key has none.
[[nodiscard]] std::vector<std::string> KeyParameters(std::string_view key);

/// $1 to $9 of a name of before 6.0, from the parameters of its key; a missing one is empty.
[[nodiscard]] std::string ResolvePositions(std::string_view name, std::string_view key);

[[nodiscard]] bool HasUserMacro(std::string_view name);

/// User macros of a name. `scopes` in the order in which they are asked: host, its templates level
/// by level, global. A macro with context is looked for with it in all scopes, then without.
/// Regular expressions as contexts are not evaluated; what is not found stays as it is written, as
/// do macros in quotes that never end. (Zabbix manual, "User macros" and "User macros with
/// context".)
[[nodiscard]] std::string ResolveUserMacros(std::string_view name,
                                            const std::vector<const Macros*>& scopes);

}  // namespace mon::zabbix_connector
