#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "processor/alert.h"

namespace mon::processor {

/// What a pass did, or with --dry-run would have done.
struct Summary {
  std::size_t rows = 0;                        ///< read for the first time
  std::size_t late = 0;                        ///< of them judged as late data, counted per rule
  std::map<std::string, std::size_t> skipped;  ///< rows that cannot be judged, by reason
  std::size_t waiting = 0;                     ///< samples that wait for values of items
  std::vector<std::string> fired;              ///< a sentence for each incident
  std::vector<std::string> resolved;
  std::vector<std::string> mails;  ///< subjects, queued
  std::vector<Alert> unsaved;      ///< what a dry run would have recorded; ids below 0 are new
};

/// For a person at a terminal, lines ending with \n.
[[nodiscard]] std::string SummaryText(const Summary& summary, bool dry_run);

}  // namespace mon::processor
