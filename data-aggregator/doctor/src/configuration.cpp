#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "checks.h"

namespace mon::data_aggregator::doctor {
namespace {

bool IsSecret(std::string_view key) {
  constexpr std::array<std::string_view, 2> kEndings = {"password", "token"};
  return key.contains(".headers.") ||
         std::ranges::any_of(kEndings, [&](std::string_view end) { return key.ends_with(end); });
}

/// The file that a value was read from; empty where it was a variable or a flag. Variables of an
/// environment file are told as "NAME in FILE:LINE", those of the configuration as "FILE:LINE".
std::filesystem::path FileOf(const OriginOf& origin, const std::filesystem::path& config_file) {
  if (origin.origin == Origin::kFile) return config_file;
  constexpr std::string_view kIn = " in ";
  const auto in = origin.detail.find(kIn);
  const auto line = origin.detail.rfind(':');
  if (origin.origin != Origin::kEnvironment || in == std::string::npos || line <= in) return {};
  return origin.detail.substr(in + kIn.size(), line - in - kIn.size());
}

bool EveryoneReads(const std::filesystem::path& file) {
  struct stat status{};
  return stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

/// Files with secrets in their own text, and private keys. The files of a single secret are looked
/// at when the configuration is loaded: their warnings are among the loaded ones.
std::set<std::filesystem::path> SecretFiles(const LoadedConfig& loaded) {
  std::set<std::filesystem::path> files;
  for (const auto& [key, origin] : loaded.origins)
    if (IsSecret(key) && origin.value_file.empty()) files.insert(FileOf(origin, loaded.file));
  for (const ApplicationConfig& application : loaded.config.applications)
    files.insert(application.tls_key);
  files.erase("");
  return files;
}

Outcome Examine(const LoadedConfig& loaded) {
  Outcome outcome;
  outcome.Ok("file", loaded.file.empty() ? "none; defaults and the environment are used"
                                         : loaded.file.string() + " is good");
  for (const std::string& warning : loaded.warnings)
    outcome.Warn("file", warning,
                 warning.contains("everyone can read")
                     ? "let only the account that runs the programs read it: chmod o-rwx"
                     : "correct it, or take it out; --show-config shows where each value is from");
  for (const auto& file : SecretFiles(loaded))
    if (EveryoneReads(file))
      outcome.Warn(
          "permissions", fmt::format("everyone can read {}, which holds secrets", file.string()),
          fmt::format("let only the account that runs the programs read it: chmod o-rwx {}",
                      file.string()));
  return outcome;
}

}  // namespace

std::vector<Check> ConfigurationChecks(const LoadedConfig& loaded) {
  return {{Group::kConfiguration, "configuration",
           [&loaded](const std::stop_token&) { return Examine(loaded); }}};
}

}  // namespace mon::data_aggregator::doctor
