#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace mon {

/// One reading of an application. Times are epoch seconds UTC.
struct ApplicationSample {
  std::string application;
  std::int64_t timestamp = 0;         ///< the application's own time of the sample, s
  std::int64_t response_time_ms = 0;  ///< ms, >= 0
  float error_rate = 0;               ///< 0 to 1, a FLOAT in MySQL and compared at that precision
  std::int64_t skew_seconds = 0;      ///< HTTP Date minus our clock when it was read; 0 if unknown
};

/// How Zabbix stores an item's values (the `value_type` of its API).
enum class ValueType {
  kFloat = 0,
  kCharacter = 1,
  kLog = 2,
  kUnsigned = 3,
  kText = 4,
  kBinary = 5
};

/// An item of a monitored host as Zabbix describes it. Unsupported items carry `state` 1 and their
/// error.
struct Item {
  std::uint64_t itemid = 0;
  std::uint64_t hostid = 0;
  std::string host;  ///< technical name of the host
  std::string name;  ///< macros resolved
  std::string key;   ///< "system.cpu.load[all,avg1]"
  std::string units;
  ValueType value_type = ValueType::kFloat;
  int state = 0;               ///< 0 normal, 1 not supported
  std::string error;           ///< why it is not supported
  std::set<std::string> tags;  ///< of it and of its host: "role=db", or "role" without a value
};

/// One value of an item. `text` is exactly what Zabbix sent; numbers are parsed from it where they
/// are needed.
struct ItemValue {
  std::uint64_t itemid = 0;
  std::int64_t clock = 0;  ///< s
  std::uint32_t ns = 0;
  ValueType value_type = ValueType::kFloat;
  std::string text;
};

struct ZabbixHost {
  std::uint64_t hostid = 0;
  std::string host;          ///< technical name
  std::string name;          ///< visible name
  bool maintenance = false;  ///< Zabbix has it in maintenance now
};

}  // namespace mon
