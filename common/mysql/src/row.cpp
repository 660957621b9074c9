#include "mysql/row.h"

#include <charconv>

#include "common/text.h"

namespace mon::mysql {
namespace {

/// The number that `text` begins with, such as that of a DECIMAL; 0 without one.
template <typename Number>
Number Leading(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::int64_t Row::OtherAsInt(const Cell& cell) {
  switch (cell.kind) {
    case Kind::kInt:
    case Kind::kUint:
      return cell.integer;
    case Kind::kFloat:
      return static_cast<std::int64_t>(cell.single);
    case Kind::kDouble:
      return static_cast<std::int64_t>(cell.real);
    case Kind::kText:
      break;
  }
  return Leading<std::int64_t>(cell.text);
}

std::uint64_t Row::OtherAsUint(const Cell& cell) {
  return cell.kind == Kind::kText ? Leading<std::uint64_t>(cell.text)
                                  : static_cast<std::uint64_t>(OtherAsInt(cell));
}

double Row::OtherAsDouble(const Cell& cell) {
  switch (cell.kind) {
    case Kind::kInt:
      return static_cast<double>(cell.integer);
    case Kind::kUint:
      return static_cast<double>(static_cast<std::uint64_t>(cell.integer));
    case Kind::kFloat:
      return cell.single;
    case Kind::kDouble:
      return cell.real;
    case Kind::kText:
      break;
  }
  return Leading<double>(cell.text);
}

std::string Row::Print(unsigned column) const {
  const Cell& cell = cells_[column];
  if (cell.null != 0) return "";
  switch (cell.kind) {
    case Kind::kInt:
      return std::to_string(cell.integer);
    case Kind::kUint:
      return std::to_string(static_cast<std::uint64_t>(cell.integer));
    case Kind::kFloat:
      return ShortestText(cell.single);
    case Kind::kDouble:
      return ShortestText(cell.real);
    case Kind::kText:
      break;
  }
  return std::string(cell.text);
}

}  // namespace mon::mysql
