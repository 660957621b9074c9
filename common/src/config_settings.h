#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config.h"
#include "config_value.h"

namespace mon::config {

/// One value of the configuration: its key in the file, its environment variable, how it is read
/// and how it is shown. These tables are the only place that knows; the file, the environment,
/// --show-config and the documentation's test all go by them.
template <typename Section>
struct Setting {
  std::string_view key;          ///< as in the file: "mysql.user", in [[application]] just "url"
  std::string_view environment;  ///< empty: none
  bool secret = false;           ///< masked, and has a `…_file` twin in the file
  bool required = false;         ///< in each [[application]] or [[rule]]
  bool is_table = false;         ///< of free names: headers
  /// Settings of one group with different choices exclude each other.
  std::string_view group;
  int choice = 0;

  /// What was expected, where the value is refused.
  std::function<std::optional<std::string>(Section&, const RawValue&)> set;
  std::function<std::string(const Section&)> show;  ///< a TOML value; empty: not set
  std::function<void(Section&)> reset;              ///< to the default
  std::function<Secret*(Section&)> secret_at;       ///< of a secret that is no table
};

[[nodiscard]] const std::vector<Setting<Config>>& PlainSettings();
[[nodiscard]] const std::vector<Setting<ApplicationConfig>>& ApplicationSettings();
[[nodiscard]] const std::vector<Setting<RuleConfig>>& RuleSettings();
[[nodiscard]] const std::vector<Setting<RouteConfig>>& RouteSettings();
[[nodiscard]] const std::vector<Setting<InhibitConfig>>& InhibitSettings();
[[nodiscard]] const std::vector<Setting<ReceiverConfig>>& ReceiverSettings();
[[nodiscard]] const std::vector<Setting<ContextConfig>>& ContextSettings();

/// The port of servers that name none: a variable, and no key of its own in the file.
struct MysqlPort {
  std::uint16_t port = 3306;
};
[[nodiscard]] const std::vector<Setting<MysqlPort>>& MysqlPortSettings();

}  // namespace mon::config
