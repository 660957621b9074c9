#include <algorithm>
#include <string_view>
#include <utility>

#include "common/config.h"
#include "common/text.h"
#include "config_settings.h"
#include "config_value.h"

namespace mon {

namespace config {
namespace {

template <typename Section>
Secret* FindIn(Section& section, const std::vector<Setting<Section>>& settings,
               std::string_view key) {
  const auto found = std::ranges::find(settings, key, &Setting<Section>::key);
  return found != settings.end() && found->secret_at ? found->secret_at(section) : nullptr;
}

Secret* FindHeader(ApplicationConfig& application, std::string_view name) {
  const auto found =
      std::ranges::find(application.headers, name, &std::pair<std::string, Secret>::first);
  return found == application.headers.end() ? nullptr : &found->second;
}

/// By its full key: "mysql.password", "application[0].headers.X-Key". Null where it is no secret.
Secret* FindSecret(Config& config, std::string_view key) {
  constexpr std::string_view kApplication = "application[";
  constexpr std::string_view kHeaders = "headers.";
  if (!key.starts_with(kApplication)) return FindIn(config, PlainSettings(), key);
  const std::size_t end = key.find("].");
  const auto index = ParseUint(key.substr(kApplication.size(), end - kApplication.size()));
  if (!index || *index >= config.applications.size()) return nullptr;
  ApplicationConfig& application = config.applications[*index];
  const std::string_view name = key.substr(end + 2);
  if (name.starts_with(kHeaders)) return FindHeader(application, name.substr(kHeaders.size()));
  return FindIn(application, ApplicationSettings(), name);
}

}  // namespace
}  // namespace config

Result<bool> RereadSecretFiles(LoadedConfig& loaded) {
  bool changed = false;
  for (const OriginOf& origin : loaded.origins) {
    if (origin.value_file.empty()) continue;
    Secret* secret = config::FindSecret(loaded.config, origin.key);
    if (secret == nullptr) continue;
    Result<std::string> text = config::ReadValueFile(origin.value_file);
    if (!text) return Context(origin.key, text.error());
    if (secret->Reveal() == *text) continue;
    *secret = Secret(*std::move(text));
    changed = true;
  }
  return changed;
}

}  // namespace mon
