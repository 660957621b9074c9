#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "call_graph.h"
#include "common/error.h"
#include "processor/alert.h"
#include "sample_reader.h"

namespace mon::processor {

/// So many of the applications that one calls are looked at, the nearest first.
inline constexpr std::size_t kMostCallees = 50;

/// Since when an alert of a callee is looked at, before the onset; one that began earlier still
/// counts while it lasts, but did not begin this.
inline constexpr std::int64_t kFreshAlert = 600;  // s

/// Which of `callees` were out of order around the beginning of `alert`: they have an alert of
/// their own, or answered with more errors or more slowly than in the hour before (as
/// correlator/rank.h has it). One entry for each, in any order, with what tells the most of it.
/// `alerts`: of the callees, that lasted at some time around it. Errors: those of `history`.
[[nodiscard]] Result<std::vector<MovedItem>> FindCallees(std::span<const Callee> callees,
                                                         std::span<const Alert> alerts,
                                                         SampleHistory& history, const Alert& alert,
                                                         std::chrono::seconds window);

}  // namespace mon::processor
