#pragma once

#include <string>
#include <string_view>

namespace mon {

/// A number for people, in the unit that Zabbix gives an item: "12.4", "97 %", "1.5 GB", "15.2 K".
/// Four digits at most. "B" and "Bps" go by 1024, other units from 10,000 on by 1000; units that
/// Zabbix does not scale ("!ms", "%", "s", "ms", "rpm", "uptime", "unixtime") keep the number.
[[nodiscard]] std::string ReadableNumber(double value, std::string_view units = {});

}  // namespace mon
