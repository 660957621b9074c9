#include "dispatch/matcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/text.h"

namespace mon::dispatch {
namespace {

/// std::regex matches by recursion: values and expressions are kept short enough for any stack.
constexpr std::size_t kLongestRegex = 256;
constexpr std::size_t kLongestValue = 1024;

bool IsNameChar(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Matcher>> Parse() {
    SkipBlanks();
    const bool braces = Take('{');
    std::vector<Matcher> matchers;
    SkipBlanks();
    while (at_ < text_.size() && text_[at_] != '}') {
      auto matcher = One();
      if (!matcher) return std::unexpected(matcher.error());
      matchers.push_back(*std::move(matcher));
      SkipBlanks();
      if (!Take(',')) break;
      SkipBlanks();
    }
    if (braces && !Take('}')) return Expected("',' or '}'");
    SkipBlanks();
    if (at_ < text_.size()) return Expected("',' or the end");
    return matchers;
  }

 private:
  Result<Matcher> One() {
    Matcher matcher;
    while (at_ < text_.size() && IsNameChar(text_[at_], matcher.name.empty())) {
      matcher.name += text_[at_++];
    }
    if (matcher.name.empty()) return Expected("the name of a label");
    SkipBlanks();
    bool is_regex = false;
    if (Take('=')) {
      is_regex = Take('~');
    } else if (Take('!')) {
      matcher.negative = true;
      is_regex = Take('~');
      if (!is_regex && !Take('=')) return Expected("'!=' or '!~'");
    } else {
      return Expected("one of = != =~ !~");
    }
    SkipBlanks();
    const auto value_at = at_;
    if (auto value = Value(); value) {
      matcher.value = *std::move(value);
    } else {
      return std::unexpected(value.error());
    }
    if (!is_regex) return matcher;
    if (auto compiled = Compile(matcher, value_at); !compiled) {
      return std::unexpected(compiled.error());
    }
    return matcher;
  }

  Result<std::string> Value() {
    std::string value;
    if (!Take('"')) {
      constexpr std::string_view kEnds = ",{}\"' \t";
      while (at_ < text_.size() && !kEnds.contains(text_[at_])) value += text_[at_++];
      if (value.empty()) return Expected("a value in quotes");
      return value;
    }
    while (at_ < text_.size() && text_[at_] != '"') {
      const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                           (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
      if (escaped) ++at_;
      value += text_[at_++];
    }
    if (!Take('"')) return Expected("'\"' at the end of the value");
    return value;
  }

  Result<void> Compile(Matcher& matcher, std::size_t at) const {
    std::string why = fmt::format("at most {} bytes", kLongestRegex);
    if (matcher.value.size() <= kLongestRegex) {
      try {
        matcher.regex.emplace(matcher.value, std::regex::ECMAScript | std::regex::optimize);
        return {};
      } catch (const std::regex_error&) {
        why = "a regular expression";
      }
    }
    return Fail(ErrorCode::kConfig, fmt::format("at column {}: expected {}, found {}", at + 1, why,
                                                QuoteJson(matcher.value)));
  }

  std::unexpected<Error> Expected(std::string_view what) const {
    const auto rest = at_ < text_.size() ? QuoteJson(text_.substr(at_, 20)) : "the end";
    return Fail(ErrorCode::kConfig,
                fmt::format("at column {}: expected {}, found {}", at_ + 1, what, rest));
  }

  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool Equals(const Matcher& matcher, const std::string& value) {
  if (!matcher.regex) return value == matcher.value;
  return value.size() <= kLongestValue && std::regex_match(value, *matcher.regex);
}

bool Holds(const Matcher& matcher, const Labels& labels) {
  const auto [first, last] = labels.equal_range(matcher.name);
  const bool any =
      first == last ? Equals(matcher, "") : std::any_of(first, last, [&](const auto& label) {
        return Equals(matcher, label.second);
      });
  return any != matcher.negative;
}

}  // namespace

Result<std::vector<Matcher>> ParseMatchers(std::string_view text) { return Parser(text).Parse(); }

std::string ToText(std::span<const Matcher> matchers) {
  std::string text;
  for (const auto& matcher : matchers) {
    std::string value;
    for (const char c : matcher.value) {
      if (c == '"' || c == '\\') value += '\\';
      value += c;
    }
    text += fmt::format("{}{}{}{}\"{}\"", text.empty() ? "" : ", ", matcher.name,
                        matcher.negative ? "!"
                        : matcher.regex  ? "="
                                         : "",
                        matcher.regex ? "~" : "=", value);
  }
  return text;
}

bool Matches(std::span<const Matcher> matchers, const Labels& labels) {
  return std::ranges::all_of(matchers,
                             [&](const Matcher& matcher) { return Holds(matcher, labels); });
}

}  // namespace mon::dispatch
