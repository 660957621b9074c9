#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alerting_system/time_zone.h"
#include "common/config.h"
#include "common/error.h"
#include "dispatch/calendar.h"
#include "items.h"

namespace mon::processor {

/// What items are to an application at a time, as [[context]] says. Read-only, safe from any
/// thread.
class Contexts {
 public:
  Contexts() = default;  ///< nothing is said of anything
  /// Errors: kConfig, naming the place in the file, for times that are none. `zone`: of the times.
  [[nodiscard]] static Result<Contexts> Make(std::span<const ContextConfig> contexts,
                                             const alerting_system::TimeZone& zone);

  /// `time`: epoch seconds. Nothing: as the values say.
  [[nodiscard]] std::optional<ContextRole> RoleOf(const std::string& application,
                                                  const RelatedItem& item, std::int64_t time) const;

  [[nodiscard]] std::span<const ContextConfig> Tables() const { return tables_; }

 private:
  std::vector<ContextConfig> tables_;
  std::vector<std::optional<dispatch::Calendar>> active_;  ///< of each table; nothing: always
};

/// How far from a sample of `application` values of `item` are joined, where that is said; at any
/// time, for one window serves many samples.
[[nodiscard]] std::optional<JoinWindow> JoinWindowOf(std::span<const ContextConfig> contexts,
                                                     const std::string& application,
                                                     const RelatedItem& item);

/// The half-width of the join of each of `items`: what is asked for, or measured where that is
/// asked for (three quarters of the usual distance between the item's values: half of it reaches
/// the nearest value wherever a sample lies, and the rest is for values that come late), `least` at
/// least. `asked`: one for each.
[[nodiscard]] Result<std::vector<std::chrono::seconds>> JoinWindows(
    std::span<const RelatedItem* const> items, std::span<const std::optional<JoinWindow>> asked,
    std::chrono::seconds least, ItemSource& source);

}  // namespace mon::processor
