// SIGHUP: a new configuration as a whole, or the old one and the reason.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ReloadTest : public DaemonsTest {
 protected:
  void SetUp() override {
    Configure();
    daemon_ = Start();
    ASSERT_TRUE(Eventually([&] { return IsReady(*daemon_); })) << daemon_->ErrorText();
    hash_ = Measured(*daemon_, "config_hash");
    EXPECT_EQ(Measured(*daemon_, "config_last_reload_successful"), "1");
  }

  /// They change when a lease is given back and taken again.
  [[nodiscard]] std::string Tokens() {
    return database_.QueryOne(
        "SELECT GROUP_CONCAT(token ORDER BY name) FROM leases WHERE name <> 'delivery'");
  }

  std::unique_ptr<Background> daemon_;
  std::string hash_;
};

TEST_P(ReloadTest, TakesANewConfiguration) {
  Configure("[mail]\ntime_zone = \"UTC\"\n");
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Measured(*daemon_, "config_hash") != hash_; }));
  EXPECT_EQ(Measured(*daemon_, "config_last_reload_successful"), "1");
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon_); }));
}

TEST_P(ReloadTest, ReallyUsesIt) {
  Configure("", "[mysql]\nhosts = [\"127.0.0.1:1\"]\nuser = \"x\"\n");
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return !IsReady(*daemon_); }));
  Configure();
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon_); })) << daemon_->ErrorText();
}

TEST_P(ReloadTest, KeepsTheOldOneAndSaysWhy) {
  Configure("[mysql2]\nuser = \"x\"\n[processor]\nwindow = 7\n");
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return Measured(*daemon_, "config_last_reload_successful") == "0"; }));
  EXPECT_EQ(Measured(*daemon_, "config_hash"), hash_);
  EXPECT_TRUE(IsReady(*daemon_));
  const std::string log = daemon_->ErrorText();
  const auto at = log.find("configuration not loaded, the old one stays");
  ASSERT_NE(at, std::string::npos) << log;
  EXPECT_THAT(log.substr(at, log.find('\n', at) - at),
              AllOf(HasSubstr("mysql2"), HasSubstr("processor.window")));

  Configure();
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(
      Eventually([&] { return Measured(*daemon_, "config_last_reload_successful") == "1"; }));
}

TEST_P(ReloadTest, FlagsAndEnvironmentKeepTheirRank) {
  Configure(fmt::format("[{}]\ninterval = \"1h\"\nlisten = \"none\"\n", GetParam().section));
  daemon_->Signal(SIGHUP);
  const auto configuration_loaded = [&] {
    return daemon_->ErrorText().find("configuration loaded again") != std::string::npos;
  };
  ASSERT_TRUE(Eventually(configuration_loaded));
  EXPECT_THAT(daemon_->ErrorText(), Not(HasSubstr("cannot change")));
  // With the file's interval nothing would be seen to happen any more.
  database_.Execute("RENAME TABLE leases TO away");
  EXPECT_TRUE(Eventually([&] { return !IsReady(*daemon_); }));
  database_.Execute("RENAME TABLE away TO leases");
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon_); }));
}

TEST_P(ReloadTest, NamesWhatCannotChange) {
  const std::string section = "[" + GetParam().section + "]\n";
  Configure(section + "listen = \"127.0.0.1:0\"\n");
  const auto daemon = Start({}, {});
  (void)PortOf(*daemon);
  Configure(section + "listen = \"none\"\n");
  daemon->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] {
    return daemon->ErrorText().find("key=" + GetParam().section + ".listen") != std::string::npos;
  })) << daemon->ErrorText();
  EXPECT_EQ(Get(*daemon, "/-/healthy").status, 200);
}

TEST_P(ReloadTest, KeepsItsLease) {
  const std::string before = Tokens();
  Configure("[mail]\ntime_zone = \"UTC\"\n");
  daemon_->Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return Measured(*daemon_, "config_hash") != hash_; }));
  EXPECT_EQ(Tokens(), before);
}

TEST_P(ReloadTest, KeepsItsLeaseWithAnotherLogin) {
  const std::string before = Tokens();
  WriteSecret("mysql-password", "Guess.1");
  daemon_->Signal(SIGHUP);
  ASSERT_TRUE(Eventually([&] { return !IsReady(*daemon_); }));
  WriteSecret("mysql-password", database_.Config(GetParam().account).password.Reveal());
  ASSERT_TRUE(Eventually([&] { return IsReady(*daemon_); })) << daemon_->ErrorText();
  EXPECT_EQ(Tokens(), before);
}

INSTANTIATE_TEST_SUITE_P(All, ReloadTest, testing::ValuesIn(AllDaemons()));

class SourcesReloadTest : public ReloadTest {
 protected:
  /// How often /-/ready and /metrics tell of the second application's state.
  [[nodiscard]] int Told() {
    return Get(*daemon_, "/-/ready").body.contains("application:second") +
           Get(*daemon_, "/metrics").body.contains("_up{source=\"application:second\"} 0");
  }
};

TEST_P(SourcesReloadTest, ASourceComesAndGoes) {
  Configure("[[application]]\nname = \"second\"\nurl = \"http://127.0.0.1:1/\"\n");
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Told() == 2; }));
  EXPECT_TRUE(IsReady(*daemon_)) << "it is shown, and no more";
  Configure();
  daemon_->Signal(SIGHUP);
  EXPECT_TRUE(Eventually([&] { return Told() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Aggregator, SourcesReloadTest, testing::Values(AllDaemons().at(0)));

}  // namespace
}  // namespace mon::test
