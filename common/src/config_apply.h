#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/nearest.h"
#include "config_settings.h"
#include "config_value.h"

namespace mon::config {

/// Gives one layer's values to one section: `prefix` + key is the full name of a value. Values of a
/// lower layer are replaced, and with them the alternatives of their group.
template <typename Section>
class LayerApplier {
 public:
  LayerApplier(const std::vector<Setting<Section>>& settings, std::string prefix, Section& section,
               Findings& findings)
      : settings_(settings), prefix_(std::move(prefix)), section_(section), findings_(findings) {}

  void Apply(const std::vector<Given>& layer) {
    for (const Given& given : layer) Assign(given);
  }

  /// The setting that `key` of the file names, and whether it names its `…_file` twin.
  [[nodiscard]] static std::pair<const Setting<Section>*, bool> Find(
      const std::vector<Setting<Section>>& settings, std::string_view key) {
    for (const Setting<Section>& setting : settings) {
      if (key == setting.key) return {&setting, false};
    }
    constexpr std::string_view kTwin = "_file";
    if (!key.ends_with(kTwin)) return {nullptr, false};
    key.remove_suffix(kTwin.size());
    for (const Setting<Section>& setting : settings) {
      if (setting.secret && !setting.is_table && key == setting.key) return {&setting, true};
    }
    return {nullptr, false};
  }

 private:
  void Assign(const Given& given) {
    const Setting<Section>* setting = Find(settings_, given.key).first;
    if (setting == nullptr) return RefuseUnknown(given);
    if (IsUnset(*setting, given)) return;
    if (!Claim(*setting, given)) return;
    if (!given.is_twin) return Set(*setting, given.value, given.line, {});
    ReadTwin(*setting, given);
  }

  /// An empty text is the same as no value where the default is nothing, too.
  [[nodiscard]] static bool IsUnset(const Setting<Section>& setting, const Given& given) {
    const std::string* text = given.value.Text();
    return text != nullptr && text->empty() && given.value.sub.empty() &&
           (given.is_twin || setting.show(Section{}).empty());
  }

  void ReadTwin(const Setting<Section>& setting, const Given& given) {
    const std::string label = Label(given.value, FullKey(setting, given.value) + "_file");
    if (given.value.Text() == nullptr || given.value.Text()->empty()) {
      return findings_.Refuse(given.line,
                              fmt::format("{}: found {}, expected the path of a file", label,
                                          Describe(given.value, setting.secret)));
    }
    const std::filesystem::path path = Resolve(given.value.base, *given.value.Text());
    Result<std::string> text = ReadValueFile(path);
    if (!text) return findings_.Refuse(given.line, label + ": " + text.error().message);
    if (setting.secret && IsWorldReadable(path)) {
      findings_.warnings.push_back(fmt::format("{}: everyone can read {}", label, path.string()));
    }
    RawValue value = given.value;
    value.data = *std::move(text);
    value.base = path.parent_path();
    Set(setting, value, given.line, path);
  }

  void Set(const Setting<Section>& setting, const RawValue& value, std::size_t line,
           const std::filesystem::path& twin) {
    const std::string full = FullKey(setting, value);
    if (const auto expected = setting.set(section_, value)) {
      return findings_.Refuse(line, fmt::format("{}: found {}, expected {}", Label(value, full),
                                                Describe(value, setting.secret), *expected));
    }
    if (setting.secret && value.Text() != nullptr && *value.Text() == kMaskedSecret) {
      findings_.warnings.push_back(Label(value, full) + " is the mask of a secret, not a secret");
    }
    findings_.SetOrigin(prefix_ + std::string(setting.key), {value.origin, value.where, twin});
    // Each entry of a table may come from a file of its own.
    if (setting.is_table) findings_.SetOrigin(full, {value.origin, value.where, twin});
  }

  /// Notes that this layer sets `setting`; false where it has set it, or an alternative, before.
  bool Claim(const Setting<Section>& setting, const Given& given) {
    const std::string full = FullKey(setting, given.value);
    for (const auto& [other, name] : claimed_) {
      const bool same = other == &setting && name == full;
      const bool excluded = !setting.group.empty() && other->group == setting.group &&
                            other->choice != setting.choice;
      if (!same && !excluded) continue;
      findings_.Refuse(given.line, fmt::format("{}: {}", Label(given.value, full),
                                               same ? "given as a value and as a file, or twice"
                                                    : "excludes " + name + ", choose one"));
      return false;
    }
    const bool first = std::ranges::find(claimed_, &setting, &Claimed::first) == claimed_.end();
    claimed_.emplace_back(&setting, full);
    if (setting.is_table && first) setting.reset(section_);
    for (const Setting<Section>& other : settings_) {
      if (setting.group.empty() || other.group != setting.group || other.choice == setting.choice) {
        continue;
      }
      other.reset(section_);
      findings_.EraseOrigin(prefix_ + std::string(other.key));
    }
    return true;
  }

  void RefuseUnknown(const Given& given) {
    std::vector<std::string_view> known;
    for (const Setting<Section>& setting : settings_) known.push_back(setting.key);
    const std::string_view near = Nearest(given.key, known);
    findings_.Refuse(
        given.line,
        fmt::format("{}: unknown key{}{}{}", Label(given.value, prefix_ + given.key),
                    near.empty() ? "" : ", did you mean \"", near, near.empty() ? "" : "\"?"));
  }

  [[nodiscard]] std::string FullKey(const Setting<Section>& setting, const RawValue& value) const {
    return fmt::format("{}{}{}{}", prefix_, setting.key, value.sub.empty() ? "" : ".", value.sub);
  }

  using Claimed = std::pair<const Setting<Section>*, std::string>;

  const std::vector<Setting<Section>>& settings_;
  std::string prefix_;
  Section& section_;
  Findings& findings_;
  std::vector<Claimed> claimed_;
};

}  // namespace mon::config
