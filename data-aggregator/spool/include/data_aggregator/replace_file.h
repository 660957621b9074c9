#pragma once

#include <filesystem>
#include <string_view>

#include "common/error.h"

namespace mon::data_aggregator {

/// Replaces `file` as a whole: a crash leaves the old text or the new one. With `durable` not
/// before the disk has the new one. Errors: kIo with the file's name and why.
[[nodiscard]] Result<void> ReplaceFile(const std::filesystem::path& file, std::string_view text,
                                       bool durable);

}  // namespace mon::data_aggregator
