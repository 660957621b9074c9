// A daemon starts whatever is down, says what it lacks, and mends itself when that is mended.
#include <fmt/format.h>

#include "alerting-system/mail_server.h"
#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;

class DegradedTest : public DaemonsTest {
 protected:
  using DaemonsTest::DaemonsTest;

  /// What it says of its database, once it has asked for it.
  [[nodiscard]] std::string Complaint(const Background& daemon) {
    std::string detail;
    EXPECT_TRUE(Eventually([&] {
      const auto state = Ready(daemon)["dependencies"]["mysql"];
      detail = state["detail"];
      return !state["ok"] && detail.find("yet") == std::string::npos;
    }));
    EXPECT_EQ(Get(daemon, "/-/ready").status, 503);
    EXPECT_EQ(Get(daemon, "/-/healthy").status, 200);
    return detail;
  }
};

TEST_P(DegradedTest, WithAWrongPasswordUntilItsFileHasTheRightOne) {
  Configure();
  WriteSecret("mysql-password", "Guess.1");
  const auto daemon = Start();
  EXPECT_THAT(Complaint(*daemon), HasSubstr("Access denied"));
  EXPECT_THAT(daemon->ErrorText(), HasSubstr("Access denied"));
  WriteSecret("mysql-password", database_.Config(GetParam().account).password.Reveal());
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
  EXPECT_THAT(daemon->ErrorText(), HasSubstr("secrets read again"));
}

TEST_P(DegradedTest, WithoutAServer) {
  Configure("", fmt::format("[mysql]\nhosts = [\"127.0.0.1:{}\"]\nuser = \"x\"\n", UnusedPort()));
  const auto daemon = Start();
  EXPECT_THAT(Complaint(*daemon), HasSubstr("127.0.0.1"));
}

TEST_P(DegradedTest, AfterALostConnection) {
  const auto daemon = Start();
  ASSERT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
  database_.Execute("RENAME TABLE schema_version TO away, leases TO away_too");
  // What it says first depends on whether it has a session at that moment.
  EXPECT_THAT(Complaint(*daemon), AnyOf(HasSubstr("leases"), HasSubstr("--migrate")));
  database_.Execute("RENAME TABLE away TO schema_version, away_too TO leases");
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
}

INSTANTIATE_TEST_SUITE_P(All, DegradedTest, testing::ValuesIn(AllDaemons()));

class NoTablesTest : public DegradedTest {
 protected:
  NoTablesTest() : DegradedTest(TestDatabase::Options{.migrate = false}) {}
};

TEST_P(NoTablesTest, UntilTheyAreMade) {
  const auto daemon = Start();
  EXPECT_THAT(Complaint(*daemon), HasSubstr("--migrate"));
  const auto migrated =
      test::Run({Program("data-aggregator"), "--migrate"}, database_.Environment(Account::kAdmin));
  ASSERT_EQ(migrated.exit_code, 0) << migrated.err;
  EXPECT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
}

INSTANTIATE_TEST_SUITE_P(All, NoTablesTest, testing::ValuesIn(AllDaemons()));

}  // namespace
}  // namespace mon::test
