#include "common/config_fixture.h"

namespace mon::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class SecretFilesTest : public ConfigTest {
 protected:
  /// True where a secret has changed.
  static bool Reread(LoadedConfig& loaded) {
    const Result<bool> changed = RereadSecretFiles(loaded);
    if (!changed) ADD_FAILURE() << changed.error().message;
    return changed.value_or(false);
  }
};

TEST_F(SecretFilesTest, ThoseOfReceiversAreReadAgain) {
  for (const char* name : {"hook", "key"}) Write(name, "http://old/");
  LoadedConfig loaded = Load(
      "[[receiver]]\nname = \"a\"\nmail = [\"a@b.test\"]\n[[receiver]]\nname = \"b\"\n"
      "webhook_url_file = \"hook\"\nheaders = { \"X-Key_file\" = \"key\" }\n");
  EXPECT_FALSE(Reread(loaded));
  for (const char* name : {"hook", "key"}) {
    Write(name, "http://new/");
    EXPECT_TRUE(Reread(loaded)) << name;
  }
  EXPECT_EQ(loaded.config.receivers[1].webhook_url.Reveal(), "http://new/");
  EXPECT_EQ(loaded.config.receivers[1].headers[0].second.Reveal(), "http://new/");
}

TEST_F(SecretFilesTest, AreReadAgainWhereverTheyAreNamed) {
  for (const char* name : {"mysql", "smtp", "basic", "bearer", "header"}) Write(name, "old");
  LoadedConfig loaded = Load(
      "[mysql]\nuser = \"u\"\npassword_file = \"mysql\"\n"
      "[[application]]\nname = \"a\"\nurl = \"http://a/\"\nbasic_user = \"u\"\n"
      "basic_password_file = \"basic\"\nheaders = { \"X-Plain\" = \"x\", \"X-Key_file\" = "
      "\"header\" }\n"
      "[[application]]\nname = \"b\"\nurl = \"http://b/\"\nbearer_token_file = \"bearer\"\n",
      {{"SMTP_EMAIL_PASSWORD_FILE", Path("smtp")}, {"SMTP_EMAIL_ADDRESS", "a@b.test"}});
  EXPECT_FALSE(Reread(loaded));
  for (const char* name : {"mysql", "smtp", "basic", "bearer", "header"}) {
    Write(name, std::string("new ") + name);
    EXPECT_TRUE(Reread(loaded)) << name;
  }
  const Config& config = loaded.config;
  EXPECT_EQ(config.mysql.password.Reveal(), "new mysql");
  EXPECT_EQ(config.smtp.password.Reveal(), "new smtp");
  EXPECT_EQ(config.applications[0].basic_password.Reveal(), "new basic");
  EXPECT_EQ(config.applications[1].bearer_token.Reveal(), "new bearer");
  ASSERT_EQ(config.applications[0].headers.size(), 2U);
  EXPECT_EQ(config.applications[0].headers[1].second.Reveal(), "x");
  EXPECT_EQ(config.applications[0].headers[0].second.Reveal(), "new header");
}

TEST_F(SecretFilesTest, NothingElseIsReadAgain) {
  Write("user", "old");
  LoadedConfig loaded = Load("", {{"MYSQL_USER_FILE", Path("user")}});
  Write("user", "new");
  Write("monitoring.toml", "[mysql]\nnonsense");
  EXPECT_FALSE(Reread(loaded));
  EXPECT_EQ(loaded.config.mysql.user, "old");
}

TEST_F(SecretFilesTest, OneThatIsGoneIsNamed) {
  const std::string path = Write("mysql", "old");
  LoadedConfig loaded = Load("[mysql]\nuser = \"u\"\npassword_file = \"mysql\"\n");
  std::filesystem::remove(path);
  const Result<bool> changed = RereadSecretFiles(loaded);
  ASSERT_FALSE(changed.has_value());
  EXPECT_THAT(changed.error().message, AllOf(HasSubstr("mysql.password"), HasSubstr(path)));
  EXPECT_EQ(loaded.config.mysql.password.Reveal(), "old");
}

}  // namespace
}  // namespace mon::test
