#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace mon::forecast::test {

/// The same numbers on every run and machine, evenly from -1 to 1.
class Noise {
 public:
  double operator()() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 11U) * 0x1p-52 - 1;
  }

 private:
  std::uint64_t state_ = 1;
};

inline double Wave(double turns) { return std::sin(2 * std::numbers::pi * turns); }

/// Hours of a shop: 100 at night to 200 by day, half of that swing at weekends.
inline double ShopHour(std::size_t hour) {
  const bool weekend = hour / 24 % 7 >= 5;
  return 150 + (weekend ? 25 : 50) * Wave(static_cast<double>(hour) / 24);
}

inline std::vector<double> ShopHours(std::size_t count, double noise = 0) {
  Noise next;
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = ShopHour(i) + noise * next();
  return values;
}

}  // namespace mon::forecast::test
