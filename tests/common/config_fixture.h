#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/config.h"
#include "support/child_process.h"

namespace mon::test {

/// Loads configurations from a directory of its own, which is the current one meanwhile.
class ConfigTest : public testing::Test {
 protected:
  ConfigTest() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(directory_.Path());
  }
  ~ConfigTest() override { std::filesystem::current_path(before_); }

  /// Writes a file of that directory; its whole path.
  std::string Write(const std::string& name, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(directory_.Path()) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path.string();
  }

  [[nodiscard]] std::string Path(const std::string& name) const {
    return (std::filesystem::path(directory_.Path()) / name).string();
  }

  using Environment = std::map<std::string, std::string>;

  Result<LoadedConfig> TryLoad(const std::string& toml, Environment environment = {},
                               std::vector<FlagValue> flags = {}) {
    Write("monitoring.toml", toml);
    options_.config_file = "monitoring.toml";
    environment.emplace("HOME", directory_.Path());
    options_.environment = std::move(environment);
    options_.flags = std::move(flags);
    return LoadConfig(options_);
  }

  LoadedConfig Load(const std::string& toml, Environment environment = {},
                    std::vector<FlagValue> flags = {}) {
    Result<LoadedConfig> loaded = TryLoad(toml, std::move(environment), std::move(flags));
    if (loaded) return *std::move(loaded);
    ADD_FAILURE() << loaded.error().message;
    LoadedConfig nothing;
    nothing.config.applications.emplace_back();
    nothing.config.rules.emplace_back();
    return nothing;
  }

  /// The message with which a configuration is refused.
  std::string Refusal(const std::string& toml, Environment environment = {},
                      std::vector<FlagValue> flags = {}) {
    const Result<LoadedConfig> loaded = TryLoad(toml, std::move(environment), std::move(flags));
    if (!loaded) return loaded.error().message;
    ADD_FAILURE() << "accepted: " << toml;
    return {};
  }

  LoadOptions options_;

 private:
  TemporaryDirectory directory_;
  std::filesystem::path before_;
};

}  // namespace mon::test
