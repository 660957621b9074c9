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

using Headers = std::vector<std::pair<std::string, Secret>>;

Secret* FindHeader(Headers& headers, std::string_view name) {
  const auto found = std::ranges::find(headers, name, &Headers::value_type::first);
  return found == headers.end() ? nullptr : &found->second;
}

/// `key` behind its "application[" or "receiver[": "0].headers.X-Key".
template <typename Section>
Secret* FindInEntry(std::vector<Section>& sections, const std::vector<Setting<Section>>& settings,
                    std::string_view key) {
  constexpr std::string_view kHeaders = "headers.";
  const std::size_t end = key.find("].");
  const auto index = ParseUint(key.substr(0, end));
  if (!index || *index >= sections.size()) return nullptr;
  Section& section = sections[*index];
  const std::string_view name = key.substr(end + 2);
  if (name.starts_with(kHeaders)) return FindHeader(section.headers, name.substr(kHeaders.size()));
  return FindIn(section, settings, name);
}

/// By its full key: "mysql.password", "application[0].headers.X-Key". Null where it is no secret.
Secret* FindSecret(Config& config, std::string_view key) {
  constexpr std::string_view kApplication = "application[";
  constexpr std::string_view kReceiver = "receiver[";
  if (key.starts_with(kApplication)) {
    key.remove_prefix(kApplication.size());
    return FindInEntry(config.applications, ApplicationSettings(), key);
  }
  if (key.starts_with(kReceiver)) {
    key.remove_prefix(kReceiver.size());
    return FindInEntry(config.receivers, ReceiverSettings(), key);
  }
  return FindIn(config, PlainSettings(), key);
}

}  // namespace
}  // namespace config

Result<bool> RereadSecretFiles(LoadedConfig& loaded) {
  bool changed = false;
  for (const auto& [key, origin] : loaded.origins) {
    if (origin.value_file.empty()) continue;
    Secret* secret = config::FindSecret(loaded.config, key);
    if (secret == nullptr) continue;
    Result<std::string> text = config::ReadValueFile(origin.value_file);
    if (!text) return Context(key, text.error());
    if (secret->Reveal() == *text) continue;
    *secret = Secret(*std::move(text));
    changed = true;
  }
  return changed;
}

}  // namespace mon
