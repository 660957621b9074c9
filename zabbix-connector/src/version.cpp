#include "version.h"

#include <charconv>
#include <tuple>

namespace mon::zabbix_connector {
namespace {

/// Reads digits from the front of `text`, and the dot behind them where there is one.
std::optional<int> TakeNumber(std::string_view& text) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with('.')) text.remove_prefix(1);
  return number;
}

}  // namespace

std::strong_ordering Version::operator<=>(const Version& other) const {
  return std::tie(major, minor, patch) <=> std::tie(other.major, other.minor, other.patch);
}

std::optional<Version> ParseVersion(std::string_view text) {
  std::string_view rest = text;
  const auto major = TakeNumber(rest);
  const auto minor = TakeNumber(rest);
  if (!major || !minor) return std::nullopt;
  return Version{*major, *minor, TakeNumber(rest).value_or(0), std::string(text)};
}

}  // namespace mon::zabbix_connector
