#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "buffer_pool.h"
#include "mysql_server.h"
#include "outbox.h"
#include "rights.h"
#include "state_directory.h"
#include "support/paths.h"

namespace mon::data_aggregator::doctor {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(SplitAdviceTest, TakesWhatToDoApart) {
  const Told told = SplitAdvice("Access denied (1045); check MYSQL_USER and MYSQL_PASSWORD");
  EXPECT_EQ(told.problem, "Access denied (1045)");
  EXPECT_EQ(told.remedy, "check MYSQL_USER and MYSQL_PASSWORD");
  EXPECT_EQ(SplitAdvice("lost").problem, "lost");
  EXPECT_EQ(SplitAdvice("lost").remedy, "");
}

TEST(SizeTest, HasTheUnitThatFits) {
  EXPECT_EQ(Size(0), "0 bytes");
  EXPECT_EQ(Size(256ULL << 20U), "256 MiB");
  EXPECT_EQ(Size(3ULL << 29U), "1.5 GiB");
}

TEST(IsTooOldTest, KnowsWhatHasBeenTried) {
  EXPECT_TRUE(IsTooOld("10.4.34-MariaDB", true));
  EXPECT_TRUE(IsTooOld("5.7.44", false));
  EXPECT_FALSE(IsTooOld("10.5.23-MariaDB-0+deb11u1", true));
  EXPECT_FALSE(IsTooOld("11.8.1-MariaDB", true));
  EXPECT_FALSE(IsTooOld("8.0.36", false));
  EXPECT_FALSE(IsTooOld("unknown", false));
}

TEST(JudgeNodeTest, NamesANodeThatHasLostItsCluster) {
  EXPECT_EQ(JudgeNode("db-1", {"ON", "Primary", "3", "Synced"}).status, Status::kOk);
  const Finding lost = JudgeNode("db-1", {"OFF", "non-Primary", "1", "Initialized"});
  EXPECT_EQ(lost.status, Status::kFailed);
  EXPECT_THAT(lost.text, HasSubstr("non-Primary"));
}

TEST(JudgeOutboxTest, MailsThatMoveAreWell) {
  EXPECT_EQ(JudgeOutbox({})[0].text, "no mail waits");
  EXPECT_EQ(JudgeOutbox({.waiting = 2, .oldest_due = seconds(20)})[0].status, Status::kOk);
}

TEST(JudgeOutboxTest, WarnsOfMailsThatStandStillOrAreLost) {
  const auto findings = JudgeOutbox({.waiting = 2, .dead = 1, .oldest_due = minutes(90)});
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_THAT(findings[0].text, HasSubstr("1 mails could not be delivered"));
  EXPECT_EQ(findings[1].text, "2 mails wait, one of them since 90 min");
  EXPECT_THAT(findings[1].remedy, HasSubstr("does processor run?"));
}

TEST(JudgeBufferPoolTest, HasToHoldThePageThatEachItemIsWrittenTo) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  constexpr std::uint64_t kPage = 16'384;
  const Finding enough = JudgeBufferPool({.bytes = 128 * kMiB, .page_bytes = kPage, .items = 4096});
  EXPECT_EQ(enough.status, Status::kOk);
  EXPECT_EQ(enough.text, "128 MiB for 4096 items");
  const Finding small =
      JudgeBufferPool({.bytes = 128 * kMiB, .page_bytes = kPage, .items = 100'000});
  EXPECT_EQ(small.status, Status::kWarning);
  EXPECT_EQ(small.remedy, "set innodb_buffer_pool_size to 3.1 GiB at least");
  const Finding small_pages =
      JudgeBufferPool({.bytes = 128 * kMiB, .page_bytes = kPage / 2, .items = 8192});
  EXPECT_EQ(small_pages.status, Status::kOk);
}

TEST(JudgeRoomTest, TheDiskHasToHoldAFullSpool) {
  constexpr std::uint64_t kMiB = 1U << 20U;
  const SpoolConfig limits{.max_bytes = 256 * kMiB};
  EXPECT_EQ(JudgeRoom(300 * kMiB, 0, limits).status, Status::kOk);
  EXPECT_EQ(JudgeRoom(200 * kMiB, 0, limits).status, Status::kWarning);
  EXPECT_EQ(JudgeRoom(200 * kMiB, 100 * kMiB, limits).status, Status::kOk);
  EXPECT_EQ(JudgeRoom(kMiB, 256 * kMiB, limits).status, Status::kFailed);
}

TEST(JudgeSpoolTest, WarnsOfSamplesThatWaitForLong) {
  constexpr TimePoint kNow{seconds(1'750'000'000)};
  EXPECT_EQ(JudgeSpool({}, kNow)[0].text, "empty: no sample waits");
  const auto fresh = JudgeSpool({.samples = 1, .bytes = 100, .oldest = kNow - seconds(50)}, kNow);
  EXPECT_EQ(fresh[0].status, Status::kOk);
  EXPECT_EQ(fresh[0].text, "1 sample (100 bytes) waits for the database, the oldest since 50 s");
  const auto old =
      JudgeSpool({.samples = 3, .bytes = 300, .damaged = 2, .oldest = kNow - minutes(30)}, kNow);
  ASSERT_THAT(old, SizeIs(2));
  EXPECT_EQ(old[0].text, "2 samples in it are damaged");
  EXPECT_EQ(old[1].status, Status::kWarning);
  EXPECT_EQ(old[1].text, "3 samples (300 bytes) wait for the database, the oldest since 30 min");
}

std::vector<std::string> MissingOf(const std::vector<std::string>& grants,
                                   std::string_view database = "monitoring_db") {
  return ReadGrants(grants, database).missing;
}

TEST(ReadGrantsTest, CountsWhatHoldsForTheWholeDatabase) {
  EXPECT_THAT(MissingOf({"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"}),
              IsEmpty());
  EXPECT_THAT(MissingOf({"GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*1'",
                         "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, TRIGGER"
                         " ON `monitoring\\_db`.* TO `a`@`%`"}),
              IsEmpty());
  EXPECT_THAT(MissingOf({"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP ON *.* TO `a`@`%`",
                         "GRANT INDEX ON `monitoring_d_`.* TO `a`@`%`"}),
              ElementsAre("ALTER", "TRIGGER"));
}

TEST(ReadGrantsTest, LeavesOutWhatIsForOthersOrForATable) {
  EXPECT_THAT(MissingOf({"GRANT ALL PRIVILEGES ON `other`.* TO `a`@`%`",
                         "GRANT ALL PRIVILEGES ON `monitoring\\_db`.`leases` TO `a`@`%`"}),
              SizeIs(std::size(kAdminRights)));
  EXPECT_THAT(
      MissingOf({"GRANT ALL PRIVILEGES ON `monitoring\\_db`.* TO `a`@`%`"}, "monitoringXdb"),
      SizeIs(std::size(kAdminRights)));
}

TEST(ReadGrantsTest, SaysThatARoleMayGiveMore) {
  EXPECT_TRUE(ReadGrants({{"GRANT `dba` TO `a`@`%`"}}, "monitoring_db").by_role);
  EXPECT_FALSE(ReadGrants({{"GRANT USAGE ON *.* TO `a`@`%`"}}, "monitoring_db").by_role);
}

/// The grants of an account in sql/accounts.sql, by table; CREATE is taken away again there.
std::map<std::string, std::set<std::string>> GrantsOf(const std::string& account) {
  std::ifstream file(test::SqlDirectory() + "/accounts.sql");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const std::regex grant("GRANT ([A-Z, ]+)\\s+ON monitoring_db\\.(\\S+) TO '" + account + "'");
  std::map<std::string, std::set<std::string>> grants;
  for (std::sregex_iterator at(text.begin(), text.end(), grant), end; at != end; ++at) {
    const std::string rights = (*at)[1];
    const std::regex word("[A-Z]+");
    for (std::sregex_iterator right(rights.begin(), rights.end(), word); right != end; ++right)
      if (right->str() != "CREATE" || (*at)[2] == "*") grants[(*at)[2]].insert(right->str());
  }
  return grants;
}

TEST(RightsTest, AreThoseOfTheAccountsFile) {
  std::map<std::string, std::set<std::string>> needed;
  for (const TableRights& table : AggregatorRights())
    needed[table.table] = {table.rights.begin(), table.rights.end()};
  EXPECT_EQ(needed, GrantsOf("monitoring_aggregator"));
  const std::set<std::string> admin(std::begin(kAdminRights), std::end(kAdminRights));
  EXPECT_EQ(GrantsOf("monitoring_admin").at("*"), admin);
}

}  // namespace
}  // namespace mon::data_aggregator::doctor
