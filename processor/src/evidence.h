#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/finding.h"
#include "common/error.h"
#include "contexts.h"
#include "items.h"

namespace mon::processor {

/// What the machines of `application` showed around `timestamp` (epoch seconds): for each related
/// item the value nearest within the window, else its last one before, marked as outside. Items
/// that have no value, or have vanished without one in the window, are left out. By host and key.
/// `contexts` say which items have a wider window than `window`, and which have nothing to do with
/// the application at that time and are left out.
[[nodiscard]] Result<std::vector<anomaly_detector::JoinedValue>> CollectEvidence(
    ItemSource& items, const std::string& application, std::int64_t timestamp,
    std::chrono::seconds window, const Contexts& contexts = {});

/// The most joined values that are kept with an alert, those within the window first.
inline constexpr std::size_t kMostEvidence = 1000;

/// True where `joined` may replace `than` without a loss: it has more values within the window, or
/// as many and no fewer at all.
[[nodiscard]] bool TellsAsMuch(std::span<const anomaly_detector::JoinedValue> joined,
                               std::span<const anomaly_detector::JoinedValue> than);

}  // namespace mon::processor
