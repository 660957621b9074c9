#include "config_env.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "common/text.h"

namespace mon::config {

namespace {

/// The variable that names a file of authorities; NAME_FILE has no second meaning there.
constexpr std::string_view kNoTwin = "CA_FILE";

std::string_view Unquote(std::string_view value) {
  const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                      value.front() == value.back();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool IsName(std::string_view name) {
  constexpr std::string_view kLetters =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !name.empty() && name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace

Variables Variables::OfProcess() {
  Variables result;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    std::string name(text.substr(0, equals));
    Variable variable{std::string(text.substr(equals + 1)), name};
    result.variables_.emplace(std::move(name), std::move(variable));
  }
  return result;
}

Variables Variables::Of(const std::map<std::string, std::string>& values) {
  Variables result;
  for (const auto& [name, value] : values) result.variables_[name] = {value, name};
  return result;
}

Result<Variables> Variables::OfFile(const std::filesystem::path& path,
                                    std::vector<std::string>& warnings) {
  const Result<std::string> text = ReadTextFile(path);
  if (!text) return std::unexpected(text.error());
  Variables result;
  result.base_ = path.parent_path();
  std::string_view rest = *text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);  // a byte order mark
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (Trim(line).empty() || line.starts_with('#')) continue;
    if (line.starts_with("export ")) line = line.substr(7);
    const std::size_t equals = line.find('=');
    const std::string where = fmt::format("{}:{}", path.string(), number);
    if (equals == std::string_view::npos || !IsName(line.substr(0, equals))) {
      warnings.push_back(where + " is skipped: expected NAME=value, no blanks before the =");
      continue;
    }
    std::string name(line.substr(0, equals));
    Variable variable{std::string(Unquote(line.substr(equals + 1))),
                      fmt::format("{} in {}", name, where)};
    result.variables_[std::move(name)] = std::move(variable);
  }
  return result;
}

const Variables::Variable* Variables::Find(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() || found->second.value.empty() ? nullptr : &found->second;
}

std::vector<Given> Variables::Give(std::string_view name, std::string_view key) const {
  std::vector<Given> given;
  const auto add = [&](const Variable* variable, bool is_twin) {
    if (variable == nullptr) return;
    RawValue value{variable->value, Origin::kEnvironment, variable->where, base_, ""};
    given.push_back({std::string(key), is_twin, std::move(value), 0});
  };
  add(Find(name), false);
  if (name != kNoTwin) add(Find(std::string(name) + "_FILE"), true);
  return given;
}

}  // namespace mon::config
