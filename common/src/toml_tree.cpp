#include "common/toml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/nearest.h"
#include "common/text.h"
#include "config_value.h"
#include "toml.h"

namespace mon {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestDescription = 512;

TomlNode NodeOf(const toml::node& node);

TomlNode::Table TableOf(const toml::table& table) {
  TomlNode::Table out;
  for (const auto& [key, value] : table) {
    auto& member = out.members.emplace_back(NodeOf(value));
    member.key = key.str();
    if (!value.is_array_of_tables()) member.line = key.source().begin.line;
  }
  // toml++ gives keys in alphabetical order; people read files from the top.
  std::ranges::stable_sort(out.members, {}, &TomlNode::line);
  return out;
}

TomlNode NodeOf(const toml::node& node) {
  TomlNode out;
  out.line = node.source().begin.line;
  if (const auto* text = node.as_string()) {
    out.data = text->get();
  } else if (const auto* whole = node.as_integer()) {
    out.data = whole->get();
  } else if (const auto* number = node.as_floating_point()) {
    out.data = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.data = flag->get();
  } else if (const auto* table = node.as_table()) {
    out.data = TableOf(*table);
  } else if (const auto* array = node.as_array()) {
    TomlNode::List list;
    for (const toml::node& element : *array) list.push_back(NodeOf(element));
    out.data = std::move(list);
  } else {
    out.data = TomlNode::OtherType{"a date or time"};
  }
  return out;
}

std::string Describe(const TomlNode& node) {
  struct Describer {
    std::string operator()(const TomlNode::OtherType& other) const { return other.name; }
    std::string operator()(const std::string& text) const { return QuoteJson(CleanUtf8(text, 64)); }
    std::string operator()(std::int64_t number) const {
      return fmt::format("the number {}", number);
    }
    std::string operator()(double number) const { return fmt::format("the number {}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const TomlNode::List& list) const {
      return fmt::format("an array of {}", list.size());
    }
    std::string operator()(const TomlNode::Table&) const { return "a table"; }
  };
  return std::visit(Describer{}, node.data);
}

}  // namespace

const TomlNode* TomlNode::Find(std::string_view name) const {
  const auto* table = std::get_if<Table>(&data);
  if (table == nullptr) return nullptr;
  const auto found = std::ranges::find(table->members, name, &TomlNode::key);
  return found == table->members.end() ? nullptr : &*found;
}

Result<TomlNode> ReadToml(const std::filesystem::path& path) {
  const auto text = config::ReadTextFile(path);
  if (!text) return Fail(ErrorCode::kNotFound, text.error().message);
  try {
    TomlNode root;
    root.line = 1;
    root.data = TableOf(toml::parse(*text));
    return root;
  } catch (const toml::parse_error& error) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{}:{}: {}", path.string(), error.source().begin.line,
                            EscapeControls(CleanUtf8(error.description(), kLongestDescription))));
  }
}

void TomlProblems::Add(std::size_t line, std::string_view text) {
  const auto place = std::ranges::upper_bound(problems_, line, {}, &Problem::line);
  problems_.insert(place, {line, std::string(text)});
}

Error TomlProblems::ToError() const {
  std::string text;
  for (std::size_t i = 0; i < std::min(problems_.size(), kMostProblems); ++i) {
    const auto& problem = problems_[i];
    text +=
        fmt::format("{}{}:{}: {}", i == 0 ? "" : "\n", path_.string(), problem.line, problem.text);
  }
  if (problems_.size() > kMostProblems) {
    text += fmt::format("\nand more, {} in all", problems_.size());
  }
  return {ErrorCode::kInvalidData, std::move(text)};
}

TomlTable::TomlTable(const TomlNode& node, std::string name, TomlProblems& problems)
    : node_(&node), name_(std::move(name)), problems_(&problems) {}

std::optional<std::string> TomlTable::Text(std::string_view key) {
  const auto* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&node->data)) return *text;
  Expected(key, "a text in quotes");
  return std::nullopt;
}

std::string TomlTable::RequiredText(std::string_view key) {
  if (node_->Find(key) == nullptr) Refuse(key, "is missing");
  return Text(key).value_or("");
}

std::optional<std::chrono::seconds> TomlTable::Duration(std::string_view key) {
  const auto text = Text(key);
  if (!text) return std::nullopt;
  const auto duration = ParseDuration(*text);
  if (duration && duration->count() % 1000 == 0) {
    return std::chrono::duration_cast<std::chrono::seconds>(*duration);
  }
  Expected(key, "whole seconds such as \"90s\", \"5m\"");
  return std::nullopt;
}

std::chrono::seconds TomlTable::RequiredDuration(std::string_view key) {
  if (node_->Find(key) == nullptr) Refuse(key, "is missing");
  return Duration(key).value_or(std::chrono::seconds(0));
}

std::optional<std::vector<std::string>> TomlTable::Texts(std::string_view key) {
  const auto* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  if (const auto* list = std::get_if<TomlNode::List>(&node->data)) {
    for (const auto& element : *list) {
      if (const auto* text = std::get_if<std::string>(&element.data)) texts.push_back(*text);
    }
    if (texts.size() == list->size()) return texts;
  }
  Expected(key, "an array of texts");
  return std::nullopt;
}

std::optional<std::vector<const TomlNode*>> TomlTable::Tables(std::string_view key) {
  const auto* node = Ask(key);
  if (node == nullptr) return std::nullopt;
  std::vector<const TomlNode*> tables;
  if (const auto* list = std::get_if<TomlNode::List>(&node->data)) {
    for (const auto& element : *list) {
      if (std::holds_alternative<TomlNode::Table>(element.data)) tables.push_back(&element);
    }
    if (tables.size() == list->size()) return tables;
  }
  Expected(key, fmt::format("tables, as {} = [ {{…}}, {{…}} ] or each as [[{}{}{}]]", key, name_,
                            name_.empty() ? "" : ".", key));
  return std::nullopt;
}

void TomlTable::RefuseOthers() {
  const auto* table = std::get_if<TomlNode::Table>(&node_->data);
  if (table == nullptr) return;
  for (const auto& member : table->members) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    const auto near = Nearest(member.key, known_);
    Refuse(member.key,
           near.empty() ? "unknown key" : fmt::format("unknown key, did you mean \"{}\"?", near));
  }
}

void TomlTable::Refuse(std::string_view key, std::string_view what) {
  const auto* node = node_->Find(key);
  problems_->Add(node == nullptr ? node_->line : node->line,
                 fmt::format("{}{}{}: {}", name_, name_.empty() ? "" : ".",
                             EscapeControls(CleanUtf8(key, 64)), what));
}

const TomlNode* TomlTable::Ask(std::string_view key) {
  known_.push_back(key);
  return node_->Find(key);
}

void TomlTable::Expected(std::string_view key, std::string_view what) {
  Refuse(key, fmt::format("found {}, expected {}", Describe(*node_->Find(key)), what));
}

}  // namespace mon
