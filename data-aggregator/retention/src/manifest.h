#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "compressed_file.h"
#include "data_aggregator/retention.h"
#include "row_format.h"

namespace mon::data_aggregator::archive {

/// What stands beside each file of the archive: what is in it, and how to see that it is whole.
struct Manifest {
  std::string table;
  Day day{};
  std::size_t part = 1;  ///< later ones hold rows that came late, and newer values
  std::string file;      ///< its name, in the same directory
  std::uint64_t rows = 0;
  std::vector<Column> columns;
  std::vector<std::string> key;  ///< rows are sorted by these columns
  std::string first_row;         ///< the key of the first row, separated by tabs
  std::string last_row;
  Fingerprint fingerprint;
  std::string schema;      ///< of the database, "1.8"
  std::string written_at;  ///< "2025-06-15 15:06:40", UTC
};

[[nodiscard]] std::string ToJson(const Manifest& manifest);

/// Errors: kNotFound where it cannot be read, kInvalidData where it is damaged, kConfig where a
/// newer program wrote it; all name the file.
[[nodiscard]] Result<Manifest> ReadManifest(const std::filesystem::path& file);

}  // namespace mon::data_aggregator::archive
