#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/error.h"
#include "series.h"
#include "table_join.h"

namespace mon::correlator {

/// Turns pairs into lines of text and hands those on in large pieces.
class RowPrinter {
 public:
  using Write = std::function<Result<void>(std::string_view)>;
  /// `write` must outlive this object.
  RowPrinter(Format format, const Write& write) : format_(format), write_(write) {}

  void Header();
  [[nodiscard]] Result<void> Pair(std::int64_t timestamp, const ItemRow& row);
  [[nodiscard]] Result<void> Unmatched(std::int64_t timestamp);
  /// Hands on what is left.
  [[nodiscard]] Result<void> Finish();

 private:
  [[nodiscard]] Result<void> EndLine();

  Format format_;
  const Write& write_;
  std::string text_;
};

}  // namespace mon::correlator
