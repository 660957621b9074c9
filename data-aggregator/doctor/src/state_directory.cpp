#include "state_directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "checks.h"
#include "directory.h"

namespace mon::data_aggregator::doctor {
namespace {

/// With less, not even an hour of samples and the state beside them are safe.
constexpr std::uint64_t kLeastRoom = 16U << 20U;
/// A run a minute stores what waits.
constexpr std::chrono::minutes kLongWait{10};

/// Gives the room on its disk; nothing where that cannot be told.
std::optional<std::uint64_t> ExamineDirectory(const std::filesystem::path& directory,
                                              const std::string& subject,
                                              const std::string& setting, Outcome& outcome) {
  const auto tried = TryDirectory(directory);
  if (!tried) {
    outcome.Fail(subject, tried.error().message, DirectoryRemedy(directory, setting));
    return std::nullopt;
  }
  outcome.Ok(subject, tried->exists ? directory.string() + " can be written and synced"
                                    : directory.string() + " will be made by the first run");
  return tried->free_bytes;
}

Outcome Examine(const Config& config, const Clock& clock) {
  Outcome outcome;
  const auto free_bytes =
      ExamineDirectory(config.state_dir, "directory", "MONITORING_STATE_DIR", outcome);
  const auto content = InspectSpool(SpoolDirectory(config));
  if (!content) {
    Told told = SplitAdvice(content.error().message);
    outcome.Fail("spool", std::move(told.problem),
                 told.remedy.empty() ? "let the account that runs the aggregator own its files"
                                     : std::move(told.remedy));
  } else {
    std::ranges::move(JudgeSpool(*content, clock.Now()), std::back_inserter(outcome.findings));
  }
  if (free_bytes)
    outcome.findings.push_back(JudgeRoom(*free_bytes, content ? content->bytes : 0, config.spool));
  if (!config.retention.directory.empty())
    ExamineDirectory(config.retention.directory, "archive", "directory of [retention]", outcome);
  return outcome;
}

}  // namespace

Finding JudgeRoom(std::uint64_t free_bytes, std::uint64_t spooled, const SpoolConfig& limits) {
  const std::uint64_t wanted = limits.max_bytes - std::min(limits.max_bytes, spooled);
  if (free_bytes >= std::max(wanted, kLeastRoom))
    return {Status::kOk,
            "room",
            fmt::format("{} are free, the spool may grow by {}", Size(free_bytes), Size(wanted)),
            {}};
  return {
      free_bytes < kLeastRoom ? Status::kFailed : Status::kWarning, "room",
      fmt::format("only {} are free, and the spool may grow by {}", Size(free_bytes), Size(wanted)),
      "make room on that disk, or set max_size of [spool] to what it can hold"};
}

std::vector<Finding> JudgeSpool(const SpoolContent& content, TimePoint now) {
  Outcome outcome;
  const std::string subject = "spool";
  if (content.damaged > 0)
    outcome.Warn(subject, fmt::format("{} samples in it are damaged", content.damaged),
                 "the disk lost what was written: look at its health (smartctl, dmesg); the rest "
                 "will be stored, and the next run counts the loss");
  if (content.samples == 0 || !content.oldest) {
    outcome.Ok(subject, "empty: no sample waits");
    return outcome.findings;
  }
  const auto age = std::chrono::floor<std::chrono::seconds>(now - *content.oldest);
  const std::string text =
      fmt::format("{} for the database, the oldest since {}",
                  content.samples == 1
                      ? fmt::format("1 sample ({}) waits", Size(content.bytes))
                      : fmt::format("{} samples ({}) wait", content.samples, Size(content.bytes)),
                  Age(age));
  if (age > kLongWait)
    outcome.Warn(
        subject, text,
        "mend what keeps the database away, and let data-aggregator run: the next run that "
        "reaches it stores them");
  else
    outcome.Ok(subject, text);
  return outcome.findings;
}

std::vector<Check> StateDirectoryChecks(const Config& config, const Clock& clock) {
  return {{Group::kStateDirectory, "state directory",
           [&config, &clock](const std::stop_token&) { return Examine(config, clock); }}};
}

}  // namespace mon::data_aggregator::doctor
