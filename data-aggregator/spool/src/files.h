#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/descriptor.h"
#include "common/error.h"

namespace mon::data_aggregator {

/// kIo: "spool FILE: WHAT: the reason in errno".
[[nodiscard]] std::unexpected<Error> FileError(const std::filesystem::path& file,
                                               std::string_view what);

/// What is left of it from its position on, of at most `most` bytes. Errors: kIo.
[[nodiscard]] Result<std::string> ReadUpTo(const Descriptor& file, std::size_t most,
                                           const std::filesystem::path& name);

/// Writes all of it, from the file's position on. Errors: kIo.
[[nodiscard]] Result<void> WriteAll(const Descriptor& file, std::string_view bytes,
                                    const std::filesystem::path& name);

/// Makes a file's appearance, new name or removal in `directory` last.
[[nodiscard]] Result<void> SyncDirectory(const std::filesystem::path& directory);

}  // namespace mon::data_aggregator
