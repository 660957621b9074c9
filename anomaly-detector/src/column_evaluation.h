#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "expression.h"

namespace mon::anomaly_detector {

/// An expression on many samples, node by node instead of sample by sample. It says the same as
/// Evaluation::Result of each of them. `expression` must outlive it.
class ColumnEvaluation {
 public:
  explicit ColumnEvaluation(const Expression& expression);

  /// `of_host`: one column for each of Operands::of_host; empty: every item is unknown. `out` has
  /// the size of the columns.
  void Evaluate(const MetricColumns& metrics, std::span<const Column> of_host,
                std::span<Truth> out);

 private:
  static constexpr std::size_t kBlock = 256;  // samples at once: their nodes stay in the cache
  using Block = std::array<double, kBlock>;

  const double* Compute(std::size_t node, const MetricColumns& metrics,
                        std::span<const Column> of_host, std::size_t first, std::size_t count);

  const Expression& expression_;
  std::unique_ptr<Block[]> blocks_;    // one for each node; of a metric it is not used
  std::vector<const double*> values_;  // where those of each node are
};

}  // namespace mon::anomaly_detector
