#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batch.h"
#include "common/error.h"
#include "processor/sample.h"
#include "sample_reader.h"

namespace mon::processor {

/// The newest samples of applications, as far back as rules look: what was judged is not read from
/// the database again for the samples that follow. Whoever holds it judges all that comes; if
/// somebody else has judged meanwhile, it must be cleared.
class RecentSamples {
 public:
  explicit RecentSamples(std::chrono::seconds reach = std::chrono::seconds(0)) : reach_(reach) {}

  /// Before `portion` is judged: adds its samples, and for applications that are not known yet what
  /// is stored of `reach` before them. `seen`: the time of the newest sample of an application that
  /// came before these; of one that is behind it nothing is kept.
  using Seen = std::function<std::optional<std::int64_t>(const std::string& application)>;
  [[nodiscard]] Result<void> Take(const Portion& portion, SampleHistory& history, const Seen& seen);

  /// The samples of that time, ascending; nothing where it does not know all of them. Valid until
  /// the next call of Take or Clear.
  [[nodiscard]] std::optional<std::span<const Sample>> Within(const std::string& application,
                                                              std::int64_t from,
                                                              std::int64_t to) const;

  void Clear() { known_.clear(); }

 private:
  struct Stretch {
    std::int64_t from = 0;  ///< all since then is there
    std::vector<Sample> samples;
  };

  void Trim(const Portion& portion);
  [[nodiscard]] Result<void> ReadBefore(Portion unknown, SampleHistory& history);

  std::chrono::seconds reach_;
  std::map<std::string, Stretch, std::less<>> known_;  // by application
};

/// Of those that are sorted by time the ones with from <= timestamp <= to.
[[nodiscard]] std::span<const Sample> Within(std::span<const Sample> samples, std::int64_t from,
                                             std::int64_t to);

}  // namespace mon::processor
