#include "layout.h"

#include <algorithm>
#include <map>
#include <optional>

#include "contexts.h"

namespace mon::processor {
namespace {

using anomaly_detector::Function;
using anomaly_detector::Operand;
using anomaly_detector::Rule;
using anomaly_detector::Source;

using Items = std::span<const RelatedItem>;

/// The first item that the operand means by its whole key and tag, or null.
const RelatedItem* FindItem(const Operand& operand, Items of_host) {
  const auto found = std::ranges::find_if(of_host, [&](const RelatedItem& item) {
    return !item.vanished && item.IsCalled(operand.item.key) && item.HasTag(operand.item.tag);
  });
  return found == of_host.end() ? nullptr : &*found;
}

/// The keys of a host that a pattern stands for. One that is itself a key of the host is no pattern
/// there.
std::vector<std::string> KeysLike(const std::string& pattern, Items of_host) {
  std::vector<std::string> keys;
  for (const RelatedItem& item : of_host) {
    if (item.vanished || !item.Matches(pattern)) continue;
    if (item.IsCalled(pattern)) return {pattern};
    const std::string& key = item.key.empty() ? item.name : item.key;
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

class Arrangement {
 public:
  explicit Arrangement(const Rule& rule) : operands_(rule.NeededOperands()) {
    for (const Operand& operand : operands_.of_host) {
      if (operand.item.IsPattern()) pattern_ = operand.item.key;
    }
  }

  Result<void> AddShared(const std::string& application, ItemSource& source) {
    for (const Operand& operand : operands_.shared) {
      if (operand.source != Source::kItem) {
        layout_.shared.push_back(ColumnOf(operand, Layout::kNone));
        continue;
      }
      auto items = source.OnHost(application, operand.item.host);
      if (!items) return std::unexpected(items.error());
      layout_.named.push_back(std::move(*items));
      layout_.shared.push_back(Place(operand, layout_.named.back()));
    }
    return {};
  }

  void AddHost(Items of_host) {
    if (!pattern_) return AddRow(of_host, {});
    const auto keys = KeysLike(*pattern_, of_host);
    for (const std::string& key : keys) AddRow(of_host, key);
    if (keys.empty()) AddRow(of_host, {});
  }

  Layout Take() { return std::move(layout_); }

 private:
  /// Of a host that has any item of the rule.
  void AddRow(Items of_host, const std::string& key) {
    std::vector<std::size_t> slots;
    for (const Operand& operand : operands_.of_host) {
      if (!operand.item.IsPattern() || key.empty()) {
        slots.push_back(Place(operand, of_host));
        continue;
      }
      Operand exact = operand;
      exact.item.key = key;
      const RelatedItem* item = FindItem(exact, of_host);
      slots.push_back(item == nullptr ? Layout::kNone : ColumnOf(operand, PositionOf(*item)));
    }
    if (std::ranges::all_of(slots, [](auto slot) { return slot == Layout::kNone; })) return;
    layout_.rows.push_back({of_host.front().host, key == pattern_ ? std::string() : key});
    layout_.slots.insert(layout_.slots.end(), slots.begin(), slots.end());
  }

  /// The host itself, where it has numeric items.
  std::size_t PlaceHost(const Operand& operand, Items of_host) {
    const auto hostid = of_host.front().hostid;
    if (hostid == 0) return Layout::kNone;  // several hosts may have none
    const auto [at, fresh] = hosts_.try_emplace(hostid, layout_.hosts.size());
    if (fresh) {
      HostItems numeric;
      for (const RelatedItem& item : of_host) {
        if (item.IsNumeric() && !item.vanished && numeric.size() < kMostOfHost) {
          numeric.push_back(&item);
        }
      }
      if (numeric.empty()) {
        hosts_.erase(at);
        return Layout::kNone;
      }
      layout_.hosts.push_back(std::move(numeric));
    }
    return ColumnOf(operand, at->second);
  }

  std::size_t Place(const Operand& operand, Items of_host) {
    if (operand.source == Source::kHost) return PlaceHost(operand, of_host);
    const RelatedItem* item = FindItem(operand, of_host);
    return item == nullptr ? Layout::kNone : ColumnOf(operand, PositionOf(*item));
  }

  std::size_t PositionOf(const RelatedItem& item) {
    const auto [at, fresh] = positions_.try_emplace(item.itemid, layout_.items.size());
    if (fresh) layout_.items.push_back(&item);
    return at->second;
  }

  std::size_t ColumnOf(const Operand& operand, std::size_t item) {
    const auto [at, fresh] = columns_.try_emplace({&operand, item}, layout_.columns.size());
    if (fresh) layout_.columns.push_back({&operand, item, {}});
    return at->second;
  }

  const anomaly_detector::Operands& operands_;
  std::optional<std::string> pattern_;
  Layout layout_;
  std::map<std::uint64_t, std::size_t> positions_;  // by itemid
  std::map<std::uint64_t, std::size_t> hosts_;      // by hostid, in Layout::hosts
  std::map<std::pair<const Operand*, std::size_t>, std::size_t> columns_;
};

/// What the rule asks for, else what the configuration does.
std::optional<JoinWindow> AskedFor(const Column& column, const RelatedItem& item,
                                   const std::string& application,
                                   std::span<const ContextConfig> contexts) {
  const auto& wanted = column.operand->item;
  if (wanted.auto_window) return JoinWindow{.measured = true};
  if (wanted.window) return JoinWindow{.width = *wanted.window};
  if (column.operand->function != Function::kValue) return std::nullopt;  // it is not joined
  return JoinWindowOf(contexts, application, item);
}

Result<void> SetWindows(Layout& layout, const std::string& application, ItemSource& source,
                        std::chrono::seconds least, std::span<const ContextConfig> contexts) {
  std::vector<Column*> of_items;
  std::vector<const RelatedItem*> items;
  std::vector<std::optional<JoinWindow>> asked;
  for (Column& column : layout.columns) {
    column.window = least;
    if (!column.OfItem()) continue;
    of_items.push_back(&column);
    items.push_back(layout.items[column.item]);
    asked.push_back(AskedFor(column, *items.back(), application, contexts));
  }
  auto windows = JoinWindows(items, asked, least, source);
  if (!windows) return std::unexpected(windows.error());
  for (std::size_t i = 0; i < of_items.size(); ++i) of_items[i]->window = (*windows)[i];
  return {};
}

}  // namespace

Result<Layout> Arrange(const Rule& rule, const std::string& application, ItemSource& source,
                       std::span<const RelatedItem> related, std::chrono::seconds window,
                       std::span<const ContextConfig> contexts) {
  Arrangement arrangement(rule);
  if (auto added = arrangement.AddShared(application, source); !added) {
    return std::unexpected(added.error());
  }
  const bool by_host = !rule.NeededOperands().of_host.empty();
  for (std::size_t begin = 0; by_host && begin < related.size();) {
    const RelatedItem& first = related[begin];
    std::size_t end = begin + 1;
    while (end < related.size() && related[end].hostid == first.hostid &&
           related[end].host == first.host) {
      ++end;
    }
    arrangement.AddHost(related.subspan(begin, end - begin));
    begin = end;
  }
  Layout layout = arrangement.Take();
  layout.application = application;
  if (auto set = SetWindows(layout, application, source, window, contexts); !set) {
    return std::unexpected(set.error());
  }
  return layout;
}

}  // namespace mon::processor
