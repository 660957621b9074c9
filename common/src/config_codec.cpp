#include "config_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace mon::config {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxNameBytes = 128;  // the tables have room for 190 with a prefix

/// The largest first: what is shown takes the largest that divides it.
constexpr std::pair<std::string_view, std::uint64_t> kSizeUnits[] = {
    {"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}};
constexpr std::uint64_t kLargestSize = 1ULL << 50U;

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == 0x7f;
}

bool HasControl(const std::string& text) { return std::ranges::any_of(text, IsControl); }

/// An integer of the file, or a text of digits from another layer.
std::optional<std::int64_t> Integer(const RawValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return *number;
  if (value.origin == Origin::kFile || value.Text() == nullptr) return std::nullopt;
  return ParseInt(*value.Text());
}

/// Milliseconds of a number without a unit, as the environment has it.
std::optional<milliseconds> BareDuration(const std::string& text, const DurationRange& range) {
  const auto unit = static_cast<double>(range.environment_unit.count());
  const std::optional<double> count = ParseDouble(text);
  if (!count || !std::isfinite(*count) || std::abs(*count) > 1e12) return std::nullopt;
  if (!range.fractions && *count != std::floor(*count)) return std::nullopt;
  return milliseconds(std::llround(*count * unit));
}

std::string ExpectedDuration(const RawValue& value, const DurationRange& range) {
  const std::string limits =
      fmt::format("from {} to {}", FormatDuration(range.shortest), FormatDuration(range.longest));
  if (value.origin != Origin::kEnvironment) {
    return fmt::format("a duration such as \"10s\" or \"5m\", {}", limits);
  }
  return fmt::format("a {}number of {}, {}", range.fractions ? "" : "whole ",
                     range.environment_unit == std::chrono::minutes(1) ? "minutes" : "seconds",
                     limits);
}

std::string ShowList(const std::vector<std::string>& items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + QuoteJson(item);
  return "[" + list + "]";
}

}  // namespace

Parsed<std::string> TextCodec::Read(const RawValue& value) const {
  const std::string* text = value.Text();
  if (text == nullptr || HasControl(*text)) return std::unexpected(std::string(expected));
  if (text->empty() && may_be_empty) return *text;
  if (text->empty() || (check != nullptr && !check(*text))) {
    return std::unexpected(std::string(expected));
  }
  return *text;
}

std::string TextCodec::Show(const std::string& text) {
  return text.empty() ? std::string() : QuoteJson(MaskUserInfo(text));
}

Parsed<Secret> SecretCodec::Read(const RawValue& value) const {
  if (value.Text() == nullptr || HasControl(*value.Text()) ||
      (check != nullptr && !check(*value.Text()))) {
    return std::unexpected(std::string(expected));
  }
  return Secret(*value.Text());
}

std::string SecretCodec::Show(const Secret& secret) {
  return secret.empty() ? std::string() : QuoteJson(kMaskedSecret);
}

Parsed<std::filesystem::path> PathCodec::Read(const RawValue& value) {
  if (value.Text() == nullptr || value.Text()->empty() || HasControl(*value.Text())) {
    return std::unexpected("a path");
  }
  return Resolve(value.base, *value.Text());
}

std::string PathCodec::Show(const std::filesystem::path& path) {
  return path.empty() ? std::string() : QuoteJson(path.string());
}

Parsed<std::string> PathTextCodec::Read(const RawValue& value) {
  const Parsed<std::filesystem::path> path = PathCodec::Read(value);
  if (!path) return std::unexpected(path.error());
  return path->string();
}

std::string PathTextCodec::Show(const std::string& path) { return PathCodec::Show(path); }

Parsed<std::uint16_t> PortCodec::Read(const RawValue& value) {
  const std::optional<std::int64_t> number = Integer(value);
  if (!number || *number < 1 || *number > std::numeric_limits<std::uint16_t>::max()) {
    return std::unexpected("a port from 1 to 65535");
  }
  return static_cast<std::uint16_t>(*number);
}

std::string PortCodec::Show(std::uint16_t port) { return fmt::format("{}", port); }

Parsed<JoinWindow> JoinWindowCodec::Read(const RawValue& value) {
  if (value.Text() != nullptr && *value.Text() == "auto") return JoinWindow{.measured = true};
  const DurationRange range{milliseconds(0), std::chrono::hours(24)};
  const auto width = ReadDuration(value, range, std::chrono::seconds(1));
  if (!width) return std::unexpected(fmt::format("\"auto\", or {}", width.error()));
  return JoinWindow{.width = std::chrono::duration_cast<std::chrono::seconds>(*width)};
}

std::string JoinWindowCodec::Show(const JoinWindow& window) {
  return window.measured ? QuoteJson("auto") : QuoteJson(FormatDuration(window.width));
}

Parsed<bool> BoolCodec::Read(const RawValue& value) {
  const bool* flag = std::get_if<bool>(&value.data);
  if (flag == nullptr) return std::unexpected("true or false");
  return *flag;
}

Parsed<int> CountCodec::Read(const RawValue& value) {
  constexpr int kMost = 1'000'000;
  const std::optional<std::int64_t> number = Integer(value);
  if (!number || *number < 0 || *number > kMost) {
    return std::unexpected(fmt::format("a number from 0 to {}", kMost));
  }
  return static_cast<int>(*number);
}

Parsed<double> RateCodec::Read(const RawValue& value) {
  constexpr double kMost = 100'000;
  std::optional<double> number;
  if (const auto* text = value.Text(); text != nullptr && value.origin != Origin::kFile) {
    number = ParseDouble(*text);
  } else if (const auto* exact = std::get_if<double>(&value.data)) {
    number = *exact;
  } else if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
    number = static_cast<double>(*whole);
  }
  if (!number || !(*number > 0) || *number > kMost) {
    return std::unexpected(fmt::format("a number above 0 up to {}", kMost));
  }
  return *number;
}

Parsed<std::vector<std::string>> ListCodec::Read(const RawValue& value) const {
  const auto refused = [&] {
    return std::unexpected(value.origin == Origin::kFile
                               ? fmt::format("an array of {}", items)
                               : fmt::format("{}, separated by commas", items));
  };
  std::vector<std::string> list;
  if (const auto* array = std::get_if<std::vector<std::string>>(&value.data)) {
    list = *array;
  } else if (value.origin != Origin::kFile && value.Text() != nullptr) {
    list = SplitList(*value.Text());
  } else {
    return refused();
  }
  const bool good = std::ranges::all_of(list, [this](const std::string& item) {
    return !item.empty() && !HasControl(item) && (check == nullptr || check(item));
  });
  if (!good) return refused();
  return list;
}

std::string ListCodec::Show(const std::vector<std::string>& list) { return ShowList(list); }

Parsed<std::vector<HostPort>> ServersCodec::Read(const RawValue& value) {
  const auto expected = [&value](std::string_view why) {
    return std::unexpected(fmt::format("{} of HOST or HOST:PORT, IPv6 as [::1]:3306{}{}",
                                       value.origin == Origin::kFile ? "an array" : "a list",
                                       why.empty() ? "" : "; ", why));
  };
  const Parsed<std::vector<std::string>> texts = ListCodec{}.Read(value);
  if (!texts || texts->empty()) return expected("");
  std::vector<HostPort> servers;
  for (const std::string& text : *texts) {
    Result<HostPort> server = ParseHostPort(text, 0);
    if (!server) return expected(server.error().message);
    if (server->host.empty() || (server->port == 0 && text.ends_with(":0"))) {
      return expected("");
    }
    servers.push_back(*std::move(server));
  }
  return servers;
}

std::string ServersCodec::Show(const std::vector<HostPort>& servers) {
  std::vector<std::string> texts;
  for (const HostPort& server : servers) texts.push_back(FormatHostPort(server));
  return ShowList(texts);
}

Parsed<milliseconds> ReadDuration(const RawValue& value, const DurationRange& range,
                                  milliseconds step) {
  std::optional<milliseconds> duration;
  if (value.Text() != nullptr && value.origin == Origin::kEnvironment) {
    duration = BareDuration(*value.Text(), range);
  } else if (value.Text() != nullptr) {
    if (const Result<milliseconds> parsed = ParseDuration(*value.Text())) duration = *parsed;
  }
  if (!duration || *duration < range.shortest || *duration > range.longest) {
    return std::unexpected(ExpectedDuration(value, range));
  }
  if (duration->count() % step.count() != 0) {
    return std::unexpected(fmt::format("{} in whole {}", ExpectedDuration(value, range),
                                       step == std::chrono::minutes(1) ? "minutes" : "seconds"));
  }
  return *duration;
}

Parsed<std::uint64_t> SizeCodec::Read(const RawValue& value) const {
  const std::string* text = value.Text();
  for (const auto& [unit, bytes] : kSizeUnits) {
    if (text == nullptr || !text->ends_with(unit)) continue;
    const auto count = ParseUint(std::string_view(*text).substr(0, text->size() - unit.size()));
    if (!count || *count > kLargestSize / bytes || *count * bytes < smallest) break;
    return *count * bytes;
  }
  return std::unexpected(fmt::format("a size such as \"256MiB\", from {} on", Show(smallest)));
}

std::string SizeCodec::Show(std::uint64_t bytes) {
  for (const auto& [unit, size] : kSizeUnits) {
    if (bytes % size == 0) return QuoteJson(fmt::format("{}{}", bytes / size, unit));
  }
  return {};
}

Parsed<std::pair<std::string, Secret>> HeaderCodec::Read(const RawValue& value) {
  // RFC 9110, 5.6.2: a token.
  constexpr std::string_view kToken =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (value.sub.empty() || value.sub.find_first_not_of(kToken) != std::string::npos) {
    return std::unexpected("header names with texts, as { \"X-Key\" = \"value\" }");
  }
  Parsed<Secret> secret = SecretCodec{}.Read(value);
  if (!secret) return std::unexpected(secret.error());
  return std::pair(value.sub, *std::move(secret));
}

std::string HeaderCodec::Show(const std::vector<std::pair<std::string, Secret>>& headers) {
  std::string table;
  for (const auto& [name, secret] : headers) {
    table += fmt::format("{} {} = {}", table.empty() ? "" : ",", QuoteJson(name),
                         QuoteJson(kMaskedSecret));
  }
  return table.empty() ? std::string() : "{" + table + " }";
}

Parsed<std::string> ParagraphCodec::Read(const RawValue& value) {
  const auto controls_more_than_lines = [](std::string text) {
    std::erase(text, '\n');
    return HasControl(text);
  };
  if (value.Text() == nullptr || controls_more_than_lines(*value.Text())) {
    return std::unexpected("a text");
  }
  return *value.Text();
}

std::string ParagraphCodec::Show(const std::string& text) {
  return text.empty() ? std::string() : QuoteJson(text);
}

Parsed<std::pair<std::string, std::string>> LabelCodec::Read(const RawValue& value) {
  constexpr std::array<std::string_view, 4> kTaken = {"rule", "application", "severity", "host"};
  const std::string& name = value.sub;
  if (!IsLabelName(name) || std::ranges::find(kTaken, name) != kTaken.end()) {
    return std::unexpected(
        "label names of letters, digits and _ other than rule, application, severity and host, "
        "with texts, as { team = \"shop\" }");
  }
  Parsed<std::string> text = TextCodec{"a text on one line", nullptr, false}.Read(value);
  if (!text) return std::unexpected(text.error());
  return std::pair(name, *std::move(text));
}

std::string LabelCodec::Show(const std::map<std::string, std::string>& labels) {
  std::string table;
  for (const auto& [name, text] : labels) {
    table += fmt::format("{} {} = {}", table.empty() ? "" : ",", name, QuoteJson(text));
  }
  return table.empty() ? std::string() : "{" + table + " }";
}

Parsed<std::string> ExpressionCodec::Read(const RawValue& value) {
  if (value.origin == Origin::kFile) {
    return TextCodec{"an expression such as \"error_rate > 0.5\"", nullptr, false}.Read(value);
  }
  const std::optional<double> threshold =
      value.Text() == nullptr ? std::nullopt : ParseDouble(*value.Text());
  if (!threshold || !(*threshold >= 0 && *threshold <= 1)) {
    return std::unexpected("a number from 0 to 1");
  }
  return "error_rate > " + ShortestText(*threshold);
}

std::string ExpressionCodec::Show(const std::string& expression) { return QuoteJson(expression); }

bool IsWord(const std::string& text) { return text.find(' ') == std::string::npos; }

bool IsUrl(const std::string& text) {
  const bool known = text.starts_with("http://") || text.starts_with("https://");
  if (!known || !IsWord(text)) return false;
  std::string_view authority = std::string_view(text).substr(text.find("://") + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0: without a user, nothing
  const Result<HostPort> host = ParseHostPort(authority, 1);
  return host && !host->host.empty();
}

bool IsMailAddress(const std::string& text) {
  return text.find_first_of(" <>,;\"") == std::string::npos && !text.starts_with('@') &&
         !text.ends_with('@') && std::ranges::count(text, '@') <= 1;
}

// RFC 6901: empty, or tokens that begin with / and in which ~ is followed by 0 or 1.
bool IsJsonPointer(const std::string& text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

bool IsLabelName(const std::string& text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text[0]) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || digit(c); });
}

bool IsName(const std::string& text) {
  return text.size() <= kMaxNameBytes && Trim(text).size() == text.size() &&
         CleanUtf8(text, text.size() * 3) == text;
}

bool IsReceiverName(const std::string& text) {
  constexpr std::string_view kLetters =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-";
  return text.size() <= kMaxNameBytes && text.find_first_not_of(kLetters) == std::string::npos;
}

bool IsListenAddress(const std::string& text) {
  if (text == "none") return true;
  return text.find(':') != std::string::npos && ParseHostPort(text, 0).has_value() &&
         !text.ends_with(']');
}

// Where the host has no time zone data nothing can be said about a name that looks right.
bool IsTimeZone(const std::string& text) {
  constexpr std::string_view kLetters =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_+-/";
  if (text.find_first_not_of(kLetters) != std::string::npos || text.starts_with('/')) return false;
  const std::filesystem::path zones = "/usr/share/zoneinfo";
  std::error_code ignored;
  return !std::filesystem::exists(zones, ignored) ||
         std::filesystem::is_regular_file(zones / text, ignored);
}

std::string MaskUserInfo(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::size_t at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < start) return std::string(url);
  // Without a scheme it may be a mail address; a proxy's user has a password behind a colon.
  if (scheme == std::string_view::npos && url.find(':') > at) return std::string(url);
  return fmt::format("{}{}{}", url.substr(0, start), kMaskedSecret, url.substr(at));
}

}  // namespace mon::config
