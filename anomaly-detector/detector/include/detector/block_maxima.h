#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace mon::detector {

/// The highest values of about the last 32 blocks of rows, in fixed memory.
///
/// A block begins with 16 rows and doubles, two neighbours becoming one, while all 32 are filled
/// and the next size does not exceed `longest`. So a young metric is known within an hour, and an
/// old one by its days.
class BlockMaxima {
 public:
  static constexpr std::size_t kBlocks = 32;

  /// `longest`: rows that a block may span at most; below 16 counts as 16.
  /// `rank`: which of the maxima `Ranked` tells, as a share of the blocks: 0 the highest, 0.4 the
  /// one that four in ten blocks exceed.
  void Add(double value, double longest, double rank);

  /// Of all rows in the blocks and in the unfinished one; lowest() before the first.
  [[nodiscard]] double Highest() const { return highest_ > current_ ? highest_ : current_; }
  /// Of the finished blocks; 0 before the first.
  [[nodiscard]] double Ranked() const { return ranked_; }

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(maxima_, filled_, next_, size_, rows_, current_, highest_, ranked_);
  }

 private:
  void Finish(double longest, double rank);

  static constexpr double kNone = std::numeric_limits<double>::lowest();

  std::array<double, kBlocks> maxima_{};
  std::size_t filled_ = 0;
  std::size_t next_ = 0;    ///< where the next finished block goes
  std::int64_t size_ = 16;  ///< rows in a block
  std::int64_t rows_ = 0;   ///< rows in the unfinished one
  double current_ = kNone;
  double highest_ = kNone;
  double ranked_ = 0;
};

/// The lowest and the highest of about the last rows.
class RecentRange {
 public:
  /// `rows`: how many; in truth up to twice as many, at least 512.
  void Add(double value, double rows);

  [[nodiscard]] bool Empty() const { return empty_; }
  [[nodiscard]] double Low() const { return -low_.Highest(); }
  [[nodiscard]] double High() const { return high_.Highest(); }
  /// How far outside `value` is, in widths of the range. 0 within it. `floor`: the least that
  /// counts as a width.
  [[nodiscard]] double Excess(double value, double floor) const;

  template <typename Archive>
  void Visit(Archive& archive) {
    archive(empty_, low_, high_);
  }

 private:
  bool empty_ = true;
  BlockMaxima low_;  ///< of the negated values
  BlockMaxima high_;
};

}  // namespace mon::detector
