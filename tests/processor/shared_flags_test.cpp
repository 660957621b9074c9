#include <gtest/gtest.h>

#include "processor/processor.h"

namespace mon::processor {
namespace {

std::vector<std::string> SharedOf(std::vector<const char*> words) {
  words.insert(words.begin(), "processor");
  return SharedFlags(static_cast<int>(words.size()), words.data());
}

TEST(SharedFlagsTest, KeepsWhatDecidesTheConfiguration) {
  EXPECT_EQ(SharedOf({"--once", "--config", "a.toml", "--env-file=b.env", "--dry-run"}),
            (std::vector<std::string>{"--config", "a.toml", "--env-file=b.env"}));
}

TEST(SharedFlagsTest, KeepsTheLogFlags) {
  EXPECT_EQ(SharedOf({"--log-level", "info", "--log-format=json"}),
            (std::vector<std::string>{"--log-level", "info", "--log-format=json"}));
}

TEST(SharedFlagsTest, LeavesOutFlagsOfItsOwn) {
  EXPECT_TRUE(SharedOf({"--daemon", "--interval", "5s", "--listen=none"}).empty());
}

TEST(SharedFlagsTest, LooksAtWholeNames) { EXPECT_TRUE(SharedOf({"--config-x=1"}).empty()); }

}  // namespace
}  // namespace mon::processor
