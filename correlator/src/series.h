#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace mon::correlator {

/// One line of the infrastructure file. `value` is a view into the text it was read from.
struct ItemRow {
  std::uint64_t itemid = 0;
  std::int64_t clock = 0;
  std::string_view value;
};

/// Reads `timestamp,response_time_ms,error_rate` lines; the times in the order of the lines.
/// `text` is the whole file (it is changed, see CsvReader), `name` is for messages.
/// Errors: kInvalidData, "A.csv line 3: expected …, found …".
[[nodiscard]] Result<std::vector<std::int64_t>> ReadApplication(std::string& text,
                                                                std::string_view name);

/// Reads `itemid,clock,value` lines, likewise; sorted by itemid and clock, of duplicates only the
/// last. The values live as long as `text`.
[[nodiscard]] Result<std::vector<ItemRow>> ReadInfrastructure(std::string& text,
                                                              std::string_view name);

}  // namespace mon::correlator
