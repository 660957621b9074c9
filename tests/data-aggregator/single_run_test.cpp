// The real program, as cron calls it, against a real database and the real mock application.
#include <fmt/format.h>
#include <signal.h>

#include "aggregator_fixture.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

constexpr const char* kAllMetrics = "SELECT * FROM hyphenmon_metrics ORDER BY id";

class SingleRunTest : public AggregatorTest {
 protected:
  /// Starts a run that stays at work for the 5 s of its time-out.
  std::unique_ptr<Background> StartSlowRun() {
    late_ = std::make_unique<Hyphenmon>(
        std::vector<std::string>{"--scenario", Hyphenmon::StoryOf(directory_, "sample", 60'000)});
    auto run = std::make_unique<Background>(std::vector<std::string>{Program("data-aggregator")},
                                            EnvironmentFor(late_->Url()));
    EXPECT_TRUE(EventuallyAtWork());
    return run;
  }

  std::unique_ptr<Hyphenmon> late_;
};

TEST_F(SingleRunTest, StoresOneSampleAndSaysNothing) {
  const Hyphenmon application({"--seed", "7"});
  const Finished run = Aggregate(EnvironmentFor(application.Url()));
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.out + run.err, "");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics WHERE application = "
                               "'hyphenmon' AND ABS(timestamp - UNIX_TIMESTAMP()) < 60 AND "
                               "response_time_ms > 0 AND skew_seconds IS NULL"),
            "1");
  EXPECT_EQ(database_.QueryOne("SELECT CONCAT_WS(' ', name, kind, up, samples, refused, http_code, "
                               "consecutive_failures, error IS NULL) FROM sources"),
            "application:hyphenmon application 1 1 0 200 0 1");
}

TEST_F(SingleRunTest, SecondRunLeavesTheSameRows) {
  const Hyphenmon application({"--scenario", "stuck"});
  EXPECT_EQ(Aggregate(EnvironmentFor(application.Url())).exit_code, 0);
  const auto before = database_.Query(kAllMetrics);
  EXPECT_EQ(Aggregate(EnvironmentFor(application.Url())).exit_code, 0);
  EXPECT_EQ(database_.Query(kAllMetrics), before);
  EXPECT_EQ(before.size(), 1U);
}

struct Garbage {
  const char* answer;
  int exit_code;
  const char* reason;
};

class GarbageTest : public SingleRunTest, public testing::WithParamInterface<Garbage> {};

TEST_P(GarbageTest, StoresNothingAndSaysWhy) {
  const Hyphenmon application({"--scenario", Hyphenmon::StoryOf(directory_, GetParam().answer)});
  const std::string config = ConfigFile(fmt::format(
      "[[application]]\nname = \"shop\"\nurl = \"{}\"\ntimeout = \"1s\"\n", application.Url()));
  const Finished run = Aggregate(database_.Environment(Account::kAggregator), {"--config", config});
  EXPECT_EQ(run.exit_code, GetParam().exit_code) << run.err;
  EXPECT_THAT(run.err, HasSubstr("application:shop"));
  EXPECT_THAT(run.err, HasSubstr(GetParam().reason));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT up FROM sources"), "0");
  EXPECT_THAT(database_.QueryOne("SELECT error FROM sources"), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, GarbageTest,
    testing::Values(Garbage{"wrong_types", 69, "/timestamp is a string, expected a number"},
                    Garbage{"cut_json", 69, "not JSON, or was cut off"},
                    Garbage{"nan", 65, "/error_rate is not a finite number"},
                    Garbage{"out_of_range", 65, "/response_time_ms is -1"},
                    Garbage{"http_500", 69, "HTTP 500"}, Garbage{"endless", 69, ""},
                    Garbage{"oversized", 69, "1048576"}),
    [](const auto& param) {
      std::string name = param.param.answer;
      std::erase(name, '_');
      return name;
    });

TEST_F(SingleRunTest, DeadApplicationStopsNoOther) {
  const Hyphenmon application;
  const std::string config = ConfigFile(
      fmt::format("[[application]]\nname = \"dead\"\nurl = \"http://127.0.0.1:1/metrics\"\n\n"
                  "[[application]]\nname = \"alive\"\nurl = \"{}\"\n",
                  application.Url()));
  const Finished run = Aggregate(database_.Environment(Account::kAggregator), {"--config", config});
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, HasSubstr("application:dead"));
  EXPECT_THAT(run.err, Not(HasSubstr("application:alive")));
  EXPECT_EQ(database_.QueryOne("SELECT application FROM hyphenmon_metrics"), "alive");
}

TEST_F(SingleRunTest, OtherShapesAreReadByPointers) {
  // The sample's own shape, read crosswise: 137 ms must end up where the file says.
  const Hyphenmon application({"--scenario", Hyphenmon::StoryOf(directory_, "sample")});
  const std::string config = ConfigFile(
      fmt::format("[[application]]\nname = \"shop\"\nurl = \"{}\"\n"
                  "fields = {{ timestamp = \"/timestamp\", response_time_ms = \"/timestamp\", "
                  "error_rate = \"/error_rate\" }}\n",
                  application.Url()));
  EXPECT_EQ(Aggregate(database_.Environment(Account::kAggregator), {"--config", config}).exit_code,
            0);
  EXPECT_EQ(database_.QueryOne("SELECT response_time_ms = timestamp FROM hyphenmon_metrics"), "1");
}

TEST_F(SingleRunTest, DryRunTellsAndChangesNothing) {
  const Hyphenmon application({"--scenario", Hyphenmon::StoryOf(directory_, "sample")});
  const auto leases = database_.Query("SELECT * FROM leases");
  const Finished run = Aggregate(EnvironmentFor(application.Url()), {"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("would store sample application=hyphenmon timestamp="));
  EXPECT_THAT(run.out, HasSubstr("response_time_ms=137 error_rate=0.02"));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM sources"), "0");
  EXPECT_EQ(database_.Query("SELECT * FROM leases"), leases);
}

TEST_F(SingleRunTest, SecondOfTwoLeavesWithoutAWord) {
  const auto first = StartSlowRun();
  const Hyphenmon application;
  const Finished second = Aggregate(EnvironmentFor(application.Url()));
  EXPECT_EQ(second.exit_code, 75);
  EXPECT_EQ(second.out + second.err, "");
  const Finished talking = Aggregate(EnvironmentFor(application.Url()), {"--log-level", "info"});
  EXPECT_EQ(talking.exit_code, 75);
  EXPECT_THAT(talking.err, HasSubstr(std::to_string(first->Pid())));
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "0");
}

TEST_F(SingleRunTest, TermSignalEndsItWellAndFreesTheLease) {
  const auto first = StartSlowRun();
  first->Signal(SIGTERM);
  EXPECT_EQ(first->Wait(std::chrono::seconds(4)), 0);
  EXPECT_EQ(first->ErrorText(), "");
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM sources"), "0");
  const Hyphenmon application;
  EXPECT_EQ(Aggregate(EnvironmentFor(application.Url())).exit_code, 0);
}

TEST_F(SingleRunTest, TermSignalEndsARunThatWaitsForALock) {
  const Hyphenmon application;
  database_.Execute("START TRANSACTION");
  database_.Execute(
      "INSERT INTO sources (name, kind, up) VALUES ('application:hyphenmon', 'application', 1)");
  Background run({Program("data-aggregator")}, EnvironmentFor(application.Url()));
  EXPECT_TRUE(Eventually("SELECT COUNT(*) FROM information_schema.processlist WHERE db = '" +
                             database_.Name() + "' AND info LIKE 'INSERT INTO sources%'",
                         "1"));
  run.Signal(SIGTERM);
  EXPECT_EQ(run.Wait(std::chrono::seconds(6)), 0) << run.ErrorText();
  EXPECT_THAT(run.ErrorText(), HasSubstr("rolled back"));
  database_.Execute("ROLLBACK");
  const Finished next = Aggregate(EnvironmentFor(application.Url()));
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM sources"), "1");
}

TEST_F(SingleRunTest, KilledRunIsReplacedAtOnce) {
  const auto first = StartSlowRun();
  first->Signal(SIGKILL);
  first->Wait();
  const Hyphenmon application;
  EXPECT_EQ(Aggregate(EnvironmentFor(application.Url())).exit_code, 0);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM hyphenmon_metrics"), "1");
}

TEST_F(SingleRunTest, WrongPasswordIsRefused) {
  Environment environment = EnvironmentFor("http://127.0.0.1:1/");
  environment["MYSQL_PASSWORD"] = "Guess.1";
  const Finished run = Aggregate(environment);
  EXPECT_EQ(run.exit_code, 77);
  EXPECT_THAT(run.err, HasSubstr(environment["MYSQL_USER"]));
  EXPECT_THAT(run.err, Not(HasSubstr("Guess.1")));
}

TEST_F(SingleRunTest, UnreachableDatabaseIsUnavailable) {
  Environment environment = EnvironmentFor("http://127.0.0.1:1/");
  environment["MYSQL_PORT"] = "1";
  const Finished run = Aggregate(environment);
  EXPECT_EQ(run.exit_code, 69);
  EXPECT_THAT(run.err, HasSubstr("127.0.0.1:1"));
}

TEST(MissingTablesTest, AreToldWithTheRemedy) {
  const TestDatabase database(TestDatabase::Options{.migrate = false});
  const Finished run =
      test::Run({Program("data-aggregator")}, database.Environment(Account::kAggregator));
  EXPECT_EQ(run.exit_code, 78);
  EXPECT_THAT(run.err, HasSubstr("data-aggregator --migrate"));
}

TEST(MigrateRunTest, CreatesTheTablesOnce) {
  TestDatabase database(TestDatabase::Options{.migrate = false});
  const auto environment = database.Environment(Account::kAggregator);
  const Finished dry =
      test::Run({Program("data-aggregator"), "--migrate", "--dry-run"}, environment);
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("would do: "));
  EXPECT_TRUE(database.Query("SHOW TABLES").empty());
  const Finished first = test::Run({Program("data-aggregator"), "--migrate"}, environment);
  EXPECT_EQ(first.exit_code, 0) << first.err;
  const auto tables = database.Query("SHOW TABLES");
  EXPECT_GT(tables.size(), 10U);
  const Finished second = test::Run({Program("data-aggregator"), "--migrate"}, environment);
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("nothing to do"));
  EXPECT_EQ(database.Query("SHOW TABLES"), tables);
}

TEST(MigrateRunTest, TermSignalEndsItAndTheNextOneGoesOn) {
  TestDatabase database(TestDatabase::Options{.migrate = false});
  const auto environment = database.Environment(Account::kAggregator);
  database.Execute("CREATE TABLE hyphenmon_metrics (id INT AUTO_INCREMENT PRIMARY KEY)");
  database.Execute("LOCK TABLES hyphenmon_metrics WRITE");
  Background migration({Program("data-aggregator"), "--migrate"}, environment);
  const std::string waiting =
      "SELECT COUNT(*) FROM information_schema.processlist WHERE user LIKE '" + database.Name() +
      "\\_admin' AND command <> 'Sleep'";
  for (int i = 0; i < 1000 && database.QueryOne(waiting) != "1"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  migration.Signal(SIGTERM);
  EXPECT_EQ(migration.Wait(std::chrono::seconds(4)), 0);
  EXPECT_THAT(migration.ErrorText(), HasSubstr("run --migrate again"));
  database.Execute("UNLOCK TABLES");
  database.Execute("DROP TABLE hyphenmon_metrics");
  const Finished next = test::Run({Program("data-aggregator"), "--migrate"}, environment);
  EXPECT_EQ(next.exit_code, 0) << next.err;
}

TEST(MigrateRunTest, NeedsTheAdminAccount) {
  TestDatabase database(TestDatabase::Options{.migrate = false});
  auto environment = database.Environment(Account::kAggregator);
  environment.erase("MYSQL_ADMIN_USER");
  environment.erase("MYSQL_ADMIN_PASSWORD");
  EXPECT_EQ(test::Run({Program("data-aggregator"), "--migrate"}, environment).exit_code, 77);
}

}  // namespace
}  // namespace mon::test
