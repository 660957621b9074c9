#include <fmt/format.h>
#include <gtest/gtest.h>

#include <regex>

#include "support/child_process.h"

// What a row costs and that it costs no more among many rows, in instructions as valgrind counts
// them: times would say more about the machine and what else it does. Where a ceiling is hit by a
// change that is worth it, raise it; it is half as much again as what was counted without
// optimisation by g++ 12.

namespace mon::test {
namespace {

struct Kernel {
  std::string name;
  std::size_t rows;
  double ceiling;  ///< instructions a row
};

void PrintTo(const Kernel& kernel, std::ostream* out) { *out << kernel.name; }

/// Of the whole run of cost_probe.
double Instructions(const std::string& kernel, std::size_t rows) {
  const auto run = Run({"valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                        MON_COST_PROBE, kernel, std::to_string(rows)});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  std::smatch match;
  if (!std::regex_search(run.err, match, std::regex("Collected : ([0-9]+)"))) {
    ADD_FAILURE() << run.err;
    return 0;
  }
  return std::stod(match[1]);
}

class CostTest : public ::testing::TestWithParam<Kernel> {};

TEST_P(CostTest, RowCostsNoMoreThanItDidAndNoMoreAmongMany) {
  const auto& [name, rows, ceiling] = GetParam();
  const double few = Instructions(name, rows);
  const double twice = Instructions(name, 2 * rows);
  const double many = Instructions(name, 8 * rows);
  const double row = (twice - few) / static_cast<double>(rows);
  const double row_among_many = (many - twice) / static_cast<double>(6 * rows);
  RecordProperty("instructions", static_cast<int>(row_among_many));
  EXPECT_LT(row_among_many, ceiling);
  EXPECT_LT(row_among_many, 1.2 * row) << "each row costs more where there are more of them";
}

INSTANTIATE_TEST_SUITE_P(Kernels, CostTest,
                         ::testing::Values(Kernel{"join", 5'000, 2'250},
                                           Kernel{"rules", 2'000, 5'000},
                                           Kernel{"detector", 2'000, 12'600},
                                           Kernel{"spool", 1'000, 27'300}),
                         [](const auto& kernel) { return kernel.param.name; });

}  // namespace
}  // namespace mon::test
