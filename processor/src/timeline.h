#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mon::processor {

/// How one rule fared on one application over a stretch of time, as a row of marks:
///
///     ' '  no sample      '.'  quiet      '-'  the condition is true, but not for long enough
///     '#'  firing
///
/// Where several fall into one column, the worst shows.
class Timeline {
 public:
  static constexpr std::size_t kColumns = 72;

  /// Both inclusive, epoch seconds; `from` <= `to`.
  Timeline(std::int64_t from, std::int64_t to) : from_(from), to_(to), marks_(kColumns, ' ') {}

  enum class Mark : std::uint8_t { kQuiet, kPending };
  void Add(std::int64_t timestamp, Mark mark);
  /// An incident in [fired_at, ended_at).
  void AddFiring(std::int64_t fired_at, std::int64_t ended_at);

  [[nodiscard]] const std::string& Marks() const { return marks_; }
  /// Of the time that a column stands for.
  [[nodiscard]] double ColumnSeconds() const;

 private:
  [[nodiscard]] std::size_t ColumnOf(std::int64_t timestamp) const;
  void Put(std::size_t column, char mark);

  std::int64_t from_;
  std::int64_t to_;
  std::string marks_;
};

}  // namespace mon::processor
