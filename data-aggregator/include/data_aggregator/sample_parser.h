#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/sample.h"

namespace mon::data_aggregator {

/// What of an application's answer is accepted. Nothing that is refused is ever stored in another
/// form, least of all as zero.
struct SampleLimits {
  std::size_t nesting = 64;                    ///< levels of lists and objects
  std::chrono::seconds ahead{3'600};           ///< a time further ahead of ours is refused
  std::chrono::seconds behind{7 * 86'400};     ///< a time further back is refused
  std::chrono::seconds skew{5};                ///< a skew up to this is not worth a flag
  std::int64_t response_time_ms = 2147483647;  ///< what the column holds
};

/// Takes timestamp, response time and error rate out of a JSON body, at the JSON Pointers of
/// `application.fields`.
///
/// Errors: kBadReply for what is no JSON, nested too deep, lacks a value or has one of a wrong type
/// (a text, a fraction where a whole number belongs); kInvalidData for a well-formed sample that
/// cannot be: NaN or infinite, negative, above its limit, of a time too far from `now`; kConfig for
/// a pointer that is none. The message names the pointer and what was found, not the application.
[[nodiscard]] Result<ApplicationSample> ParseSample(std::string_view body,
                                                    const ApplicationConfig& application,
                                                    TimePoint now, const SampleLimits& limits = {});

/// The Date header of an answer (RFC 9110, 5.6.7, as "Sun, 06 Nov 1994 08:49:37 GMT") minus our
/// clock at its receipt, in whole seconds. Nothing where there is none or it cannot be read.
[[nodiscard]] std::optional<std::int64_t> SkewSeconds(std::string_view date, TimePoint received);

}  // namespace mon::data_aggregator
