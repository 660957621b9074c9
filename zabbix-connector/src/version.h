#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace mon::zabbix_connector {

/// A Zabbix version as `apiinfo.version` gives it. Compared as numbers: 7.10 is newer than 7.2.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  std::string text;  ///< as the server said it: "7.0.0rc1"

  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }
};

/// "6.0.14", "7.0.0rc1"; nothing where it does not begin with two numbers.
[[nodiscard]] std::optional<Version> ParseVersion(std::string_view text);

/// Where a session id or token goes (Zabbix manual, "API changes" of 6.4, 7.2).
enum class AuthWay { kBody, kHeader };

/// What differs between the versions, as far as a reader must know. Bounds: the official Python
/// client's, and for `username` the release in which it came.
namespace since {
inline bool Username(const Version& v) { return v >= Version{5, 4, 0, ""}; }
inline bool ApiTokens(const Version& v) { return v >= Version{5, 4, 0, ""}; }
inline bool HeaderAuth(const Version& v) { return v >= Version{6, 4, 0, ""}; }
inline bool HeaderAuthOnly(const Version& v) { return v >= Version{7, 2, 0, ""}; }
inline bool TokenCheck(const Version& v) { return v >= Version{6, 4, 1, ""}; }
inline bool HostGroupsSelect(const Version& v) { return v >= Version{6, 2, 0, ""}; }
inline bool ItemTags(const Version& v) { return v >= Version{5, 4, 0, ""}; }
inline bool ResolvedNames(const Version& v) { return v >= Version{7, 0, 0, ""}; }
/// $1 to $9 in item names were dropped here.
inline bool NoPositionalNames(const Version& v) { return v >= Version{6, 0, 0, ""}; }
}  // namespace since

}  // namespace mon::zabbix_connector
