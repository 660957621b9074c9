#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "config_value.h"

namespace mon::config {

/// One [[application]], [[rule]] and the like.
struct Entry {
  std::string where;  ///< "monitoring.toml:12"
  std::size_t line = 0;
  std::vector<Given> values;
};

/// The file in the shape of the settings' tables; what has another shape is refused in `findings`.
struct FileLayer {
  std::vector<Given> plain;  ///< full keys: "mysql.user"
  std::vector<Entry> applications;
  std::vector<Entry> rules;
  std::vector<Entry> routes;
  std::vector<Entry> inhibitions;
  std::vector<Entry> receivers;
  std::vector<Entry> contexts;
};

/// Passes over the top-level keys `of_others`. kConfig where the file cannot be read or is not
/// TOML.
[[nodiscard]] Result<FileLayer> ReadConfigFile(const std::filesystem::path& path,
                                               std::span<const std::string> of_others,
                                               Findings& findings);

}  // namespace mon::config
