#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "mysql/connection.h"

namespace mon::mysql {

/// How many of `values` (row-major) one statement takes that may have `rows` of them: whole rows,
/// at least one, and about 1 MB at most.
[[nodiscard]] std::size_t ValuesOfNext(std::span<const Value> values, std::size_t columns,
                                       std::size_t rows);

/// "HEAD VALUES (?,?) TAIL".
[[nodiscard]] std::string InsertStatement(std::string_view head, std::size_t columns,
                                          std::size_t rows, std::string_view tail);

/// One prepared statement for up to 1,000 rows. `execute` runs it and gives the affected rows; with
/// `kept` the same statement comes again. Their sum.
std::uint64_t InsertInGroups(
    std::string_view head, std::size_t columns, std::span<const Value> values,
    std::string_view tail,
    const std::function<std::uint64_t(const std::string& sql, std::span<const Value> params,
                                      bool kept)>& execute);

}  // namespace mon::mysql
