#include "config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "common/nearest.h"
#include "common/text.h"
#include "config_apply.h"
#include "toml.h"

namespace mon::config {

namespace {

constexpr std::string_view kTwin = "_file";
constexpr std::array<std::string_view, 6> kLists = {"application", "context", "inhibit",
                                                    "receiver",    "route",   "rule"};

/// The name of a TOML type in a sentence.
std::string TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array that holds other things than texts";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    default:
      return "another type";
  }
}

/// toml++ gives keys in alphabetical order; people read files from the top.
void SortByLine(std::vector<Given>& values) {
  std::ranges::sort(values, {}, [](const Given& given) {
    return std::tuple(given.line, std::string_view(given.key), std::string_view(given.value.sub));
  });
}

class Reader {
 public:
  Reader(const std::filesystem::path& path, Findings& findings)
      : path_(path), base_(path.parent_path()), findings_(findings) {
    for (const auto& setting : PlainSettings()) {
      const std::size_t dot = setting.key.find('.');
      if (dot != std::string_view::npos) sections_.insert(setting.key.substr(0, dot));
    }
  }

  FileLayer Read(const toml::table& root, std::span<const std::string> of_others) {
    for (const auto& [key, node] : root) {
      if (std::ranges::find(of_others, key.str()) == of_others.end()) ReadTop(key, node);
    }
    SortByLine(layer_.plain);
    return std::move(layer_);
  }

 private:
  void ReadTop(const toml::key& key, const toml::node& node) {
    const std::string_view name = key.str();
    if (name == "application") {
      return ReadEntries(key, node, ApplicationSettings(), layer_.applications);
    }
    if (name == "rule") return ReadEntries(key, node, RuleSettings(), layer_.rules);
    if (name == "route") return ReadEntries(key, node, RouteSettings(), layer_.routes);
    if (name == "receiver") return ReadEntries(key, node, ReceiverSettings(), layer_.receivers);
    if (name == "context") return ReadEntries(key, node, ContextSettings(), layer_.contexts);
    if (name == "inhibit") return ReadEntries(key, node, InhibitSettings(), layer_.inhibitions);
    if (!sections_.contains(name)) {
      if (node.is_table() || node.is_array_of_tables()) return RefuseSection(key);
      return ReadValue(layer_.plain, "", key, node, ApplierOf<Config>{PlainSettings()});
    }
    if (const toml::table* table = node.as_table()) {
      const std::string prefix = std::string(name) + ".";
      for (const auto& [inner, value] : *table) {
        ReadValue(layer_.plain, prefix, inner, value, ApplierOf<Config>{PlainSettings()});
      }
      return;
    }
    findings_.Refuse(Line(key),
                     fmt::format("{}: {}: expected one table, [{}]", Where(Line(key)), name, name));
  }

  template <typename Section>
  void ReadEntries(const toml::key& key, const toml::node& node,
                   const std::vector<Setting<Section>>& settings, std::vector<Entry>& entries) {
    const std::string_view name = key.str();
    const toml::array* array = node.as_array();
    if (array == nullptr || !node.is_array_of_tables()) {
      return findings_.Refuse(Line(key), fmt::format("{}: {}: expected tables, each as [[{}]]",
                                                     Where(Line(key)), name, name));
    }
    for (const toml::node& element : *array) {
      Entry entry{Where(Line(element)), Line(element), {}};
      for (const auto& [inner, value] : *element.as_table()) {
        ReadValue(entry.values, "", inner, value, ApplierOf<Section>{settings});
      }
      SortByLine(entry.values);
      entries.push_back(std::move(entry));
    }
  }

  template <typename Section>
  struct ApplierOf {
    const std::vector<Setting<Section>>& settings;
  };

  template <typename Section>
  void ReadValue(std::vector<Given>& values, const std::string& prefix, const toml::key& key,
                 const toml::node& node, const ApplierOf<Section>& known) {
    const std::string name = prefix + std::string(key.str());
    const auto [setting, is_twin] = LayerApplier<Section>::Find(known.settings, name);
    if (const toml::table* table = node.as_table(); table != nullptr && !is_twin) {
      if (setting != nullptr && setting->is_table) {
        return ReadTable(values, name, *table, setting->secret);
      }
      // The keys of a table inside a section are known by their full names: fields.timestamp.
      if (setting == nullptr && IsPrefix(known.settings, name + ".")) {
        for (const auto& [inner, value] : *table) {
          ReadValue(values, name + ".", inner, value, known);
        }
        return;
      }
    }
    Add(values, setting == nullptr ? name : std::string(setting->key), is_twin, key, node, "");
  }

  /// A table of free names, each of which may have a `…_file` twin where they are secrets.
  void ReadTable(std::vector<Given>& values, const std::string& name, const toml::table& table,
                 bool secret) {
    for (const auto& [inner, value] : table) {
      std::string_view sub = inner.str();
      const bool is_twin = secret && sub.ends_with(kTwin);
      if (is_twin) sub.remove_suffix(kTwin.size());
      Add(values, name, is_twin, inner, value, std::string(sub));
    }
  }

  void Add(std::vector<Given>& values, std::string name, bool is_twin, const toml::key& key,
           const toml::node& node, std::string sub) {
    Given given{std::move(name), is_twin, {}, Line(key)};
    given.value = {ToData(node), Origin::kFile, Where(given.line), base_, std::move(sub)};
    values.push_back(std::move(given));
  }

  static decltype(RawValue::data) ToData(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    const toml::array* array = node.as_array();
    if (array == nullptr) return OtherType{TypeName(node)};
    std::vector<std::string> texts;
    for (const toml::node& element : *array) {
      const auto* text = element.as_string();
      if (text == nullptr) return OtherType{TypeName(node)};
      texts.push_back(text->get());
    }
    return texts;
  }

  template <typename Section>
  static bool IsPrefix(const std::vector<Setting<Section>>& settings, std::string_view prefix) {
    return std::ranges::any_of(
        settings, [prefix](const auto& setting) { return setting.key.starts_with(prefix); });
  }

  void RefuseSection(const toml::key& key) {
    std::vector<std::string_view> known(sections_.begin(), sections_.end());
    known.insert(known.end(), kLists.begin(), kLists.end());
    const std::string_view near = Nearest(key.str(), known);
    const bool list = std::ranges::find(kLists, near) != kLists.end();
    findings_.Refuse(Line(key),
                     fmt::format("{}: unknown table {}{}", Where(Line(key)), QuoteJson(key.str()),
                                 near.empty() ? std::string()
                                 : list       ? fmt::format(", did you mean [[{}]]?", near)
                                              : fmt::format(", did you mean [{}]?", near)));
  }

  static std::size_t Line(const toml::key& key) { return key.source().begin.line; }
  static std::size_t Line(const toml::node& node) { return node.source().begin.line; }
  [[nodiscard]] std::string Where(std::size_t line) const {
    return fmt::format("{}:{}", path_.string(), line);
  }

  const std::filesystem::path& path_;
  std::filesystem::path base_;
  Findings& findings_;
  std::set<std::string_view> sections_;
  FileLayer layer_;
};

}  // namespace

Result<FileLayer> ReadConfigFile(const std::filesystem::path& path,
                                 std::span<const std::string> of_others, Findings& findings) {
  const Result<std::string> text = ReadTextFile(path);
  if (!text) return std::unexpected(text.error());
  try {
    return Reader(path, findings).Read(toml::parse(*text), of_others);
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kConfig,
                fmt::format("{}:{}: {}", path.string(), error.source().begin.line,
                            EscapeControls(CleanUtf8(error.description(), 512))));
  }
}

}  // namespace mon::config
