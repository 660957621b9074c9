#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "anomaly_detector/rule.h"
#include "common/config.h"
#include "common/error.h"
#include "items.h"

namespace mon::processor {

/// The values of one operand of a rule, on one item or on the application's own metrics.
struct Column {
  const anomaly_detector::Operand* operand = nullptr;
  std::size_t item = 0;            ///< position in Layout::items, where the operand is of an item;
                                   ///< of a host in Layout::hosts
  std::chrono::seconds window{0};  ///< half-width of the join, where the operand is joined

  [[nodiscard]] bool OfItem() const { return operand->source == anomaly_detector::Source::kItem; }
  [[nodiscard]] bool OfHost() const { return operand->source == anomaly_detector::Source::kHost; }
};

/// The numeric items of a host.
using HostItems = std::vector<const RelatedItem*>;

/// The most items of a host that are looked at as one, by key.
inline constexpr std::size_t kMostOfHost = 2000;

/// Where the operands of a rule are found: a row for each evaluation of the rule at a sample, with
/// a column for each operand. Refers to the rule and to the related items.
struct Layout {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Row {
    std::string host;
    std::string key;  ///< that the pattern of the rule stands for
  };
  std::string application;
  std::vector<std::vector<RelatedItem>> named;  ///< of the hosts that the rule names
  std::vector<const RelatedItem*> items;
  std::vector<HostItems> hosts;  ///< that are asked about as a whole
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::size_t> slots;   ///< rows × Operands::of_host: positions in `columns`
  std::vector<std::size_t> shared;  ///< of each of Operands::shared
};

/// `related` is sorted by host, so that the items of one host are neighbours; it and `rule` must
/// outlive the layout. `window`: the configured one, which is the least for any item; `contexts`
/// say which items have another one, where the rule does not.
[[nodiscard]] Result<Layout> Arrange(const anomaly_detector::Rule& rule,
                                     const std::string& application, ItemSource& source,
                                     std::span<const RelatedItem> related,
                                     std::chrono::seconds window,
                                     std::span<const ContextConfig> contexts);

}  // namespace mon::processor
