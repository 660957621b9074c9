#include "recent_samples.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

#include "readiness.h"

namespace mon::processor {
namespace {

/// More of them are kept only while they are judged: 32 bytes each.
constexpr std::size_t kMostKept = 500'000;

/// Rules with items judge samples that have waited.
constexpr std::chrono::seconds kSlack = 2 * kLongestWait;

constexpr auto kNever = std::numeric_limits<std::int64_t>::min();

/// Applications whose samples lie within so many seconds are read by one query.
constexpr std::int64_t kTogether = 3600;

/// The newer samples replace those of the same second.
void Merge(std::vector<Sample>& samples, std::span<const Sample> newer) {
  if (samples.empty() || samples.back().timestamp < newer.front().timestamp) {
    samples.insert(samples.end(), newer.begin(), newer.end());
    return;
  }
  std::vector<Sample> merged;
  merged.reserve(samples.size() + newer.size());
  std::ranges::set_union(newer, samples, std::back_inserter(merged), {}, &Sample::timestamp,
                         &Sample::timestamp);
  samples = std::move(merged);
}

}  // namespace

std::span<const Sample> Within(std::span<const Sample> samples, std::int64_t from,
                               std::int64_t to) {
  const auto first = std::ranges::lower_bound(samples, from, {}, &Sample::timestamp);
  const auto last = std::ranges::upper_bound(first, samples.end(), to, {}, &Sample::timestamp);
  return {first, last};
}

Result<void> RecentSamples::Take(const Portion& portion, SampleHistory& history, const Seen& seen) {
  if (reach_.count() == 0) return {};
  Trim(portion);
  Portion unknown;
  std::ranges::copy_if(portion, std::back_inserter(unknown), [&](const SamplesOf& one) {
    return !known_.contains(*one.application) &&
           seen(*one.application).value_or(kNever) < one.samples.back().timestamp;
  });
  if (auto read = ReadBefore(std::move(unknown), history); !read) return read;
  for (const auto& [application, samples] : portion) {
    const auto known = known_.find(*application);
    if (known != known_.end()) Merge(known->second.samples, samples);
  }
  return {};
}

void RecentSamples::Trim(const Portion& portion) {
  std::size_t kept = 0;
  for (auto& [application, stretch] : known_) {
    auto& samples = stretch.samples;
    if (samples.empty()) continue;
    stretch.from = std::max(stretch.from, samples.back().timestamp - (reach_ + kSlack).count());
    const auto first = std::ranges::lower_bound(samples, stretch.from, {}, &Sample::timestamp);
    samples.erase(samples.begin(), first);
    kept += samples.size();
  }
  if (kept <= kMostKept) return;
  std::set<std::string_view> wanted;
  for (const auto& one : portion) wanted.insert(*one.application);
  std::erase_if(known_, [&](const auto& entry) { return !wanted.contains(entry.first); });
}

Result<void> RecentSamples::ReadBefore(Portion unknown, SampleHistory& history) {
  const auto first = [](const SamplesOf& one) { return one.samples.front().timestamp; };
  std::ranges::sort(unknown, {}, first);
  for (std::size_t begin = 0; begin < unknown.size();) {
    const std::int64_t from = first(unknown[begin]) - reach_.count();
    std::int64_t to = first(unknown[begin]);
    std::vector<std::string> names;
    const std::int64_t last = to + kTogether;
    for (; begin < unknown.size() && first(unknown[begin]) <= last; ++begin) {
      names.push_back(*unknown[begin].application);
      to = std::max(to, unknown[begin].samples.back().timestamp);
    }
    auto read = history.ReadMany(names, from, to);
    if (!read) return std::unexpected(read.error());
    for (auto& [application, samples] : *read)
      known_.emplace(application, Stretch{from, std::move(samples)});
  }
  return {};
}

std::optional<std::span<const Sample>> RecentSamples::Within(const std::string& application,
                                                             std::int64_t from,
                                                             std::int64_t to) const {
  const auto known = known_.find(application);
  if (known == known_.end() || from < known->second.from) return std::nullopt;
  return processor::Within(known->second.samples, from, to);
}

}  // namespace mon::processor
