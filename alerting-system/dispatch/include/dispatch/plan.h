#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/config.h"
#include "dispatch/labels.h"
#include "dispatch/policy.h"

namespace mon::dispatch {

/// An alert of which there may be something to tell. Times are the database server's, in epoch
/// seconds.
struct PendingAlert {
  std::int64_t id = 0;
  std::string rule;
  std::string application;
  Labels labels;
  Severity severity = Severity::kCritical;
  bool acknowledged = false;
  bool resolved = false;
  std::int64_t created_at = 0;  ///< when it became known
  int recent = 1;  ///< incidents of this rule and application in the hour up to it; with it

  /// What mutes it now: "silence 7", "maintenance of web-1"; empty: nothing.
  std::string mute;

  // What became of it until now, as in table alert_tellings.
  std::optional<std::int64_t> first_told;
  std::optional<std::int64_t> told_at;
  bool recovery_told = false;
  std::string held_by;
  std::optional<std::int64_t> held_until;
  int step = 0;
  std::vector<std::string> owed;  ///< who has had too many mails to be told yet

  // The mails that told of it.
  std::string thread;               ///< of the first one; empty: it was not told
  std::int64_t thread_told_at = 0;  ///< the latest of that thread
  std::vector<std::string> told;    ///< who got one, or still is to
};

enum class Say {
  kProblem,
  kRecovery,
  kBoth,        ///< it is over, and its beginning was not told
  kReminder,    ///< it goes on
  kEscalation,  ///< nobody has acknowledged it
  kOwed,        ///< as kProblem or kBoth, to those who had too many mails
};

/// One mail, to each of `recipients`.
struct PlannedMail {
  Say say = Say::kProblem;
  std::vector<std::size_t> alerts;  ///< indices
  std::vector<std::string> recipients;
  std::string thread;          ///< that it belongs to; empty: it begins one
  std::size_t holds_back = 0;  ///< alerts that its alerts inhibit
  bool flapping = false;       ///< it tells what was held back as flapping
  int step = 0;                ///< of an escalation, from 1
};

/// What is to be noted of an alert.
struct Note {
  std::size_t alert = 0;
  std::string held_by;  ///< empty: nothing
  std::optional<std::int64_t> held_until;
  int step = 0;
  std::vector<std::string> owed;
};

struct Plan {
  std::vector<PlannedMail> mails;
  std::vector<Note> notes;        ///< of those whose note changes
  std::vector<std::size_t> done;  ///< over, with nothing left to tell once the mails are queued
};

/// What is to be told now. Each alert begins with a mail and ends with one; in between
/// - what is muted or inhibited waits, and is told as it then is when that ends. What has come and
///   gone meanwhile is not told;
/// - what flaps waits for its digest;
/// - what belongs to a group that is told already waits for the group's interval, unless it is
///   worse than all that was told of the group. An end waits only where one mail told of a storm;
/// - what goes on is told again, and escalated, until somebody acknowledges it.
/// `mails_this_hour`: to each recipient. No I/O; linear but for sorting.
[[nodiscard]] Plan MakePlan(std::span<const PendingAlert> alerts, const Policy& policy,
                            const std::map<std::string, int>& mails_this_hour, std::int64_t now);

}  // namespace mon::dispatch
