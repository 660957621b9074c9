#include "processor/fakes.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "batch.h"

namespace mon::processor {

Result<SampleStretch> FakeHistory::Read(const std::string& application, std::int64_t from,
                                        std::int64_t to) {
  ++reads;
  SampleStretch stretch;
  for (const auto& [key, sample] : samples_) {
    if (key.first != application || key.second < from || key.second > to) continue;
    if (stretch.samples.size() == page) {
      stretch.more_from = key.second;
      break;
    }
    stretch.samples.push_back(sample);
  }
  return stretch;
}

Result<std::map<std::string, std::vector<Sample>>> FakeHistory::ReadMany(
    std::span<const std::string> applications, std::int64_t from, std::int64_t to) {
  ++reads;
  std::map<std::string, std::vector<Sample>> found;
  for (const auto& application : applications) {
    const auto end = samples_.upper_bound({application, to});
    for (auto at = samples_.lower_bound({application, from}); at != end; ++at) {
      found[application].push_back(at->second);
    }
  }
  return found;
}

Result<std::vector<Sample>> FakeHistory::ReadBefore(const std::string& application,
                                                    std::int64_t before, std::size_t count) {
  std::vector<Sample> all;
  for (const auto& [key, sample] : samples_) {
    if (key.first == application && key.second < before) all.push_back(sample);
  }
  if (all.size() > count) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(count));
  return all;
}

std::uint64_t FakeItems::Add(const std::string& host, const std::string& key) {
  RelatedItem item;
  item.itemid = 100 + items.size();
  const auto same = std::ranges::find(items, host, &RelatedItem::host);
  item.hostid = same == items.end() ? 10 + items.size() : same->hostid;
  item.host = host;
  item.key = key;
  item.name = "name of " + key;
  items.push_back(item);
  const auto id = item.itemid;
  std::ranges::sort(items, {}, [](const RelatedItem& i) { return std::tie(i.host, i.key); });
  return id;
}

void FakeItems::Put(std::uint64_t itemid, std::int64_t clock, double value) {
  values[itemid][clock] = value;
  auto item = std::ranges::find(items, itemid, &RelatedItem::itemid);
  item->lastclock = std::max(item->lastclock, clock);
}

Result<std::span<const RelatedItem>> FakeItems::Related(const std::string&) {
  return std::span<const RelatedItem>(items);
}

Result<std::vector<ItemValues>> FakeItems::Series(std::span<const RelatedItem* const> wanted,
                                                  std::int64_t from, std::int64_t to) {
  reads += wanted.empty() ? 0 : 1;
  std::vector<ItemValues> series;
  for (const auto* item : wanted) {
    auto& found = series.emplace_back();
    for (const auto& [clock, value] : values[item->itemid]) {
      if (clock >= from && clock <= to) found.Add(clock, value, std::to_string(value));
    }
  }
  return series;
}

Result<std::vector<std::optional<ItemPoint>>> FakeItems::LastBefore(
    std::span<const RelatedItem* const> wanted, std::int64_t before) {
  std::vector<std::optional<ItemPoint>> last;
  for (const auto* item : wanted) {
    auto& point = last.emplace_back();
    for (const auto& [clock, value] : values[item->itemid]) {
      if (clock < before) point = ItemPoint{clock, value, std::to_string(value)};
    }
  }
  return last;
}

Result<std::optional<std::int64_t>> FakeItems::ReadUntil(std::uint64_t hostid) {
  const auto found = read_until.find(hostid);
  if (found == read_until.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<StoredState>> FakeStore::LoadStates(std::span<const std::string>) {
  std::vector<StoredState> stored;
  for (const auto& [key, tracked] : states) {
    stored.push_back({key.first, key.second, tracked.state, nullptr});
    if (!tracked.open) continue;
    const auto open = std::ranges::find(alerts, tracked.open->id, &Alert::id);
    stored.back().open = std::make_unique<Alert>(*open);
  }
  return stored;
}

Result<std::vector<Alert>> FakeStore::LoadOverlapping(const Alert& candidate) {
  ++overlap_reads;
  std::vector<Alert> found;
  for (const auto& alert : alerts) {
    if (alert.rule == candidate.rule && alert.application == candidate.application &&
        alert.Overlaps(candidate)) {
      found.push_back(alert);
    }
  }
  return found;
}

Result<std::vector<Alert>> FakeStore::LoadAround(std::span<const std::string> applications,
                                                 std::int64_t from, std::int64_t to) {
  std::vector<Alert> found;
  std::ranges::copy_if(alerts, std::back_inserter(found), [&](const Alert& alert) {
    return std::ranges::find(applications, alert.application) != applications.end() &&
           alert.started_at <= to && alert.ended_at.value_or(to) > from;
  });
  return found;
}

Result<std::vector<Alert>> FakeStore::LoadTold() {
  std::vector<Alert> told;
  std::ranges::copy_if(alerts, std::back_inserter(told), std::not_fn(&Alert::judged));
  return told;
}

void FakeStore::Tell(Alert alert) {
  alert.id = static_cast<std::int64_t>(alerts.size()) + 1;
  alert.changed = false;
  alert.new_events.clear();
  alerts.push_back(std::move(alert));
}

void FakeStore::Commit(AlertBook& book) {
  for (const auto& alert : book.Alerts()) {
    if (alert->id == 0) {
      alert->id = static_cast<std::int64_t>(alerts.size()) + 1;
      alerts.emplace_back();
    }
    auto& row = alerts[static_cast<std::size_t>(alert->id - 1)];
    row = *alert;
    row.changed = row.resolved_now = false;
    row.new_events.clear();
  }
  for (const auto& [key, tracked] : book.States()) states[key] = tracked;
}

namespace {

anomaly_detector::Rule Parsed(const RuleConfig& config) {
  auto rule = anomaly_detector::Rule::Parse(config);
  if (!rule) throw std::logic_error(rule.error().message);
  return *rule;
}

}  // namespace

JudgeWorld::JudgeWorld(RuleConfig config)
    : rule_(Parsed(config)), evaluator_(items, std::chrono::seconds(10)) {}

std::vector<Alert> JudgeWorld::Pass(const std::vector<Sample>& samples,
                                    const std::string& application) {
  for (const auto& sample : samples) history.Store(sample, application);
  evaluator_.UseHistory(&history);  // as each page does: nothing of the last one is known any more
  AlertBook book(store);
  const std::vector<std::string> applications{application};
  EXPECT_TRUE(book.Load(applications));
  Judge judge(evaluator_, history, book, std::chrono::seconds(10));
  std::vector<Sample> in_order = samples;
  PutInOrder(in_order);
  const auto judged = judge.Samples({&rule_, 1}, application, in_order);
  EXPECT_TRUE(judged) << judged.error().message;
  book.EndTold(applications);
  std::vector<Alert> touched;
  for (const auto& alert : book.Alerts()) {
    if (alert->changed) touched.push_back(*alert);
  }
  store.Commit(book);
  return touched;
}

RuleConfig RuleOf(const std::string& expr) {
  RuleConfig rule;
  rule.expr = expr;
  return rule;
}

RuleConfig RuleFor(std::chrono::seconds held) {
  RuleConfig rule;
  rule.for_ = held;
  return rule;
}

Sample At(std::int64_t timestamp, float error_rate) {
  return {timestamp, timestamp, 100, error_rate};
}

}  // namespace mon::processor
