#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mon::data_aggregator {

/// The statements of an SQL script, as a client would send them: split at `;` outside of quotes,
/// `-- ` comments left out.
[[nodiscard]] std::vector<std::string> SplitStatements(std::string_view script);

}  // namespace mon::data_aggregator
