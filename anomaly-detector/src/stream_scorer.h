#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anomaly_detector/stream_model.h"
#include "common/error.h"

namespace mon::anomaly_detector {

/// Turns lines `timestamp,v1[,v2…]` into lines `timestamp,score[,c1…cD]`, one for each.
///
/// A timestamp is epoch seconds or `YYYY-MM-DD HH:MM:SS` and is printed as it came. An empty value
/// or `nan` is a gap. The first line may be a header: a line in which nothing is a number or a
/// time. Blank lines are skipped.
class StreamScorer {
 public:
  /// `model` must outlive this object and expect `dims` values a line. The shares c1…cD are printed
  /// for dims > 1.
  StreamScorer(StreamModel& model, std::size_t dims) : model_(model), dims_(dims) {}

  /// Scores one line (without its line end, which may leave a CR) and appends the answer to `out`.
  /// Errors: kInvalidData, "line 7: expected …, found …". The text of `line` may be changed.
  [[nodiscard]] Result<void> Next(std::span<char> line, std::string& out);

 private:
  [[nodiscard]] Result<void> ScoreFields(std::string& out);
  [[nodiscard]] bool IsHeader() const;

  StreamModel& model_;
  std::size_t dims_;
  std::size_t line_ = 0;
  std::vector<std::string_view> fields_;
  std::vector<double> values_;
  Score score_;
};

}  // namespace mon::anomaly_detector
