#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::alerting_system {

/// A time zone of the system's tz database, for the times that people read in mails.
///
/// Reads the zone's TZif file (RFC 8536) itself: localtime_r knows one zone per process only, and
/// the C++20 zones are not in every compiler we build with. Immutable, copies are cheap, safe from
/// any thread.
class TimeZone {
 public:
  /// `name` is an IANA name ("Europe/Berlin"). Empty: the system's, which is $TZ where that is a
  /// name, else /etc/localtime, else UTC.
  /// Errors: kConfig for a name that the system does not have.
  [[nodiscard]] static Result<TimeZone> Load(std::string_view name);
  [[nodiscard]] static TimeZone Utc();
  /// The name of the system's zone; empty where it has none that Load would know.
  [[nodiscard]] static std::string SystemName();

  /// Seconds east of UTC at that instant.
  [[nodiscard]] std::int64_t OffsetAt(std::int64_t epoch_seconds) const;

  /// `2025-06-15 16:26:40 +02:00`.
  [[nodiscard]] std::string Format(std::int64_t epoch_seconds) const;
  /// `16:26:40`, for a table whose date is told elsewhere.
  [[nodiscard]] std::string FormatTime(std::int64_t epoch_seconds) const;
  /// `Sun, 15 Jun 2025 16:26:40 +0200`, the Date of RFC 5322.
  [[nodiscard]] std::string FormatRfc5322(std::int64_t epoch_seconds) const;

  struct Rules;

 private:
  explicit TimeZone(std::shared_ptr<const Rules> rules);
  std::shared_ptr<const Rules> rules_;
};

}  // namespace mon::alerting_system
