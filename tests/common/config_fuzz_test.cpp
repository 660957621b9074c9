#include <fstream>
#include <random>
#include <sstream>

#include "common/config_fixture.h"

namespace mon::test {
namespace {

using ConfigFuzzTest = ConfigTest;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// `text` with a few random changes: bytes replaced, removed, doubled, pieces moved.
std::string Mutate(std::string text, std::mt19937& random) {
  const auto below = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  constexpr std::string_view kSpecial("[]{}=\"'#.,\n\\\0\xff-9e", 18);
  for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    switch (below(4)) {
      case 0:
        text[at] = kSpecial[below(kSpecial.size())];
        break;
      case 1:
        text.erase(at, 1 + below(20));
        break;
      case 2:
        text.insert(at, text.substr(below(text.size()), below(40)));
        break;
      default:
        text[at] = static_cast<char>(below(256));
    }
  }
  return text;
}

// The seeds are fixed: a failure is repeatable.
TEST_F(ConfigFuzzTest, NoFileCrashesTheLoader) {
  const std::string example = ReadAll(MON_EXAMPLE_CONFIG);
  std::mt19937 random(20250615);
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    const Result<LoadedConfig> loaded = TryLoad(Mutate(example, random));
    if (loaded) {
      EXPECT_FALSE(ShowConfig(*loaded).empty());
    } else {
      EXPECT_FALSE(loaded.error().message.empty());
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_F(ConfigFuzzTest, NoEnvironmentFileCrashesTheLoader) {
  const std::string good =
      "export MYSQL_HOST=\"db-1:3306,[::1]\"\nMYSQL_PORT=3307\nMYSQL_USER='u'\n# x\n\n"
      "SMTP_SERVER_PORT=465\nPOLL_INTERVAL_SECONDS=0.5\nCORRELATION_WINDOW_SECONDS=10\n"
      "RECIPIENT_EMAIL_ADDRESS=a@x.org,b@x.org\nERROR_RATE_THRESHOLD=0.5\nZABBIX_URL=http://z/a\n";
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    Write(".env", Mutate(good, random));
    const Result<LoadedConfig> loaded = TryLoad("");
    EXPECT_TRUE(!loaded || !ShowConfig(*loaded).empty());
  }
}

TEST_F(ConfigFuzzTest, DeepNestingIsRefused) {
  EXPECT_FALSE(TryLoad("a = " + std::string(100'000, '[')).has_value());
  EXPECT_FALSE(TryLoad("a = " + std::string(100'000, '{')).has_value());
}

TEST_F(ConfigFuzzTest, LongWordsAreRefusedQuickly) {
  EXPECT_FALSE(TryLoad("[mysql]\n" + std::string(500'000, 'u') + " = 1\n").has_value());
}

}  // namespace
}  // namespace mon::test
