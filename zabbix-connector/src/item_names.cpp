#include "item_names.h"

#include <optional>

namespace mon::zabbix_connector {
namespace {

bool IsDigit(char c) { return c >= '1' && c <= '9'; }

/// Reads one parameter from the front of `rest` and leaves what follows its end.
std::string TakeQuoted(std::string_view& rest) {
  std::string parameter;
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.starts_with("\\\"")) rest.remove_prefix(1);
    parameter += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return parameter;
}

std::string TakeList(std::string_view& rest) {
  const auto end = rest.find(']');
  const auto size = end == std::string_view::npos ? rest.size() : end + 1;
  std::string parameter(rest.substr(0, size));
  rest.remove_prefix(size);
  return parameter;
}

std::string TakePlain(std::string_view& rest) {
  const auto size = std::min(rest.find_first_of(",]"), rest.size());
  std::string parameter(rest.substr(0, size));
  rest.remove_prefix(size);
  return parameter;
}

/// The end of the macro that begins at `begin`, npos if it has none. A context may be quoted and
/// then hold braces.
std::size_t MacroEnd(std::string_view text, std::size_t begin) {
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '}' && !quoted) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::optional<std::string> Find(const std::string& macro,
                                const std::vector<const Macros*>& scopes) {
  for (const Macros* scope : scopes)
    if (const auto found = scope->find(macro); found != scope->end()) return found->second;
  return std::nullopt;
}

std::optional<std::string> ValueOf(const std::string& macro,
                                   const std::vector<const Macros*>& scopes) {
  if (auto value = Find(macro, scopes)) return value;
  const auto colon = macro.find(':');
  return colon == std::string::npos ? std::nullopt : Find(macro.substr(0, colon) + "}", scopes);
}

}  // namespace

std::vector<std::string> KeyParameters(std::string_view key) {
  std::vector<std::string> parameters;
  const auto open = key.find('[');
  if (open == std::string_view::npos) return parameters;
  std::string_view rest = key.substr(open + 1);
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const char first = rest.empty() ? ']' : rest.front();
    parameters.push_back(first == '"'   ? TakeQuoted(rest)
                         : first == '[' ? TakeList(rest)
                                        : TakePlain(rest));
    const auto next = rest.find(',');
    if (next == std::string_view::npos) return parameters;
    rest.remove_prefix(next + 1);
  }
}

std::string ResolvePositions(std::string_view name, std::string_view key) {
  std::string resolved;
  std::vector<std::string> parameters;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '$' || i + 1 == name.size() || !IsDigit(name[i + 1])) {
      resolved += name[i];
      continue;
    }
    if (parameters.empty()) parameters = KeyParameters(key);
    const auto position = static_cast<std::size_t>(name[++i] - '1');
    if (position < parameters.size()) resolved += parameters[position];
  }
  return resolved;
}

bool HasUserMacro(std::string_view name) { return name.find("{$") != std::string_view::npos; }

std::string ResolveUserMacros(std::string_view name, const std::vector<const Macros*>& scopes) {
  std::string resolved;
  while (!name.empty()) {
    const auto begin = name.find("{$");
    const auto end = begin == std::string_view::npos ? begin : MacroEnd(name, begin);
    if (end == std::string_view::npos) break;
    const std::string macro(name.substr(begin, end - begin));
    resolved += name.substr(0, begin);
    resolved += ValueOf(macro, scopes).value_or(macro);
    name.remove_prefix(end);
  }
  return resolved.append(name);
}

}  // namespace mon::zabbix_connector
