#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mon::zabbix_connector {

/// A point in time as a person types it: epoch seconds, or in UTC "YYYY-MM-DD", "YYYY-MM-DD HH:MM"
/// or "YYYY-MM-DD HH:MM:SS", with a T for the blank if one likes.
[[nodiscard]] std::optional<std::int64_t> ParseTime(std::string_view text);

}  // namespace mon::zabbix_connector
