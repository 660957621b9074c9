#pragma once

#include <cstddef>

#include "common/error.h"
#include "items.h"
#include "processor/alert.h"

namespace mon::processor {

/// The most items of an application that are compared, by host and key, and the most that are
/// named.
inline constexpr std::size_t kMostCompared = 2000;
inline constexpr std::size_t kMostMoved = 10;

/// What the machines of `alert` did around its beginning that they do not do otherwise
/// (correlator/rank.h), against the hour before it. What is there by now is looked at, up to ten
/// minutes after the beginning. Errors: those of `items`.
[[nodiscard]] Result<Moves> FindMoves(ItemSource& items, const Alert& alert,
                                      std::chrono::seconds window);

}  // namespace mon::processor
