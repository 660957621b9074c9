#include "mysql/times.h"

#include <fmt/format.h>

namespace mon::mysql {

std::string EpochSecondsOf(std::string_view column) {
  return fmt::format("TIMESTAMPDIFF(SECOND, '1970-01-01', {})", column);
}

std::string AgeOf(std::string_view column) {
  return fmt::format("TIMESTAMPDIFF(MICROSECOND, {}, NOW(3)) DIV 1000", column);
}

std::string SmoothedInterval(std::string_view usual, std::string_view since) {
  // A clock that goes back gives a negative time; below 100 ms no program works.
  const auto passed = fmt::format("GREATEST({}, 100)", AgeOf(since));
  return fmt::format(
      "IF({1} IS NULL, {0}, COALESCE({0} + (LEAST({2}, 4 * {0}) - {0}) DIV 8,"
      " LEAST({2}, 3600000)))",
      usual, since, passed);
}

}  // namespace mon::mysql
