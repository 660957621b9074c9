#include <fstream>
#include <sstream>
#include <vector>

#include "common/config_fixture.h"
#include "config_settings.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Key and variable of every setting.
std::vector<std::pair<std::string, std::string>> AllSettings() {
  std::vector<std::pair<std::string, std::string>> all;
  const auto add = [&all](const auto& settings) {
    for (const auto& setting : settings) all.emplace_back(setting.key, setting.environment);
  };
  add(config::PlainSettings());
  add(config::ApplicationSettings());
  add(config::RuleSettings());
  add(config::RouteSettings());
  add(config::InhibitSettings());
  add(config::ReceiverSettings());
  add(config::ContextSettings());
  return all;
}

using ExampleTest = ConfigTest;

TEST_F(ExampleTest, IsAGoodConfiguration) {
  options_.config_file = MON_EXAMPLE_CONFIG;
  options_.environment = Environment{{"HOME", "/"}};
  const Result<LoadedConfig> loaded = LoadConfig(options_);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_THAT(loaded->warnings, IsEmpty());
}

TEST_F(ExampleTest, NamesEveryKey) {
  const std::string example = ReadAll(MON_EXAMPLE_CONFIG);
  for (const auto& [key, variable] : AllSettings()) {
    const std::string name = key.substr(key.rfind('.') + 1);
    EXPECT_THAT(example, testing::ContainsRegex("(^|[\n# {,])" + name + "(_file)? +=")) << key;
  }
}

TEST_F(ExampleTest, TheReadmeNamesEveryKeyAndVariable) {
  const std::string readme = ReadAll(MON_COMMON_README);
  for (const auto& [key, variable] : AllSettings()) {
    EXPECT_THAT(readme, HasSubstr("`" + key + "`"));
    if (variable.empty()) continue;
    EXPECT_THAT(readme, HasSubstr("`" + variable + "`")) << key;
  }
}

/// The example without the comment signs in front of its keys: what it recommends is right, too.
TEST_F(ExampleTest, ItsCommentedKeysAreGood) {
  std::istringstream lines(ReadAll(MON_EXAMPLE_CONFIG));
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) section = line;
    if (line.starts_with("#[[")) section = line.substr(1);
    const bool is_key =
        line.starts_with('#') && !line.starts_with("# ") && line.find(" = ") != std::string::npos;
    if (!is_key) continue;
    const Result<LoadedConfig> loaded = TryLoad(section + "\n" + line.substr(1) + "\n");
    if (loaded) continue;
    // Files that are not there, and keys that need others beside them, are no mistakes of the key.
    EXPECT_THAT(loaded.error().message, Not(HasSubstr("unknown"))) << line;
    EXPECT_THAT(loaded.error().message, Not(HasSubstr("found"))) << line;
  }
}

}  // namespace
}  // namespace mon::test
