#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "common/config.h"
#include "common/text.h"
#include "config_settings.h"

namespace mon {

namespace config {
namespace {

constexpr std::size_t kCommentColumn = 44;

std::string OriginText(const OriginOf* origin) {
  if (origin == nullptr) return "default";
  switch (origin->origin) {
    case Origin::kDefault:
      return "default";
    case Origin::kFile:
      return "file " + origin->detail;
    case Origin::kEnvironment:
      return "environment " + origin->detail;
    case Origin::kFlag:
      return "flag " + origin->detail;
  }
  return "default";
}

std::string Line(const std::string& assignment, const std::string& comment) {
  const std::size_t width = DisplayWidth(assignment);
  const std::string gap(width < kCommentColumn ? kCommentColumn - width : 1, ' ');
  return fmt::format("{}{} # {}\n", assignment, gap, EscapeControls(comment));
}

/// One setting of a section; `key` as it stands below the section's header.
template <typename Section>
std::string Show(const LoadedConfig& loaded, const Setting<Section>& setting,
                 const Section& section, std::string_view key, const std::string& full_key) {
  const OriginOf* origin = FindOrigin(loaded, full_key);
  const std::string value = setting.show(section);
  // What is not set stays visible, as a comment: it reads back as not set.
  if (value.empty()) return Line(fmt::format("# {} =", key), OriginText(origin) + ": not set");
  if (setting.secret && !setting.is_table && origin != nullptr && !origin->value_file.empty()) {
    return Line(fmt::format("{}_file = {}", key, QuoteJson(origin->value_file.string())),
                OriginText(origin));
  }
  return Line(fmt::format("{} = {}", key, value), OriginText(origin));
}

std::string ShowPlain(const LoadedConfig& loaded) {
  std::string text;
  std::string_view current;
  for (const Setting<Config>& setting : PlainSettings()) {
    const std::size_t dot = setting.key.find('.');
    const std::string_view section =
        dot == std::string_view::npos ? std::string_view() : setting.key.substr(0, dot);
    const std::string_view key = section.empty() ? setting.key : setting.key.substr(dot + 1);
    if (section != current) text += fmt::format("\n[{}]\n", section);
    current = section;
    const bool has_socket = !loaded.config.mysql.socket.empty();
    if (setting.key == "mysql.hosts" && has_socket) {
      text += Line("# hosts =", "not used beside a socket");
      continue;
    }
    text += Show(loaded, setting, loaded.config, key, std::string(setting.key));
  }
  return text;
}

template <typename Section>
std::string ShowEntries(const LoadedConfig& loaded, std::string_view name,
                        const std::vector<Setting<Section>>& settings,
                        const std::vector<Section>& sections) {
  std::string text;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    text += fmt::format("\n[[{}]]\n", name);
    for (const Setting<Section>& setting : settings) {
      text += Show(loaded, setting, sections[i], setting.key,
                   fmt::format("{}[{}].{}", name, i, setting.key));
    }
  }
  return text;
}

}  // namespace
}  // namespace config

std::string ShowConfig(const LoadedConfig& loaded) {
  return config::ShowPlain(loaded) +
         config::ShowEntries(loaded, "application", config::ApplicationSettings(),
                             loaded.config.applications) +
         config::ShowEntries(loaded, "rule", config::RuleSettings(), loaded.config.rules) +
         config::ShowEntries(loaded, "route", config::RouteSettings(), loaded.config.routes) +
         config::ShowEntries(loaded, "inhibit", config::InhibitSettings(),
                             loaded.config.inhibitions) +
         config::ShowEntries(loaded, "receiver", config::ReceiverSettings(),
                             loaded.config.receivers) +
         config::ShowEntries(loaded, "context", config::ContextSettings(), loaded.config.contexts);
}

}  // namespace mon
