// What must never be seen.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class SecretsTest : public DaemonsTest {
 protected:
  static std::string ReadAll(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

TEST_P(SecretsTest, ShowNowhere) {
  Configure(
      "bearer_token = \"Secret-bearer\"\nheaders = { \"X-Key\" = \"Secret-header\" }\n"
      "[[application]]\nname = \"b\"\nurl = \"http://Secret-user:Secret-url@127.0.0.1:1/\"\n");
  WriteSecret("mysql-password", "Secret-mysql");
  const auto daemon = Start({{"SMTP_EMAIL_PASSWORD", "Secret-smtp"},
                             {"SMTP_EMAIL_ADDRESS", "monitoring@example.test"},
                             {"SMTP_SERVER_HOST", "127.0.0.1"},
                             {"SMTP_SERVER_PORT", "1"}},
                            {"--listen", "127.0.0.1:0"}, "trace");
  EXPECT_TRUE(Eventually([&] { return Get(*daemon, "/-/ready").body.contains("Access denied"); }));
  const std::string proc = "/proc/" + std::to_string(daemon->Pid());
  for (const std::string& text : {daemon->ErrorText(), Get(*daemon, "/-/ready").body,
                                  Get(*daemon, "/metrics").body, ReadAll(proc + "/cmdline")}) {
    EXPECT_THAT(text, Not(HasSubstr("Secret-")));
    EXPECT_FALSE(text.empty());
  }
}

TEST_P(SecretsTest, AreInNoCoreDump) {
  const auto daemon = Start();
  (void)PortOf(*daemon);
  EXPECT_THAT(ReadAll("/proc/" + std::to_string(daemon->Pid()) + "/limits"),
              ContainsRegex("Max core file size +0 +0 "));
}

TEST_P(SecretsTest, AreMaskedInWhatItShows) {
  Configure("bearer_token = \"Secret-bearer\"\n");
  std::vector<std::string> command = GetParam().command;
  command[0] = Program(command[0]);
  command.insert(command.end(), {"--config", Path("monitoring.toml"), "--show-config"});
  const auto shown =
      test::Run(command, {{"MYSQL_PASSWORD", "Secret-mysql"}, {"SMTP_EMAIL_PASSWORD", "Secret-s"}});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("<secret>"));
  EXPECT_THAT(shown.out + shown.err, Not(HasSubstr("Secret-")));
}

INSTANTIATE_TEST_SUITE_P(All, SecretsTest, testing::ValuesIn(AllDaemons()));

}  // namespace
}  // namespace mon::test
