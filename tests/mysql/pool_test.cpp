#include "mysql/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/mariadb_server.h"

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::TestDatabase;
using testing::HasSubstr;

/// A database without tables, shared by all: the tests look at connections alone.
class PoolTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<TestDatabase>(TestDatabase::Options{.migrate = false});
  }
  static void TearDownTestSuite() { database_.reset(); }

  static MysqlConfig Config() { return database_->Config(Account::kAdmin); }
  static std::uint64_t IdOf(Pool& pool) {
    auto connection = pool.Take();
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? (*connection)->Id() : 0;
  }
  static void Kill(std::uint64_t id) {
    database_->Execute("KILL CONNECTION " + std::to_string(id));
  }

  static std::unique_ptr<TestDatabase> database_;
};

std::unique_ptr<TestDatabase> PoolTest::database_;

TEST_F(PoolTest, ConnectionThatCameBackIsLentAgain) {
  Pool pool(Config());
  EXPECT_EQ(pool.Open(), 0U) << "opened before anyone asked";
  const auto first = IdOf(pool);
  EXPECT_EQ(IdOf(pool), first);
  EXPECT_EQ(pool.Open(), 1U);
}

TEST_F(PoolTest, TwoAtATimeAreTwoConnections) {
  Pool pool(Config());
  auto one = pool.Take();
  auto two = pool.Take();
  ASSERT_TRUE(one && two);
  EXPECT_NE((*one)->Id(), (*two)->Id());
  EXPECT_EQ(pool.Open(), 2U);
}

TEST_F(PoolTest, WaitForOneIsBounded) {
  Pool pool(Config(), {.most = 1, .wait = 20ms});
  const auto one = pool.Take();
  const auto begun = std::chrono::steady_clock::now();
  const auto none = pool.Take();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(none.error().message, HasSubstr("all 1 connections are in use"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(PoolTest, StopEndsTheWait) {
  Pool pool(Config(), {.most = 1, .wait = 1h});
  const auto one = pool.Take();
  std::stop_source stop;
  stop.request_stop();
  const auto none = pool.Take(stop.get_token());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnavailable);
}

TEST_F(PoolTest, WhoWaitsGetsTheOneThatComesBack) {
  Pool pool(Config(), {.most = 1, .wait = 1min});
  auto one = pool.Take();
  ASSERT_TRUE(one);
  const auto id = (*one)->Id();
  std::atomic<std::uint64_t> got = 0;
  std::jthread waiting([&] { got = IdOf(pool); });
  one = Fail(ErrorCode::kBusy, "given back");
  waiting.join();
  EXPECT_EQ(got, id);
}

TEST_F(PoolTest, ManyThreadsShareFew) {
  Pool pool(Config(), {.most = 2, .wait = 1min});
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20; ++k) {
          auto connection = pool.Take();
          if (!connection) return;
          const int now = ++at_once;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          if ((*connection)->Query("SELECT 1")) ++done;
          --at_once;
        }
      });
    }
  }
  EXPECT_EQ(done, 160);
  EXPECT_LE(most, 2);
  EXPECT_LE(pool.Open(), 2U);
}

TEST_F(PoolTest, LostOneIsReplacedWithItsWholeSession) {
  Pool pool(Config());
  {
    auto connection = pool.Take();
    ASSERT_TRUE(connection);
    Kill((*connection)->Id());
    EXPECT_FALSE((*connection)->Query("SELECT 1"));
  }
  EXPECT_EQ(pool.Open(), 0U);
  auto next = pool.Take();
  ASSERT_TRUE(next) << next.error().message;
  auto zone = (*next)->Query("SELECT @@session.time_zone");
  ASSERT_TRUE(zone && zone->Next());
  EXPECT_EQ(zone->Text(0), "+00:00");
}

TEST_F(PoolTest, LossOfOneClosesTheIdleOnes) {
  Pool pool(Config());
  auto one = pool.Take();
  {
    const auto idle_soon = pool.Take();
    ASSERT_TRUE(one && idle_soon);
  }
  EXPECT_EQ(pool.Open(), 2U);
  Kill((*one)->Id());
  EXPECT_FALSE((*one)->Query("SELECT 1"));
  one = Fail(ErrorCode::kBusy, "given back");
  EXPECT_EQ(pool.Open(), 0U);
}

TEST_F(PoolTest, OneThatWasIdleForLongIsAskedFirst) {
  Pool pool(Config(), {.check_after = 0s});
  const auto first = IdOf(pool);
  EXPECT_EQ(IdOf(pool), first) << "it lives";
  Kill(first);
  const auto second = IdOf(pool);
  EXPECT_NE(second, first);
  EXPECT_NE(second, 0U);
  EXPECT_EQ(pool.Open(), 1U);
}

TEST_F(PoolTest, OldOneIsReplaced) {
  Pool pool(Config(), {.max_age = 0s});
  const auto first = IdOf(pool);
  EXPECT_NE(IdOf(pool), first);
  EXPECT_EQ(pool.Open(), 1U);
}

TEST_F(PoolTest, TransactionThatWasLeftOpenIsRolledBack) {
  database_->Execute("CREATE TABLE left_open (a INT)");
  Pool pool(Config());
  {
    auto connection = pool.Take();
    ASSERT_TRUE(connection && (*connection)->Begin());
    ASSERT_TRUE((*connection)->Execute("INSERT INTO left_open VALUES (1)"));
  }
  auto again = pool.Take();
  ASSERT_TRUE(again);
  EXPECT_FALSE((*again)->InTransaction());
  ASSERT_TRUE((*again)->Begin() && (*again)->Commit());
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM left_open"), "0");
}

TEST_F(PoolTest, FailureToOpenFreesThePlace) {
  MysqlConfig config = Config();
  config.password = Secret("wrong");
  Pool pool(config, {.most = 1, .wait = 20ms});
  for (int i = 0; i < 2; ++i) {
    const auto none = pool.Take();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kRejected) << none.error().message;
  }
  EXPECT_EQ(pool.Open(), 0U);
}

TEST_F(PoolTest, NewConnectionsArePrepared) {
  int prepared = 0;
  bool good = false;
  Pool pool(Config(), {.prepare = [&](Connection&) -> Result<void> {
              ++prepared;
              if (good) return {};
              return Fail(ErrorCode::kConfig, "tables of another version");
            }});
  const auto refused = pool.Take();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "tables of another version");
  good = true;
  IdOf(pool);
  IdOf(pool);
  EXPECT_EQ(prepared, 2) << "once for each connection that was opened";
}

TEST_F(PoolTest, ServerThatIsGoneIsTold) {
  auto server = std::make_unique<test::MariadbServer>();
  Pool pool(server->Config(Account::kRoot, "mysql"), {.check_after = 0s});
  EXPECT_NE(IdOf(pool), 0U);
  server.reset();
  const auto none = pool.Take();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kUnavailable) << none.error().message;
  EXPECT_EQ(pool.Open(), 0U);
}

}  // namespace
}  // namespace mon::mysql
