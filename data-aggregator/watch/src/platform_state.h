#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/config.h"
#include "common/error.h"
#include "mysql/connection.h"
#include "watch/watch.h"

namespace mon::data_aggregator {

/// One subject at one look.
struct SubjectLook {
  watch::Watch watch;
  watch::Finding finding;
  std::optional<std::chrono::milliseconds> usual_interval;
  std::int64_t now = 0;  ///< epoch seconds, the server's
};

/// "processor": when a pass last went through. nullopt: none ever did here.
[[nodiscard]] Result<std::optional<SubjectLook>> LookAtProcessor(mysql::Connection& connection,
                                                                 const WatchConfig& config);

/// "mail": whether mails that wait go out.
[[nodiscard]] Result<SubjectLook> LookAtMail(mysql::Connection& connection,
                                             const WatchConfig& config);

}  // namespace mon::data_aggregator
