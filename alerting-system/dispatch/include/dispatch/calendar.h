#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "alerting_system/time_zone.h"
#include "common/error.h"

namespace mon::dispatch {

/// Times that come again each week, by the clock of a time zone: also where that is put forward or
/// back, "22:00-06:00" is what the clock on the wall says.
class Calendar {
 public:
  /// "mon-fri 22:00-06:00; sat, sun": days and, where not all day is meant, a time of the day,
  /// which may go past midnight and then belongs to the day on which it begins. "daily" is each
  /// day. Errors: kConfig with what was expected.
  [[nodiscard]] static Result<Calendar> Parse(std::string_view text,
                                              const alerting_system::TimeZone& zone);

  [[nodiscard]] bool Covers(std::int64_t epoch_seconds) const;

 private:
  /// Some days of the week, and the minutes of those days.
  struct Span {
    unsigned days = 0;  ///< bit 0: Monday
    int from = 0;
    int to = 24 * 60;  ///< not in it; at or before `from`: of the next day
  };

  explicit Calendar(const alerting_system::TimeZone& zone) : zone_(zone) {}
  static Result<Span> ParseSpan(std::string_view text);

  alerting_system::TimeZone zone_;
  std::vector<Span> spans_;
};

}  // namespace mon::dispatch
