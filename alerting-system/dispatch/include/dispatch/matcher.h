#pragma once

#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "dispatch/labels.h"

namespace mon::dispatch {

/// One condition on labels, as Alertmanager has them.
struct Matcher {
  std::string name;
  bool negative = false;            ///< != or !~
  std::string value;                ///< as it was written; of =~ and !~ the regular expression
  std::optional<std::regex> regex;  ///< of =~ and !~, for the whole value
};

/// `severity="critical", application=~"shop.*"`; braces around it and quotes around simple values
/// may be left out; in quotes, `\` stands before `"` and `\`. Empty text: no condition. Regular
/// expressions are those of ECMAScript.
/// Errors: kConfig with the column and what was expected.
[[nodiscard]] Result<std::vector<Matcher>> ParseMatchers(std::string_view text);

/// As ParseMatchers reads it.
[[nodiscard]] std::string ToText(std::span<const Matcher> matchers);

/// All conditions hold: of = and =~ where any value of that name matches, of != and !~ where none
/// does. A label that is not there has the value "".
[[nodiscard]] bool Matches(std::span<const Matcher> matchers, const Labels& labels);

}  // namespace mon::dispatch
