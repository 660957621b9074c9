#pragma once

#include "alert_book.h"
#include "common/error.h"
#include "replay.h"

namespace mon::processor {

/// Brings what a stretch tells, now that late samples are in it, together with what is recorded.
///
/// A late true sample lies in one of the incidents of the stretch. Where that one overlaps a
/// recorded incident, it is the same one: the late sample is noted with it. Otherwise it is an
/// incident of its own. A late false sample within a recorded incident that the stretch would not
/// have there is noted too. Nothing that was told is taken back: a recorded incident keeps its
/// times, but one that is open ends where the stretch shows its end.
[[nodiscard]] Result<void> Reconcile(const Replayed& replayed, TrackedState& tracked,
                                     AlertBook& book);

}  // namespace mon::processor
