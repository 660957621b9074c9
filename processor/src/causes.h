#pragma once

#include "alert_book.h"
#include "common/error.h"
#include "items.h"
#include "processor/alert.h"
#include "sample_reader.h"
#include "setup.h"

namespace mon::processor {

/// Where it is looked for causes. What it refers to must outlive its use.
struct CauseSources {
  ItemSource& items;
  SampleHistory& history;
  const AlertBook& book;  ///< of the alerts of applications that are called
};

/// What moved around the beginning of `alert`, of the items of its hosts (moves.h) and of the
/// applications that it calls (callees.h), the most likely cause first. Errors: those of the
/// sources.
[[nodiscard]] Result<Moves> FindCauses(const Setup& setup, const Alert& alert,
                                       const CauseSources& sources);

}  // namespace mon::processor
