#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "mysql/connection.h"

namespace mon::alerting_system {

/// What the commands of this program print: members in the order in which they are written.
using Json = nlohmann::ordered_json;

/// The last line of a dry run.
inline constexpr const char* kNothingChanged = "a dry run: nothing was changed\n";

/// `text`, cut to what a cell of a table holds; --format json has it whole.
[[nodiscard]] std::string Short(const std::string& text);

/// On one line.
[[nodiscard]] std::string Dump(const Json& json);

/// An array with each element on a line of its own.
[[nodiscard]] std::string DumpLines(const std::vector<Json>& elements);

template <typename T>
[[nodiscard]] Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
[[nodiscard]] Json OrNull(const std::string& text);  ///< empty: null

/// The time of the database server, whose clock decides what holds; epoch seconds.
[[nodiscard]] Result<std::int64_t> ServerNow(mysql::Connection& connection);

}  // namespace mon::alerting_system
