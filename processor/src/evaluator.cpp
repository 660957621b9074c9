#include "evaluator.h"

#include <algorithm>
#include <map>

#include "correlator/join.h"

namespace mon::processor {
namespace {

using anomaly_detector::HostReadings;
using anomaly_detector::Reading;
using anomaly_detector::Rule;
using anomaly_detector::Truth;

/// Samples further apart than this are joined by queries of their own, so that a few samples of
/// different days do not read all the days between them.
constexpr std::int64_t kLongestStretch = 3600;  // s

/// Where the items of a rule's keys are: `slots` holds for each host and key a position in `items`.
struct Layout {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<const RelatedItem*> items;
  std::vector<std::string> hosts;
  std::vector<std::size_t> slots;  // hosts × keys
};

/// `related` is sorted by host, so that the items of one host are neighbours.
Layout Arrange(const Rule& rule, std::span<const RelatedItem> related) {
  Layout layout;
  const auto& keys = rule.ItemKeys();
  const RelatedItem* previous = nullptr;
  for (const auto& item : related) {
    if (item.vanished) continue;
    for (std::size_t key = 0; key < keys.size(); ++key) {
      if (!item.IsCalled(keys[key])) continue;
      if (previous == nullptr || previous->hostid != item.hostid || previous->host != item.host) {
        layout.hosts.push_back(item.host);
        layout.slots.resize(layout.slots.size() + keys.size(), Layout::kNone);
      }
      previous = &item;
      auto& slot = layout.slots[layout.slots.size() - keys.size() + key];
      if (slot != Layout::kNone) continue;
      slot = layout.items.size();
      layout.items.push_back(&item);
    }
  }
  return layout;
}

/// The readings of every host at one sample, kept in one piece of memory that is used again.
class ReadingTable {
 public:
  ReadingTable(const Layout& layout, std::size_t keys)
      : layout_(&layout), readings_(layout.slots.size()) {
    for (std::size_t host = 0; host < layout.hosts.size(); ++host) {
      hosts_.push_back({layout.hosts[host], std::span(readings_).subspan(host * keys, keys)});
    }
  }

  template <typename ValueOf>
  std::span<const HostReadings> Fill(const ValueOf& value_of) {
    for (std::size_t i = 0; i < readings_.size(); ++i) {
      const auto item = layout_->slots[i];
      if (item == Layout::kNone) continue;  // stays kNoItem
      const std::optional<double> value = value_of(item);
      readings_[i] =
          value ? Reading{Reading::State::kValue, *value} : Reading{Reading::State::kNoValue, 0};
    }
    return hosts_;
  }

 private:
  const Layout* layout_;
  std::vector<Reading> readings_;
  std::vector<HostReadings> hosts_;
};

}  // namespace

Result<std::vector<Evaluation>> Evaluator::Evaluate(const Rule& rule,
                                                    const std::string& application,
                                                    std::span<const Sample> samples) {
  std::vector<Evaluation> out;
  out.reserve(samples.size());
  if (!rule.UsesItems()) {
    for (const auto& sample : samples) out.push_back(processor::Evaluate(rule, sample, {}));
    return out;
  }

  auto related = items_->Related(application);
  if (!related) return std::unexpected(related.error());
  const auto layout = Arrange(rule, *related);
  ReadingTable table(layout, rule.ItemKeys().size());
  while (out.size() < samples.size()) {
    const auto rest = samples.subspan(out.size());
    const auto end = std::ranges::upper_bound(rest, rest.front().timestamp + kLongestStretch, {},
                                              &Sample::timestamp);
    const auto part = rest.first(static_cast<std::size_t>(end - rest.begin()));
    auto series = items_->Series(layout.items, part.front().timestamp - window_.count(),
                                 part.back().timestamp + window_.count());
    if (!series) return std::unexpected(series.error());

    std::vector<std::int64_t> times;
    for (const auto& sample : part) times.push_back(sample.timestamp);
    std::vector<std::vector<std::size_t>> nearest(layout.items.size());
    for (std::size_t item = 0; item < nearest.size(); ++item) {
      std::vector<std::int64_t> clocks;
      for (const auto& point : (*series)[item]) clocks.push_back(point.clock);
      nearest[item].resize(times.size());
      correlator::JoinNearest(times, clocks, window_, nearest[item]);
    }
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto value_at = [&](std::size_t item) -> std::optional<double> {
        const auto at = nearest[item][i];
        if (at == correlator::kNoMatch) return std::nullopt;
        return (*series)[item][at].number;
      };
      out.push_back(processor::Evaluate(rule, part[i], table.Fill(value_at)));
    }
  }
  return out;
}

void SourceProgress::Include(const SourceProgress& other) {
  if (other.read_until) {
    read_until = std::min(read_until.value_or(*other.read_until), *other.read_until);
  }
  if (other.newest_value) {
    newest_value = std::max(newest_value.value_or(*other.newest_value), *other.newest_value);
  }
  overwritten = overwritten || other.overwritten;
  missing = missing || other.missing;
}

Result<SourceProgress> Evaluator::Progress(const Rule& rule, const std::string& application) {
  auto related = items_->Related(application);
  if (!related) return std::unexpected(related.error());
  const auto layout = Arrange(rule, *related);
  if (layout.items.empty()) return ProgressOfHosts(*related);
  std::map<std::uint64_t, std::vector<const RelatedItem*>> by_host;
  for (const auto* item : layout.items) by_host[item->hostid].push_back(item);
  SourceProgress progress;
  for (const auto& [hostid, items] : by_host) {
    SourceProgress host;
    auto read = items_->ReadUntil(hostid);
    if (!read) return std::unexpected(read.error());
    host.read_until = *read;
    if (!host.read_until) {
      auto kept = items_->HaveHistory(items);
      if (!kept) return std::unexpected(kept.error());
      host.overwritten = !*kept;
      host.newest_value =
          (*std::ranges::min_element(items, {}, &RelatedItem::lastclock))->lastclock;
    }
    progress.Include(host);
  }
  return progress;
}

/// Of a rule that names items which none of the hosts behind `related` has.
Result<SourceProgress> Evaluator::ProgressOfHosts(std::span<const RelatedItem> related) {
  SourceProgress progress;
  progress.missing = related.empty();
  for (const auto& item : related) {
    auto read = items_->ReadUntil(item.hostid);
    if (!read) return std::unexpected(read.error());
    progress.missing = progress.missing || !*read;
    progress.Include({*read, std::nullopt});
  }
  return progress;
}

}  // namespace mon::processor
