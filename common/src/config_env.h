#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config_value.h"

namespace mon::config {

/// Variables of one layer: those of the process, or those of an environment file.
class Variables {
 public:
  struct Variable {
    std::string value;
    std::string where;  ///< "MYSQL_HOST" or "MYSQL_HOST in .env:3"
  };

  Variables() = default;

  /// The process's own environment.
  [[nodiscard]] static Variables OfProcess();
  [[nodiscard]] static Variables Of(const std::map<std::string, std::string>& values);

  /// `NAME=value` lines: an optional `export ` before them, blank lines and lines that begin with
  /// `#` skipped, one pair of outer quotes removed, everything else literal. A line of another
  /// shape is skipped with a warning; it is never quoted, it may hold a secret.
  [[nodiscard]] static Result<Variables> OfFile(const std::filesystem::path& path,
                                                std::vector<std::string>& warnings);

  /// nullptr where it is unset or empty.
  [[nodiscard]] const Variable* Find(std::string_view name) const;

  /// The directory that relative paths start from; empty: the current one.
  [[nodiscard]] const std::filesystem::path& Base() const { return base_; }

  /// The values that this layer gives to the variable `name`, by NAME or NAME_FILE, for `key`.
  [[nodiscard]] std::vector<Given> Give(std::string_view name, std::string_view key) const;

 private:
  std::map<std::string, Variable, std::less<>> variables_;
  std::filesystem::path base_;
};

}  // namespace mon::config
