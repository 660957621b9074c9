#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "mysql/connection.h"
#include "support/mariadb_server.h"

// What a connection for bulk promises, and what both kinds of connection have in common.

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::MariadbServer;
using test::TestDatabase;
using testing::ElementsAre;
using testing::HasSubstr;

const TestDatabase::Options kEmpty{.migrate = false};
constexpr auto kAdmin = test::Account::kAdmin;
constexpr ConnectOptions kBulk{.bulk = true};

std::int64_t Status(Connection& connection, const std::string& name) {
  auto rows = connection.Query("SHOW SESSION STATUS LIKE '" + name + "'");
  return rows && rows->Next() ? rows->Int(1) : -1;
}

/// Columns of one kind each, and `rows` values in each.
std::vector<Value> ManyRows(std::int64_t rows) {
  std::vector<Value> values;
  for (std::int64_t i = 0; i < rows; ++i) {
    values.emplace_back(i);
    values.push_back(i % 3 == 0 ? Value() : Value("text " + std::to_string(i)));
  }
  return values;
}

std::vector<std::string> Printed(const Row& row) {
  std::vector<std::string> cells;
  for (unsigned i = 0; i < row.Columns(); ++i)
    cells.push_back(row.IsNull(i) ? "NULL" : row.Print(i));
  return cells;
}

std::vector<std::string> Printed(const Rows& rows) {
  std::vector<std::string> cells;
  for (unsigned i = 0; i < rows.Columns(); ++i)
    cells.push_back(rows.IsNull(i) ? "NULL" : rows.Text(i));
  return cells;
}

/// With true, a connection for bulk.
class EitherConnectionTest : public testing::TestWithParam<bool> {
 protected:
  TestDatabase database_{kEmpty};
  Connection connection_ = database_.Connect(kAdmin, {.bulk = GetParam()});

  /// The result has been read to its end without an error.
  std::vector<std::vector<std::string>> Read(const std::string& sql,
                                             const std::vector<Value>& params = {}) {
    std::vector<std::vector<std::string>> rows;
    const auto read =
        connection_.Read(sql, params, [&](const Row& row) { rows.push_back(Printed(row)); });
    EXPECT_TRUE(read) << read.error().message;
    return rows;
  }
};

INSTANTIATE_TEST_SUITE_P(Connection, EitherConnectionTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Bulk" : "Plain"; });

TEST_P(EitherConnectionTest, EveryKindOfValueIsExact) {
  database_.Execute(
      "CREATE TABLE v (n INT PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, d DOUBLE, f FLOAT, t TEXT)"
      " DEFAULT CHARSET = utf8mb4");
  const std::string text = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\xA5 'quoted' \\";
  const std::vector<Value> values = {1,
                                     std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::uint64_t>::max(),
                                     0.1 + 0.2,
                                     0.1F,
                                     text,  //
                                     2,
                                     Value(),
                                     Value(),
                                     std::nan(""),
                                     std::numeric_limits<double>::infinity(),
                                     "",  //
                                     3,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::uint64_t{0},
                                     std::numeric_limits<double>::denorm_min(),
                                     -0.02F,
                                     Value()};
  const auto inserted = connection_.InsertRows("INSERT INTO v", 6, values);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_EQ(*inserted, 3);
  std::size_t at = 0;
  const auto read = connection_.Read("SELECT * FROM v ORDER BY n", {}, [&](const Row& row) {
    ++at;
    ASSERT_EQ(row.Columns(), 6U);
    EXPECT_EQ(row.Int(0), static_cast<std::int64_t>(at));
    if (at == 1) {
      EXPECT_EQ(row.Int(1), std::numeric_limits<std::int64_t>::min());
      EXPECT_EQ(row.Uint(2), std::numeric_limits<std::uint64_t>::max());
      EXPECT_EQ(row.Double(3), 0.1 + 0.2);
      EXPECT_EQ(static_cast<float>(row.Double(4)), 0.1F);
      EXPECT_EQ(row.Text(5), text);
    } else if (at == 2) {
      for (unsigned i = 1; i < 5; ++i) EXPECT_TRUE(row.IsNull(i)) << i;
      EXPECT_FALSE(row.IsNull(5));
      EXPECT_EQ(row.Text(5), "");
      EXPECT_EQ(row.Int(1), 0) << "not what the row before had";
      EXPECT_EQ(row.Double(3), 0);
    } else {
      EXPECT_EQ(row.Int(1), std::numeric_limits<std::int64_t>::max());
      EXPECT_EQ(row.Double(3), std::numeric_limits<double>::denorm_min());
      EXPECT_TRUE(row.IsNull(5));
      EXPECT_EQ(row.Text(5), "");
    }
  });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(at, 3);
}

TEST_P(EitherConnectionTest, ReadAndQueryPrintTheSame) {
  database_.Execute(
      "CREATE TABLE p (a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT UNSIGNED, e BIGINT,"
      " f BIGINT UNSIGNED, g FLOAT, h DOUBLE, i DECIMAL(20,3), j TIMESTAMP NULL, k DATETIME(3),"
      " l DATE, m VARCHAR(10), n MEDIUMTEXT, o BLOB, p ENUM('x','y'), q YEAR, r DATETIME(3), s "
      "TIMESTAMP(6) NULL)");
  database_.Execute(
      "INSERT INTO p VALUES (-128, 65535, -8388608, 4294967295, -9223372036854775808,"
      " 18446744073709551615, 0.1, 0.30000000000000004, 12345.678, '2025-06-15 15:06:40',"
      " '2025-06-15 15:06:40.117', '2025-06-15', '', 'long', x'0041', 'y', 2025,"
      " '2025-06-15 15:06:40', '2025-06-15 15:06:40.000001')");
  const std::vector<std::string> expected = {"-128",
                                             "65535",
                                             "-8388608",
                                             "4294967295",
                                             "-9223372036854775808",
                                             "18446744073709551615",
                                             "0.1",
                                             "0.30000000000000004",
                                             "12345.678",
                                             "2025-06-15 15:06:40",
                                             "2025-06-15 15:06:40.117000",
                                             "2025-06-15",
                                             "",
                                             "long",
                                             std::string("\0A", 2),
                                             "y",
                                             "2025",
                                             "2025-06-15 15:06:40",
                                             "2025-06-15 15:06:40.000001"};
  EXPECT_THAT(Read("SELECT * FROM p"), ElementsAre(expected));
  auto rows = connection_.Query("SELECT * FROM p");
  ASSERT_TRUE(rows && rows->Next());
  EXPECT_EQ(Printed(*rows), expected);
  EXPECT_EQ(rows->Int(8), 12345) << "a DECIMAL is cut";
  EXPECT_EQ(rows->Double(8), 12345.678);
}

TEST_P(EitherConnectionTest, SixteenMegabytesOfTextGoBothWays) {
  database_.Execute("CREATE TABLE l (a INT PRIMARY KEY, t MEDIUMTEXT)");
  const std::string text(16'000'000, 'x');
  const std::vector<Value> values = {1, "short", 2, text, 3, "short again"};
  const auto inserted = connection_.InsertRows("INSERT INTO l (a, t)", 2, values);
  ASSERT_TRUE(inserted) << inserted.error().message;
  std::vector<std::string> texts;
  const auto read = connection_.Read("SELECT t FROM l ORDER BY a", {},
                                     [&](const Row& row) { texts.emplace_back(row.Text(0)); });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(texts == (std::vector<std::string>{"short", text, "short again"}));
}

TEST_P(EitherConnectionTest, ReadTakesParametersAndGivesEachRowOnce) {
  database_.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  ASSERT_TRUE(connection_.InsertRows("INSERT INTO m", 2, ManyRows(25'000)));
  std::int64_t next = 5'000;
  const auto read = connection_.Read("SELECT a FROM m WHERE a >= ? ORDER BY a", {{next}},
                                     [&](const Row& row) { EXPECT_EQ(row.Int(0), next++); });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(next, 25'000);
  EXPECT_THAT(Read("SELECT a FROM m WHERE a < 0"), ElementsAre());
}

TEST_P(EitherConnectionTest, ColumnMayHoldValuesOfSeveralKinds) {
  database_.Execute("CREATE TABLE k (a INT PRIMARY KEY, b TEXT)");
  const std::vector<Value> values = {1, "text", 2, 0.5, 3, Value(), 4, std::int64_t{-7}, 5, 0.25};
  EXPECT_EQ(connection_.InsertRows("INSERT INTO k", 2, values).value(), 5);
  EXPECT_THAT(Read("SELECT b FROM k ORDER BY a"),
              ElementsAre(ElementsAre("text"), ElementsAre("0.5"), ElementsAre("NULL"),
                          ElementsAre("-7"), ElementsAre("0.25")));
}

TEST_P(EitherConnectionTest, ColumnOfNothingButNull) {
  database_.Execute("CREATE TABLE k (a INT PRIMARY KEY, b TEXT)");
  EXPECT_EQ(connection_.InsertRows("INSERT INTO k", 2, std::vector<Value>{1, {}, 2, {}}).value(),
            2);
  EXPECT_THAT(Read("SELECT COUNT(*) FROM k WHERE b IS NULL"), ElementsAre(ElementsAre("2")));
}

TEST_P(EitherConnectionTest, AffectedRowsTellNewChangedAndSame) {
  database_.Execute("CREATE TABLE d (a INT PRIMARY KEY, b INT)");
  const auto upsert = [&](std::int64_t b) {
    std::vector<Value> values;
    for (std::int64_t a = 0; a < 2'500; ++a) values.insert(values.end(), {a, b});
    return connection_
        .InsertRows("INSERT INTO d", 2, values, "ON DUPLICATE KEY UPDATE b = VALUES(b)")
        .value();
  };
  EXPECT_EQ(upsert(1), 2'500);
  EXPECT_EQ(upsert(2), 5'000) << "MySQL counts a changed row twice";
  EXPECT_EQ(upsert(2), 0);
}

TEST_P(EitherConnectionTest, ValueThatTheTableRefusesEndsTheStatement) {
  database_.Execute("CREATE TABLE r (a INT PRIMARY KEY, b TINYINT)");
  std::vector<Value> values;
  for (std::int64_t a = 0; a < 100; ++a) values.insert(values.end(), {a, a == 50 ? 300 : 3});
  const auto refused = connection_.InsertRows("INSERT INTO r", 2, values);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(refused.error().message, HasSubstr("'b' at row"));
  EXPECT_EQ(connection_.LastErrorNumber(), 1264);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM r"), "0");
  values[101] = 3;
  EXPECT_EQ(connection_.InsertRows("INSERT INTO r", 2, values).value(), 100)
      << "the session goes on";
}

TEST_P(EitherConnectionTest, DuplicateIsNamed) {
  database_.Execute("CREATE TABLE u (a INT PRIMARY KEY)");
  database_.Execute("INSERT INTO u VALUES (7)");
  const auto refused = connection_.InsertRows("INSERT INTO u", 1, std::vector<Value>{6, 7, 8});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidData);
  EXPECT_THAT(refused.error().message, HasSubstr("Duplicate entry '7'"));
  EXPECT_EQ(connection_.LastErrorNumber(), 1062);
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM u"), "1") << "all or none of one statement";
}

TEST_P(EitherConnectionTest, WritesAndReadsInOneTransaction) {
  database_.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  {
    auto transaction = Transaction::Begin(connection_);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection_.InsertRows("INSERT INTO m", 2, ManyRows(1'500)));
    EXPECT_THAT(Read("SELECT COUNT(*) FROM m"), ElementsAre(ElementsAre("1500")));
  }
  EXPECT_THAT(Read("SELECT COUNT(*) FROM m"), ElementsAre(ElementsAre("0")));
}

TEST_P(EitherConnectionTest, NoOtherStatementBeforeTheLastRow) {
  database_.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  ASSERT_TRUE(connection_.InsertRows("INSERT INTO m", 2, ManyRows(10)));
  int rows = 0;
  const auto read = connection_.Read("SELECT a FROM m", {}, [&](const Row&) {
    const auto nested = connection_.Execute("DELETE FROM m");
    ASSERT_FALSE(nested);
    EXPECT_EQ(nested.error().code, ErrorCode::kInternal);
    EXPECT_THAT(nested.error().message, HasSubstr("before the last row"));
    ++rows;
  });
  EXPECT_TRUE(read) << read.error().message;
  EXPECT_EQ(rows, 10);
  EXPECT_TRUE(connection_.Usable());
  EXPECT_THAT(Read("SELECT COUNT(*) FROM m"), ElementsAre(ElementsAre("10")));
}

TEST_P(EitherConnectionTest, ReadMayBeGivenUpByAnException) {
  database_.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  ASSERT_TRUE(connection_.InsertRows("INSERT INTO m", 2, ManyRows(20'000)));
  EXPECT_THROW((void)connection_.Read("SELECT * FROM m", {},
                                      [](const Row&) { throw std::length_error("enough"); }),
               std::length_error);
  EXPECT_THAT(Read("SELECT COUNT(*) FROM m"), ElementsAre(ElementsAre("20000")));
}

TEST_P(EitherConnectionTest, UnknownTableIsAMatterOfConfiguration) {
  const auto read = connection_.Read("SELECT a FROM nowhere", {}, [](const Row&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kConfig);
  EXPECT_EQ(connection_.InsertRows("INSERT INTO nowhere", 1, std::vector<Value>{1}).error().code,
            ErrorCode::kConfig);
}

TEST_P(EitherConnectionTest, WrongNumberOfParametersIsOurMistake) {
  const auto rows = connection_.Execute("DO ? + ?", {1});
  ASSERT_FALSE(rows);
  EXPECT_TRUE(connection_.Usable());
}

TEST_P(EitherConnectionTest, AnswerWithRowsIsTakenOffTheWire) {
  database_.Execute("CREATE TABLE m (a INT)");
  EXPECT_TRUE(connection_.Execute("ANALYZE TABLE m"));
  EXPECT_TRUE(connection_.Execute("DO 1"));
}

TEST_P(EitherConnectionTest, KilledConnectionStaysLost) {
  database_.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  database_.Execute("KILL CONNECTION " + std::to_string(connection_.Id()));
  for (int i = 0; i < 2; ++i) {
    const auto inserted = connection_.InsertRows("INSERT INTO m", 2, ManyRows(2'000));
    ASSERT_FALSE(inserted);
    EXPECT_EQ(inserted.error().code, ErrorCode::kUnavailable) << inserted.error().message;
    EXPECT_FALSE(connection_.Usable());
  }
}

TEST(BulkConnectionTest, ThousandsOfRowsAreAFewStatements) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  auto connection = database.Connect(kAdmin, kBulk);
  const auto before = Status(connection, "Com_stmt_execute");
  ASSERT_EQ(connection.InsertRows("INSERT INTO m", 2, ManyRows(10'000)).value(), 10'000);
  EXPECT_LE(Status(connection, "Com_stmt_execute") - before, 10);
}

TEST(BulkConnectionTest, IdsThatAreCountedUpHaveNoGaps) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE i (id INT AUTO_INCREMENT PRIMARY KEY, a INT, b TEXT)");
  auto connection = database.Connect(kAdmin, kBulk);
  std::int64_t rows = 0;
  for (const std::int64_t more : {1, 2, 62, 63, 64, 1'000, 8'191, 12'345}) {
    ASSERT_TRUE(connection.InsertRows("INSERT INTO i (a, b)", 2, ManyRows(more)));
    rows += more;
    EXPECT_EQ(database.QueryOne("SELECT MAX(id) FROM i"), std::to_string(rows)) << more;
  }
}

TEST(BulkConnectionTest, RowsWithIdsOfTheirOwnAreOneStatement) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE i (id INT AUTO_INCREMENT PRIMARY KEY, b TEXT)");
  auto connection = database.Connect(kAdmin, kBulk);
  const auto values = ManyRows(5'001);
  const auto rows = std::span(values).subspan(2);  // the id 0 would ask for a new one
  const auto before = Status(connection, "Com_stmt_execute");
  for (const auto* tail : {"", "ON DUPLICATE KEY UPDATE b = 'again'"}) {
    ASSERT_TRUE(connection.InsertRows("INSERT INTO i", 2, rows, tail, NewIds::kNone));
  }
  EXPECT_EQ(Status(connection, "Com_stmt_execute") - before, 3);  // to ask is one, too
  const auto highest = database.QueryOne("SELECT MAX(id) + 1 FROM i");
  database.Execute("INSERT INTO i (b) VALUES ('next')");
  EXPECT_EQ(database.QueryOne("SELECT id FROM i WHERE b = 'next'"), highest);
}

TEST(BulkConnectionTest, RowsAreNotHeldInMemory) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect(kAdmin, kBulk);
  const auto id = connection.Id();
  std::size_t rows = 0;
  const auto read =
      connection.Read("SELECT REPEAT('x', 1000) FROM seq_1_to_100000", {}, [&](const Row& row) {
        // As long as the client has not taken them, the server cannot be done with so many.
        if (++rows == 1) {
          EXPECT_EQ(database.QueryOne("SELECT command FROM information_schema.processlist"
                                      " WHERE id = " +
                                      std::to_string(id)),
                    "Execute");
        }
        EXPECT_EQ(row.Text(0).size(), 1'000U);
      });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(rows, 100'000);
}

TEST(BulkConnectionTest, KilledWhileRowsCome) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect(kAdmin, kBulk);
  const auto id = connection.Id();
  bool first = true;
  const auto read =
      connection.Read("SELECT REPEAT('x', 1000) FROM seq_1_to_100000", {}, [&](const Row&) {
        if (first) {
          database.Execute("KILL CONNECTION " + std::to_string(id));
        }
        first = false;
      });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable) << read.error().message;
  EXPECT_FALSE(connection.Usable());
}

TEST(BulkConnectionTest, StatementTimeoutMayComeBetweenRows) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect(kAdmin, {.statement_timeout = 1s, .bulk = true});
  std::size_t rows = 0;
  const auto read = connection.Read("SELECT REPEAT('x', 100), SLEEP(0.02) FROM seq_1_to_1000000",
                                    {}, [&](const Row&) { ++rows; });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kTimeout) << read.error().message;
  EXPECT_GT(rows, 0U) << "some had come before";
  EXPECT_TRUE(connection.Usable());
  EXPECT_TRUE(connection.Query("SELECT 1")) << "the session goes on";
}

TEST(BulkConnectionTest, SlowAnswerEndsAtTheReadTimeout) {
  TestDatabase database(kEmpty);
  auto connection =
      database.Connect(kAdmin, {.read_timeout = 1s, .statement_timeout = 0s, .bulk = true});
  const auto read = connection.Read("SELECT SLEEP(30)", {}, [](const Row&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(read.error().message, HasSubstr("no answer within 1 s"));
}

TEST(BulkConnectionTest, SessionIsThatOfOtherConnections) {
  TestDatabase database(kEmpty);
  const std::string sql =
      "SELECT @@time_zone, @@sql_mode, @@tx_isolation, @@character_set_client,"
      " @@character_set_results, @@autocommit, @@max_statement_time, @@innodb_lock_wait_timeout,"
      " @@lock_wait_timeout, @@net_write_timeout, DATABASE(), CURRENT_USER()";
  auto plain = database.Connect();
  auto bulk = database.Connect(kAdmin, kBulk);
  auto expected = plain.Query(sql);
  auto found = bulk.Query(sql);
  ASSERT_TRUE(expected && expected->Next() && found && found->Next());
  EXPECT_EQ(Printed(*found), Printed(*expected));
  EXPECT_EQ(bulk.ServerVersion(), plain.ServerVersion());
  EXPECT_TRUE(bulk.IsMariaDb());
}

TEST(BulkConnectionTest, LocalhostIsTcpAndASocketIsASocket) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(kAdmin);
  config.hosts = {{"localhost", database.Server().Port()}};
  auto connection = Connection::Open(config, kBulk);
  EXPECT_TRUE(connection) << connection.error().message;
  config.hosts.clear();
  config.socket = database.Server().Socket();
  connection = Connection::Open(config, kBulk);
  EXPECT_TRUE(connection) << connection.error().message;
}

TEST(BulkConnectionTest, WrongPasswordIsRejectedAndNotTold) {
  MysqlConfig config = MariadbServer::Shared().Config(test::Account::kRoot, "mysql");
  config.password = Secret("hunter2-wrong");
  const auto connection = Connection::Open(config, kBulk);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, ErrorCode::kRejected);
  EXPECT_THAT(connection.error().message, testing::Not(HasSubstr("hunter2")));
}

TEST(BulkConnectionTest, LocalFilesAreNotSent) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE l (a TEXT)");
  auto connection = database.Connect(test::Account::kRoot, kBulk);
  EXPECT_FALSE(connection.Execute("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE l"));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM l"), "0");
}

TEST(BulkConnectionTest, CompressionIsOnWhereItIsAskedFor) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(kAdmin);
  config.compression = true;
  auto connection = Connection::Open(config, kBulk);
  ASSERT_TRUE(connection) << connection.error().message;
  auto rows = connection->Query("SHOW SESSION STATUS LIKE 'Compression'");
  ASSERT_TRUE(rows && rows->Next());
  EXPECT_EQ(rows->Text(1), "ON");
}

}  // namespace
}  // namespace mon::mysql
