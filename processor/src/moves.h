#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "call_graph.h"
#include "common/error.h"
#include "contexts.h"
#include "correlator/rank.h"
#include "items.h"
#include "processor/alert.h"

namespace mon::processor {

/// The most items of an application that are compared, by host and key, and the most that are
/// named.
inline constexpr std::size_t kMostCompared = 2000;
inline constexpr std::size_t kMostMoved = 10;

/// How much of the past tells what is usual.
inline constexpr std::int64_t kRankedPast = 3'600;  // s before what is looked at

/// The time around the beginning of `alert` that is looked at: what is there by now, up to ten
/// minutes after the beginning.
[[nodiscard]] correlator::RankOptions LookAround(const Alert& alert, std::chrono::seconds window);

/// The numbers of one that was ranked; whose they are, and the words, are left to be filled in.
[[nodiscard]] MovedItem AsRanked(const correlator::Ranked& ranked);

/// What happened at the onset, as a sentence names it: "the errors".
[[nodiscard]] std::string_view WhatOf(const Alert& alert);

/// What the machines of `alert` did around its beginning that they do not do otherwise
/// (correlator/rank.h), against the hour before it; the most unusual first. What `contexts` say has
/// nothing to do with it is not looked at. Errors: those of `items`.
[[nodiscard]] Result<Moves> FindMoves(ItemSource& items, const Alert& alert,
                                      std::chrono::seconds window, const Contexts& contexts = {});

/// Puts the most likely cause first, and keeps kMostMoved. What counts is a product:
/// - how unlikely it is by chance: -log10 of the p-value, 12 at most;
/// - how early it came, for a cause is before its effect: half for each minute behind the first
/// one;
/// - the graph: half where something that the application in question calls, by itself or through
///   others, explains it, because that moved as well and no more than a minute later. The onset of
///   each is known within a minute or so;
/// - the role: what counts as a cause counts twice.
/// What counts as a symptom comes last, and is no probable cause: see ProbableCause.
/// `application`: whose the items are.
void OrderByCause(Moves& moves, const CallGraph& graph, const std::string& application);

}  // namespace mon::processor
