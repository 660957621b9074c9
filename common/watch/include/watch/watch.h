#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mon::watch {

/// How something fares that reports again and again. Silence is a state of its own: neither well
/// nor wrong.
enum class State {
  kOk,
  kNoData,  ///< nothing comes: unreachable, or nobody asks
  kStale,   ///< it answers, with the same as before
  kError,   ///< it answers, with nothing that can be used
};

/// "OK", "NODATA", "STALE", "ERROR", as in table `watches`.
[[nodiscard]] std::string_view ToString(State state);

/// The state of that name; kOk for any other text.
[[nodiscard]] State StateFrom(std::string_view text);

/// For how long something may be silent before that is a problem: five times what is usual between
/// two signs of life, and `least` at the least. So nobody has to tell how often cron starts us.
[[nodiscard]] std::chrono::milliseconds Patience(
    std::optional<std::chrono::milliseconds> usual_interval, std::chrono::milliseconds least);

/// What one look found.
struct Finding {
  State state = State::kOk;
  std::int64_t since = 0;  ///< epoch seconds by the server's clock; not used by kOk
  std::string detail;      ///< one sentence; empty: nothing is wrong
};

/// A row of `watches`: what is known of one subject.
struct Watch {
  std::string subject;  ///< "application:shop", "zabbix", "aggregator", "processor", "mail"
  State state = State::kOk;
  std::int64_t since = 0;    ///< of that state, epoch seconds by the server's clock
  std::int64_t seen_at = 0;  ///< when it was first seen in it, likewise
  std::string detail;
  /// When the problem began that was mailed, and whose end was not yet; nullopt: none is open.
  std::optional<std::int64_t> told_since;
  std::string told_detail;
  std::int64_t alert_id = 0;  ///< of that problem; 0: none

  void TellBegin();
  void TellEnd();
};

enum class Step {
  kNone,
  kBegin,  ///< a problem is to be told
  kEnd,    ///< the end of one
};

/// Takes a finding into `watch`, and says what is to be told now; who tells it calls TellBegin or
/// TellEnd. A problem is told once, also
/// where it changes its kind (NODATA, then ERROR), and then its end. Either has to be seen for
/// `lasting`: a clock of the server that jumps is no silence, and a source that comes and goes is
/// one problem.
[[nodiscard]] Step Update(Watch& watch, const Finding& finding, std::int64_t now,
                          std::chrono::milliseconds lasting);

/// What lasts: two signs of life have been missed, or have come.
[[nodiscard]] std::chrono::milliseconds Lasting(
    std::optional<std::chrono::milliseconds> usual_interval);

}  // namespace mon::watch
