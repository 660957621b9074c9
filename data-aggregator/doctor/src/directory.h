#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "common/error.h"

namespace mon::data_aggregator::doctor {

struct DirectoryState {
  bool exists = false;  ///< false: it can be made
  std::uint64_t free_bytes = 0;
};

/// Whether files can be made, synced and removed in `directory`, or, where it is not there yet, in
/// the nearest directory above it: tried with an empty file. Errors: kIo, with what was tried and
/// why it failed.
[[nodiscard]] Result<DirectoryState> TryDirectory(const std::filesystem::path& directory);

/// How to mend that.
[[nodiscard]] std::string DirectoryRemedy(const std::filesystem::path& directory,
                                          const std::string& setting);

}  // namespace mon::data_aggregator::doctor
