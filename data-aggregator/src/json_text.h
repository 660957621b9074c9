#pragma once

#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::data_aggregator {

/// What stands for NaN, Infinity and -Infinity in JSON that went through `PrepareJson`.
inline constexpr std::string_view kNotFinite{"\0not a finite number", 20};

/// Looks over JSON text before it is parsed: refuses nesting deeper than `nesting` (kBadReply), and
/// replaces the words NaN, Infinity and -Infinity, which are no JSON but are written by some
/// (Python's json.dumps among them), by a text that no answer holds by accident. So they can be
/// told from a body that is broken.
[[nodiscard]] Result<std::string> PrepareJson(std::string_view body, std::size_t nesting);

}  // namespace mon::data_aggregator
