#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mon::alerting_system {

/// One alert for a webhook or a command. Times are epoch seconds.
struct PayloadAlert {
  bool firing = true;
  std::multimap<std::string, std::string> labels;  ///< rule, application, severity, host, ...
  std::map<std::string, std::string> annotations;  ///< "summary", "description", "runbook_url"
  std::int64_t starts_at = 0;
  std::int64_t ends_at = 0;   ///< 0: it goes on
  std::string fingerprint;    ///< the same as long as it is the same alert; empty: of the labels
  std::string generator_url;  ///< where to look further; may be empty
};

/// What a notification tells, for programs.
struct Payload {
  bool firing = true;  ///< one of all its alerts does, also of those that are left out
  std::multimap<std::string, std::string> group_labels;
  std::string group_key;     ///< the same in all notifications about a group
  std::string external_url;  ///< may be empty
  std::vector<PayloadAlert> alerts;
  std::size_t truncated_alerts = 0;  ///< left out
};

/// The JSON text of Alertmanager's webhooks, version "4"
/// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), without `receiver`,
/// which is filled in for each of them. A label that has several values (hosts) has them separated
/// by commas; `alertname` is the label `rule`, which stays beside it. What all alerts have in
/// common is found here. Bad UTF-8 becomes U+FFFD.
[[nodiscard]] std::string ToJson(const Payload& payload);

/// The header Idempotency-Key of what is known by `dedup_key`, to one recipient: the same in each
/// attempt.
[[nodiscard]] std::string IdempotencyKey(std::string_view dedup_key, std::string_view recipient);

}  // namespace mon::alerting_system
