#include "mysql/transact.h"

#include <gtest/gtest.h>

#include <optional>

#include "support/mariadb_server.h"

namespace mon::mysql {
namespace {

using test::TestDatabase;

/// A table with one row, which `other` holds for as long as a test wants.
class TransactTest : public testing::Test {
 protected:
  TransactTest() {
    database_.Execute("CREATE TABLE r (a INT PRIMARY KEY, b INT)");
    database_.Execute("INSERT INTO r VALUES (1, 0)");
    EXPECT_TRUE(connection_.Execute("SET innodb_lock_wait_timeout = 1"));
  }

  void Block() {
    EXPECT_TRUE(other_.Begin());
    EXPECT_TRUE(other_.Execute("UPDATE r SET b = b + 10"));
  }
  Result<void> Add() {
    ++attempts_;
    if (attempts_ == free_at_) other_.Rollback();
    const auto done = connection_.Execute("UPDATE r SET b = b + 1");
    if (!done) return std::unexpected(done.error());
    return {};
  }

  TestDatabase database_{TestDatabase::Options{.migrate = false}};
  Connection connection_ = database_.Connect();
  Connection other_ = database_.Connect();
  int attempts_ = 0;
  int free_at_ = 0;
};

TEST_F(TransactTest, ConflictIsTriedAgainFromTheBeginning) {
  Block();
  free_at_ = 2;
  EXPECT_TRUE(Transact(connection_, [&] { return Add(); }));
  EXPECT_EQ(attempts_, 2);
  EXPECT_EQ(database_.QueryOne("SELECT b FROM r"), "1");
}

TEST_F(TransactTest, ConflictThatStaysIsTold) {
  Block();
  const auto done = Transact(connection_, [&] { return Add(); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(attempts_, 3);
}

TEST_F(TransactTest, OtherFailuresAreToldAtOnceAndRolledBack) {
  const auto done = Transact(connection_, [&]() -> Result<void> {
    if (auto added = Add(); !added) return added;
    return Fail(ErrorCode::kInvalidData, "no");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "no");
  EXPECT_EQ(attempts_, 1);
  EXPECT_EQ(database_.QueryOne("SELECT b FROM r"), "0");
}

}  // namespace
}  // namespace mon::mysql
