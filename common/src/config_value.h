#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::config {

/// A value of the file that no setting takes (a date, a table), by the name of its type.
struct OtherType {
  std::string name;
};

/// One value as a layer gives it, before it has a meaning.
struct RawValue {
  /// The environment and the flags give text alone.
  std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, OtherType> data;
  Origin origin = Origin::kFile;
  std::string where;           ///< "monitoring.toml:12", "MYSQL_HOST", "--interval"
  std::filesystem::path base;  ///< directory that relative paths start from
  std::string sub;             ///< below a key that is a table of free names: the header's name

  [[nodiscard]] const std::string* Text() const { return std::get_if<std::string>(&data); }
};

/// A value that one layer gives to one setting.
struct Given {
  std::string key;       ///< within its section, as in the file: "password"
  bool is_twin = false;  ///< the value is the path of a file that holds the value
  RawValue value;
  std::size_t line = 0;  ///< in the file; 0 elsewhere
};

/// What loading finds out on its way.
struct Findings {
  struct Problem {
    std::size_t line = 0;
    std::string text;
    bool is_usage = false;  ///< about a flag
  };
  std::vector<Problem> problems;  ///< in the order of the file
  std::vector<std::string> warnings;
  Origins origins;
  bool of_flags = false;  ///< what is refused now is wrong usage

  void Refuse(std::size_t line, std::string text);
  void SetOrigin(const std::string& key, OriginOf origin);
  void EraseOrigin(std::string_view key);
  [[nodiscard]] const OriginOf* FindOrigin(std::string_view key) const;
  /// The problems as one error; only to be called where there are some.
  [[nodiscard]] Error ToError() const;
};

/// What stands in `value`, for "found …"; nothing of a secret but its type.
[[nodiscard]] std::string Describe(const RawValue& value, bool secret);

/// "mysql.port" in front of a message: file, line and key, or the variable or flag alone.
[[nodiscard]] std::string Label(const RawValue& value, std::string_view full_key);

/// `path` as it is meant in a file that lies in `base`: absolute, without . and ..
[[nodiscard]] std::filesystem::path Resolve(const std::filesystem::path& base,
                                            const std::filesystem::path& path);

/// A whole text file of at most 1 MiB. kConfig where it cannot be read.
[[nodiscard]] Result<std::string> ReadTextFile(const std::filesystem::path& path);

/// The one line that a `…_file` holds, without its line end. kConfig where it cannot be read, is
/// empty or holds more than a line.
[[nodiscard]] Result<std::string> ReadValueFile(const std::filesystem::path& path);

/// True where everyone on this host can read the regular file `path`. What a container platform
/// mounts below /run/secrets is readable inside that container alone, and does not count.
[[nodiscard]] bool IsWorldReadable(const std::filesystem::path& path);

}  // namespace mon::config
