#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config.h"
#include "common/host_port.h"
#include "common/secret.h"
#include "common/text.h"
#include "config_value.h"

namespace mon::config {

/// How the values of one type are read and shown. `Read` gives the value, or what was expected.
/// `Show` gives a TOML value that `Read` understands; empty where there is nothing to show.
template <typename T>
using Parsed = std::expected<T, std::string>;

/// Text on one line; `check` says what else it has to be.
struct TextCodec {
  std::string_view expected = "a text on one line";
  bool (*check)(const std::string&) = nullptr;
  bool may_be_empty = true;

  [[nodiscard]] Parsed<std::string> Read(const RawValue& value) const;
  [[nodiscard]] static std::string Show(const std::string& text);
};

struct SecretCodec {
  std::string_view expected = "a text on one line";
  bool (*check)(const std::string&) = nullptr;

  [[nodiscard]] Parsed<Secret> Read(const RawValue& value) const;
  [[nodiscard]] static std::string Show(const Secret& secret);
};

struct PathCodec {
  [[nodiscard]] static Parsed<std::filesystem::path> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::filesystem::path& path);
};

/// A path that is kept as text.
struct PathTextCodec {
  [[nodiscard]] static Parsed<std::string> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::string& path);
};

struct PortCodec {
  [[nodiscard]] static Parsed<std::uint16_t> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(std::uint16_t port);
};

/// Texts; in the environment separated by commas.
struct ListCodec {
  std::string_view items = "texts";  ///< what is expected, in the plural
  bool (*check)(const std::string&) = nullptr;

  [[nodiscard]] Parsed<std::vector<std::string>> Read(const RawValue& value) const;
  [[nodiscard]] static std::string Show(const std::vector<std::string>& list);
};

/// MySQL servers. A server without a port gets 0: the port may come from another layer.
struct ServersCodec {
  [[nodiscard]] static Parsed<std::vector<HostPort>> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::vector<HostPort>& servers);
};

/// Milliseconds from "10s"; from the environment a bare number of `environment_unit`.
struct DurationRange {
  std::chrono::milliseconds shortest{0};
  std::chrono::milliseconds longest = std::chrono::hours(366 * 24);
  std::chrono::milliseconds environment_unit{1000};
  bool fractions = false;  ///< of `environment_unit`
};
[[nodiscard]] Parsed<std::chrono::milliseconds> ReadDuration(const RawValue& value,
                                                             const DurationRange& range,
                                                             std::chrono::milliseconds step);

template <typename Duration>
struct DurationCodec {
  DurationRange range;

  [[nodiscard]] Parsed<Duration> Read(const RawValue& value) const {
    const auto ms = ReadDuration(value, range, Duration(1));
    if (!ms) return std::unexpected(ms.error());
    return std::chrono::duration_cast<Duration>(*ms);
  }
  [[nodiscard]] static std::string Show(Duration duration) {
    return QuoteJson(FormatDuration(duration));
  }
};

/// Bytes from "256MiB"; a whole number and one of KiB, MiB, GiB.
struct SizeCodec {
  std::uint64_t smallest = 0;

  [[nodiscard]] Parsed<std::uint64_t> Read(const RawValue& value) const;
  [[nodiscard]] static std::string Show(std::uint64_t bytes);
};

/// A value that may be left out and has no default.
template <typename Codec>
struct OptionalCodec {
  Codec codec;

  [[nodiscard]] auto Read(const RawValue& value) const {
    auto read = codec.Read(value);
    using Value = typename decltype(read)::value_type;
    using Optional = Parsed<std::optional<Value>>;
    return read ? Optional(*std::move(read)) : Optional(std::unexpected(read.error()));
  }
  template <typename Value>
  [[nodiscard]] std::string Show(const std::optional<Value>& value) const {
    return value ? codec.Show(*value) : std::string();
  }
};

/// "auto" for a window that is measured, else a duration.
struct JoinWindowCodec {
  [[nodiscard]] static Parsed<JoinWindow> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const JoinWindow& window);
};

struct BoolCodec {
  [[nodiscard]] static Parsed<bool> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(bool value) { return value ? "true" : "false"; }
};

struct CountCodec {
  [[nodiscard]] static Parsed<int> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(int count) { return std::to_string(count); }
};

/// How often something comes: a number above 0, with a fraction if one likes.
struct RateCodec {
  [[nodiscard]] static Parsed<double> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(double rate) { return ShortestText(rate); }
};

template <typename Enum>
struct ChoiceCodec {
  std::vector<std::pair<std::string_view, Enum>> choices;

  [[nodiscard]] Parsed<Enum> Read(const RawValue& value) const {
    std::string expected;
    for (const auto& [name, choice] : choices) {
      if (value.Text() != nullptr && *value.Text() == name) return choice;
      expected += (expected.empty() ? "" : " or ") + QuoteJson(name);
    }
    return std::unexpected(std::move(expected));
  }
  [[nodiscard]] std::string Show(Enum value) const {
    for (const auto& [name, choice] : choices) {
      if (choice == value) return QuoteJson(name);
    }
    return {};
  }
};

/// One header at a time: the name is `value.sub`.
struct HeaderCodec {
  [[nodiscard]] static Parsed<std::pair<std::string, Secret>> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::vector<std::pair<std::string, Secret>>& headers);
};

/// Text on one or several lines.
struct ParagraphCodec {
  [[nodiscard]] static Parsed<std::string> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::string& text);
};

/// One label of a rule at a time: the name is `value.sub`.
struct LabelCodec {
  [[nodiscard]] static Parsed<std::pair<std::string, std::string>> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::map<std::string, std::string>& labels);
};

/// A rule's expression; from the environment, the threshold of the built-in rule.
struct ExpressionCodec {
  [[nodiscard]] static Parsed<std::string> Read(const RawValue& value);
  [[nodiscard]] static std::string Show(const std::string& expression);
};

[[nodiscard]] bool IsUrl(const std::string& text);
[[nodiscard]] bool IsWord(const std::string& text);         ///< no blanks
[[nodiscard]] bool IsMailAddress(const std::string& text);  ///< a local one has no @
[[nodiscard]] bool IsJsonPointer(const std::string& text);
[[nodiscard]] bool IsName(const std::string& text);
[[nodiscard]] bool IsReceiverName(const std::string& text);
[[nodiscard]] bool IsListenAddress(const std::string& text);
[[nodiscard]] bool IsLabelName(const std::string& text);  ///< [a-zA-Z_][a-zA-Z0-9_]*
[[nodiscard]] bool IsTimeZone(const std::string& text);

/// `url` with the user and password in it masked.
[[nodiscard]] std::string MaskUserInfo(std::string_view url);

}  // namespace mon::config
