#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "archive.h"

namespace mon::data_aggregator::archive {

/// Reads all parts of a day at once, in the order of their key, in constant memory: of several
/// lines with one key the one of the latest part counts.
///
/// Behind the last line each file has proved whole: its checksums and number of rows are those of
/// its manifest. Errors, in every call: kNotFound, kInvalidData; both name the file.
class DayReader {
 public:
  [[nodiscard]] static Result<DayReader> Open(std::span<const Part> parts);
  DayReader(DayReader&&) noexcept;
  DayReader& operator=(DayReader&&) noexcept;
  ~DayReader();

  struct Line {
    const std::string* text = nullptr;  ///< good until the next call; null: there is none
    const RowFormat* format = nullptr;
  };
  /// The next line; none behind the last.
  [[nodiscard]] Result<Line> Next();
  /// The line with this sort key, or none. Ask in ascending order.
  [[nodiscard]] Result<Line> Find(const std::string& key);
  /// Reads what is left.
  [[nodiscard]] Result<void> Finish();

 private:
  class PartReader;
  explicit DayReader(std::vector<std::unique_ptr<PartReader>> parts);
  std::vector<std::unique_ptr<PartReader>> parts_;  ///< by number
  std::vector<PartReader*> given_;                  ///< whose line Next gave out
};

}  // namespace mon::data_aggregator::archive
