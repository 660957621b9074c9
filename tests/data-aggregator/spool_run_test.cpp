// The real program while its database is away: samples wait on disk.
#include <fmt/format.h>

#include <filesystem>

#include "aggregator_fixture.h"
#include "mysql/lease.h"
#include "support/maildir.h"

namespace mon::test {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kCount = "SELECT COUNT(*) FROM hyphenmon_metrics";

class SpoolRunTest : public AggregatorTest {
 protected:
  /// The database's variables with one of them changed.
  [[nodiscard]] Environment With(const std::string& name, const std::string& value) const {
    Environment environment = EnvironmentFor(application_.Url());
    environment[name] = value;
    return environment;
  }
  [[nodiscard]] Environment Away() const { return With("MYSQL_PORT", "1"); }
  [[nodiscard]] Environment Here() const { return EnvironmentFor(application_.Url()); }

  Hyphenmon application_{{"--seed", "7"}};
};

TEST_F(SpoolRunTest, SamplesAreSafeOnDiskWhereTheDatabaseIsAway) {
  const Finished run = Aggregate(Away());
  EXPECT_EQ(run.exit_code, 69) << run.err;
  EXPECT_THAT(run.err, HasSubstr("samples are safe in the spool"));
  EXPECT_THAT(run.err, HasSubstr("samples=1 in_spool=1"));
}

TEST_F(SpoolRunTest, NextRunStoresWhatWaited) {
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  const Finished run = Aggregate(Here());
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(run.out + run.err, "");
  // Both runs may have seen the same second.
  EXPECT_GE(std::stoi(database_.QueryOne(kCount)), 1);
  EXPECT_EQ(database_.QueryOne(
                "SELECT COUNT(*) FROM hyphenmon_metrics WHERE application = 'hyphenmon' AND "
                "ABS(timestamp - UNIX_TIMESTAMP()) < 60 AND response_time_ms > 0"),
            database_.QueryOne(kCount));
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  EXPECT_THAT(Aggregate(Away()).err, HasSubstr("in_spool=2")) << "the first ones were stored";
}

TEST_F(SpoolRunTest, WrongPasswordIs77EvenWhenAllIsSafe) {
  const Finished run = Aggregate(With("MYSQL_PASSWORD", "wrong"));
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, HasSubstr("samples=1 in_spool=1"));
  EXPECT_EQ(Aggregate(Here()).exit_code, 0);
  EXPECT_GE(std::stoi(database_.QueryOne(kCount)), 1);
}

TEST_F(SpoolRunTest, MissingTablesAre78EvenWhenAllIsSafe) {
  database_.Execute("RENAME TABLE schema_version TO away");
  const Finished run = Aggregate(Here());
  database_.Execute("RENAME TABLE away TO schema_version");
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("run data-aggregator --migrate"));
  EXPECT_THAT(run.err, HasSubstr("samples=1 in_spool=1"));
}

TEST_F(SpoolRunTest, RefusedTableSpoolsWhatItDidNotTake) {
  database_.Execute("RENAME TABLE hyphenmon_metrics TO away");
  const Finished run = Aggregate(Here());
  database_.Execute("RENAME TABLE away TO hyphenmon_metrics");
  EXPECT_EQ(run.exit_code, 78) << run.err;
  EXPECT_EQ(Aggregate(Here()).exit_code, 0);
  EXPECT_GE(std::stoi(database_.QueryOne(kCount)), 1);
}

TEST_F(SpoolRunTest, SpoolOfARunThatMayNotCollectIsEmptiedAllTheSame) {
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  auto connection = database_.Connect(Account::kAggregator);
  const auto elsewhere = mysql::Lease::Acquire(connection, "aggregator", std::chrono::minutes(5));
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(Aggregate(Here()).exit_code, 75);
  EXPECT_EQ(database_.QueryOne(kCount), "1");
}

TEST_F(SpoolRunTest, DeadApplicationAndAwayDatabaseAreBothTold) {
  const Finished run = Aggregate([&] {
    Environment environment = Away();
    environment["HYPHENMON_URL"] = "http://127.0.0.1:1/metrics";
    return environment;
  }());
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, HasSubstr("application:hyphenmon"));
  EXPECT_THAT(run.err, HasSubstr("samples=0 in_spool=0"));
}

TEST_F(SpoolRunTest, BadConfigurationLeavesTheSpoolAlone) {
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  const Finished run = Aggregate(With("SMTP_SERVER_PORT", "none"));
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_EQ(database_.QueryOne(kCount), "0");
  EXPECT_THAT(Aggregate(Away()).err, HasSubstr("in_spool=2"));
}

TEST_F(SpoolRunTest, LostSamplesAreMailed) {
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  const fs::path state = Away().at("MONITORING_STATE_DIR");
  for (const auto& file : fs::recursive_directory_iterator(state / "spool")) {
    if (file.path().extension() == ".spool") fs::resize_file(file, fs::file_size(file) - 3);
  }
  EXPECT_EQ(Aggregate(Away()).exit_code, 69);
  EXPECT_EQ(Aggregate(Here()).exit_code, 0) << "it sees the gap when it reads them";
  EXPECT_THAT(MailsOf(state / "maildir"),
              testing::ElementsAre(
                  testing::AllOf(HasSubstr("1 sample lost"), HasSubstr("dropped_damaged"))));
}

TEST_F(SpoolRunTest, StateDirectoryThatCannotBeWrittenIsSaidAndCollectingGoesOn) {
  const Finished run = Aggregate(With("MONITORING_STATE_DIR", "/proc/nowhere"));
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.err, HasSubstr("no spool"));
  EXPECT_EQ(database_.QueryOne(kCount), "1");
}

}  // namespace
}  // namespace mon::test
