#include "evaluator.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

#include "columns.h"
#include "detectors.h"
#include "layout.h"
#include "sample_reader.h"

namespace mon::processor {
namespace {

using anomaly_detector::Rule;

/// Samples further apart than this are joined by queries of their own, so that a few samples of
/// different days do not read all the days between them.
constexpr std::int64_t kLongestStretch = 3600;  // s

/// Some hundred bytes each. More of them are made whenever they are asked for.
constexpr std::size_t kMostLayouts = 20'000;

/// More of them, or what reaches farther, is read when it is asked for.
constexpr std::size_t kMostItemsAhead = 5'000;
constexpr std::chrono::seconds kLongestReachAhead{3600};

}  // namespace

Result<Evaluations> Evaluator::Evaluate(const Rule& rule, const std::string& application,
                                        std::span<const Sample> samples) {
  return Evaluate(rule, std::make_shared<const SampleSeries>(application, samples));
}

Result<Evaluations> Evaluator::Evaluate(const Rule& rule,
                                        std::shared_ptr<const SampleSeries> series) {
  const std::string& application = series->Application();
  const auto samples = series->Samples();
  auto layout = LayoutOf(rule, application);
  if (!layout) return std::unexpected(layout.error());
  Evaluations out(rule, std::move(series), *layout);
  if ((*layout)->columns.empty()) {
    out.Add(samples.size(), {});
    return out;
  }
  for (auto rest = samples; !rest.empty();) {
    const auto end = std::ranges::upper_bound(rest, rest.front().timestamp + kLongestStretch, {},
                                              &Sample::timestamp);
    const auto part = rest.first(static_cast<std::size_t>(end - rest.begin()));
    std::vector<Sample> around;
    if (const auto span = rule.MetricSpan(); span.count() > 0) {
      const auto from = part.front().timestamp - span.count();
      auto stored = Stored(application, from, part.back().timestamp);
      if (!stored) return std::unexpected(stored.error());
      std::ranges::set_union(Within(samples, from, part.back().timestamp), *stored,
                             std::back_inserter(around), {}, &Sample::timestamp,
                             &Sample::timestamp);
    }
    auto columns = ReadColumns(**layout, items_, part, around, detectors_, history_);
    if (!columns) return std::unexpected(columns.error());
    out.Add(part.size(), *std::move(columns));
    rest = rest.subspan(part.size());
  }
  return out;
}

Result<std::shared_ptr<const Layout>> Evaluator::LayoutOf(const Rule& rule,
                                                          const std::string& application) {
  auto& known =
      layouts_.try_emplace(&rule.Config(), LayoutsOfRule{rule, {}}).first->second.by_application;
  if (const auto found = known.find(application); found != known.end()) return found->second;
  std::span<const RelatedItem> related;
  if (rule.UsesItems()) {
    auto found = items_.Related(application);
    if (!found) return std::unexpected(found.error());
    related = *found;
  }
  auto layout = Arrange(rule, application, items_, related, window_, contexts_);
  if (!layout) return std::unexpected(layout.error());
  auto kept = std::make_shared<const Layout>(*std::move(layout));
  if (layout_count_ < kMostLayouts) {
    known.emplace(application, kept);
    ++layout_count_;
  }
  return kept;
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
  window = std::max(window, other.window);
}

Result<SourceProgress> Evaluator::Progress(const Rule& rule, const std::string& application) {
  auto known = LayoutOf(rule, application);
  if (!known) return std::unexpected(known.error());
  const Layout* layout = known->get();
  if (layout->items.empty() && layout->hosts.empty()) {
    auto related = items_.Related(application);
    if (!related) return std::unexpected(related.error());
    return ProgressOfHosts(*related);
  }
  std::map<std::uint64_t, std::vector<const RelatedItem*>> by_host;
  for (const auto* item : layout->items) by_host[item->hostid].push_back(item);
  SourceProgress progress;
  for (const auto& items : layout->hosts) {
    auto host = ProgressOfHost(items);
    if (!host) return host;
    progress.Include(*host);
  }
  for (const auto& column : layout->columns) {
    progress.window = std::max(progress.window, column.window);
  }
  for (const auto& [hostid, items] : by_host) {
    SourceProgress host;
    auto read = items_.ReadUntil(hostid);
    if (!read) return std::unexpected(read.error());
    host.read_until = *read;
    if (!host.read_until) {
      auto kept = items_.HaveHistory(items);
      if (!kept) return std::unexpected(kept.error());
      host.overwritten = !*kept;
      host.newest_value =
          (*std::ranges::min_element(items, {}, &RelatedItem::lastclock))->lastclock;
    }
    progress.Include(host);
  }
  return progress;
}

/// The stored samples of that time, in the order of time; valid until the next call.
Result<std::span<const Sample>> Evaluator::Stored(const std::string& application, std::int64_t from,
                                                  std::int64_t to) {
  if (history_ == nullptr) return std::span<const Sample>();
  if (recent_ != nullptr) {
    if (const auto known = recent_->Within(application, from, to)) return *known;
  }
  if (read_on_demand_.application != application || from < read_on_demand_.from ||
      to > read_on_demand_.to) {
    auto samples = ReadAll(*history_, application, from, to);
    if (!samples) return std::unexpected(samples.error());
    read_on_demand_ = {application, from, to, *std::move(samples)};
  }
  return Within(read_on_demand_.samples, from, to);
}

Result<void> Evaluator::ReadAhead(std::span<const Rule> rules, const Portion& portion) {
  items_.Forget();
  auto wanted = WantedAhead(rules, portion);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->items.empty()) return {};
  return items_.Load(*wanted);
}

Result<ItemsAhead::Stretch> Evaluator::WantedAhead(std::span<const Rule> rules,
                                                   const Portion& portion) {
  std::map<std::uint64_t, RelatedItem> items;
  std::chrono::seconds before{0};
  std::chrono::seconds behind{0};
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const auto& [application, samples] : portion) {
    if (items.size() >= kMostItemsAhead) break;
    for (const Rule& rule : rules) {
      if (!rule.UsesItems()) continue;
      const auto layout = LayoutOf(rule, *application);
      if (!layout) return std::unexpected(layout.error());
      const WantedItems wanted(**layout);
      if (wanted.before > kLongestReachAhead || wanted.behind > kLongestReachAhead) continue;
      before = std::max(before, wanted.before);
      behind = std::max(behind, wanted.behind);
      for (const auto* item : wanted.items) items.emplace(item->itemid, *item);
    }
    first = std::min(first, samples.front().timestamp);
    last = std::max(last, samples.back().timestamp);
  }
  ItemsAhead::Stretch wanted{{}, first - before.count(), last + behind.count()};
  for (auto& [itemid, item] : items) wanted.items.push_back(std::move(item));
  return wanted;
}

/// Of a host as a whole: of its items some may have been silent for long.
Result<SourceProgress> Evaluator::ProgressOfHost(const HostItems& items) {
  SourceProgress progress;
  auto read = items_.ReadUntil(items.front()->hostid);
  if (!read) return std::unexpected(read.error());
  progress.read_until = *read;
  if (!progress.read_until) {
    progress.newest_value =
        (*std::ranges::max_element(items, {}, &RelatedItem::lastclock))->lastclock;
  }
  return progress;
}

/// Of a rule that names items which none of the hosts behind `related` has.
Result<SourceProgress> Evaluator::ProgressOfHosts(std::span<const RelatedItem> related) {
  SourceProgress progress;
  progress.window = window_;
  progress.missing = related.empty();
  for (const auto& item : related) {
    auto read = items_.ReadUntil(item.hostid);
    if (!read) return std::unexpected(read.error());
    progress.missing = progress.missing || !*read;
    progress.Include({.read_until = *read, .newest_value = {}});
  }
  return progress;
}

}  // namespace mon::processor
