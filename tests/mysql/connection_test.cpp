#include "mysql/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "support/mariadb_server.h"

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::Account;
using test::MariadbServer;
using test::TestDatabase;
using testing::HasSubstr;
using testing::Not;

const TestDatabase::Options kEmpty{.migrate = false};

/// A port of 127.0.0.1 that takes connections and never says a word; or, not listening, none.
class SilentPort {
 public:
  explicit SilentPort(bool listening) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    if (listening) {
      EXPECT_EQ(listen(socket_, 8), 0);
    }
  }
  ~SilentPort() { close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  [[nodiscard]] HostPort Address() const { return {"127.0.0.1", port_}; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

Error ErrorOf(const MysqlConfig& config, const ConnectOptions& options = {}) {
  auto connection = Connection::Open(config, options);
  if (connection) return {ErrorCode::kUsage, "no error at all"};
  return connection.error();
}

std::string Cipher(Connection& connection) {
  auto rows = connection.Query("SHOW STATUS LIKE 'Ssl_cipher'");
  return rows && rows->Next() ? rows->Text(1) : "";
}

TEST(ConnectionTest, SessionIsUtcStrictAndReadCommitted) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect();
  auto rows = connection.Query(
      connection.IsMariaDb()
          ? "SELECT @@time_zone, @@sql_mode, @@tx_isolation, @@character_set_client, @@autocommit"
          : "SELECT @@time_zone, @@sql_mode, @@transaction_isolation, @@character_set_client,"
            " @@autocommit");
  ASSERT_TRUE(rows && rows->Next());
  EXPECT_EQ(rows->Text(0), "+00:00");
  EXPECT_THAT(rows->Text(1), HasSubstr("STRICT_TRANS_TABLES"));
  EXPECT_EQ(rows->Text(2), "READ-COMMITTED");
  EXPECT_EQ(rows->Text(3), "utf8mb4");
  EXPECT_EQ(rows->Int(4), 1);
}

TEST(ConnectionTest, ValuesComeBackExactly) {
  TestDatabase database(kEmpty);
  database.Execute(
      "CREATE TABLE v (i BIGINT, u BIGINT UNSIGNED, d DOUBLE, f FLOAT, t TEXT, n INT, nan DOUBLE)"
      " DEFAULT CHARSET = utf8mb4");
  auto connection = database.Connect();
  const std::string text = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x94\xA5 'quoted' \\";
  const auto done = connection.Execute(
      "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?)",
      {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(),
       0.1 + 0.2, 0.1F, text, std::monostate(), std::nan("")});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*done, 1);
  for (const bool prepared : {true, false}) {
    auto rows = prepared ? connection.Query("SELECT * FROM v WHERE u > ?", {0})
                         : connection.Query("SELECT * FROM v");
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->Count(), 1);
    EXPECT_EQ(rows->Columns(), 7);
    ASSERT_TRUE(rows->Next());
    EXPECT_EQ(rows->Int(0), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(rows->Uint(1), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(rows->Double(2), 0.1 + 0.2);
    EXPECT_EQ(rows->Text(2), "0.30000000000000004");
    EXPECT_EQ(static_cast<float>(rows->Double(3)), 0.1F);
    EXPECT_EQ(rows->Text(3), "0.1");
    EXPECT_EQ(rows->Text(4), text);
    EXPECT_TRUE(rows->IsNull(5));
    EXPECT_TRUE(rows->IsNull(6));
    EXPECT_FALSE(rows->Next());
  }
}

TEST(ConnectionTest, InsertsManyRowsInPieces) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  auto connection = database.Connect();
  std::vector<Value> values;
  for (std::int64_t i = 0; i < 2345; ++i) {
    values.emplace_back(i);
    values.emplace_back(std::string(1000, 'x'));
  }
  const auto inserted = connection.InsertRows("INSERT INTO m (a, b)", 2, values);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_EQ(*inserted, 2345);
  EXPECT_EQ(database.QueryOne("SELECT CONCAT(COUNT(*), '/', SUM(a)) FROM m"), "2345/2748340");
  const auto again =
      connection.InsertRows("INSERT INTO m (a, b)", 2, values, "ON DUPLICATE KEY UPDATE b = 'y'");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, 2 * 2345);
}

TEST(ConnectionTest, InsertsMoreTextThanAPacketHolds) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE m (a INT PRIMARY KEY, b TEXT)");
  auto connection = database.Connect();
  std::vector<Value> values;
  for (std::int64_t i = 0; i < 300; ++i) {
    values.emplace_back(i);
    values.emplace_back(std::string(60'000, 'x'));
  }
  const auto inserted = connection.InsertRows("INSERT INTO m (a, b)", 2, values);
  ASSERT_TRUE(inserted) << inserted.error().message;
  EXPECT_EQ(*inserted, 300);
  EXPECT_EQ(database.QueryOne("SELECT SUM(LENGTH(b)) FROM m"), "18000000");
}

TEST(ConnectionTest, NoRowsAreNoStatement) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect();
  EXPECT_EQ(connection.InsertRows("INSERT INTO nowhere (a)", 1, {}).value(), 0);
}

TEST(ConnectionTest, WrongPasswordIsRejectedAndNotTold) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.password = Secret("hunter2-wrong");
  config.admin_user = "";
  const Error error = ErrorOf(config);
  EXPECT_EQ(error.code, ErrorCode::kRejected);
  EXPECT_THAT(error.message, HasSubstr("127.0.0.1:"));
  EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
}

TEST(ConnectionTest, UnknownDatabaseIsAMatterOfConfiguration) {
  MysqlConfig config = MariadbServer::Shared().Config(Account::kRoot, "no_such_database");
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kConfig);
}

TEST(ConnectionTest, MissingTableSaysWhatToDo) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect();
  const auto rows = connection.Query("SELECT * FROM hyphenmon_metrics");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kConfig);
  EXPECT_THAT(rows.error().message, HasSubstr("--migrate"));
  EXPECT_EQ(connection.LastErrorNumber(), 1146);
}

TEST(ConnectionTest, ValueThatTheTableRefusesIsInvalidData) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE s (a TINYINT, b VARCHAR(3))");
  auto connection = database.Connect();
  EXPECT_EQ(connection.Execute("INSERT INTO s (a) VALUES (?)", {300}).error().code,
            ErrorCode::kInvalidData);
  EXPECT_EQ(connection.Execute("INSERT INTO s (b) VALUES (?)", {"long"}).error().code,
            ErrorCode::kInvalidData);
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM s"), "0");
}

TEST(ConnectionTest, ClosedPortIsUnavailable) {
  const SilentPort closed(false);
  MysqlConfig config;
  config.hosts = {closed.Address()};
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kUnavailable);
}

TEST(ConnectionTest, SilentServerIsGivenUpInTime) {
  const SilentPort silent(true);
  MysqlConfig config;
  config.hosts = {silent.Address()};
  const auto begun = std::chrono::steady_clock::now();
  const Error error = ErrorOf(config, {.connect_timeout = 1s});
  EXPECT_TRUE(error.Retryable()) << error.message;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST(ConnectionTest, NextHostIsTriedWhereOneIsDown) {
  TestDatabase database(kEmpty);
  const SilentPort closed(false);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.hosts.insert(config.hosts.begin(), closed.Address());
  auto connection = Connection::Open(config);
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->ServerName(), "127.0.0.1:" + std::to_string(database.Server().Port()));
}

TEST(ConnectionTest, AllHostsAreNamedWhereNoneAnswers) {
  const SilentPort one(false);
  const SilentPort other(false);
  MysqlConfig config;
  config.hosts = {one.Address(), other.Address()};
  const Error error = ErrorOf(config);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  for (const HostPort& host : config.hosts)
    EXPECT_THAT(error.message, HasSubstr(":" + std::to_string(host.port)));
}

TEST(ConnectionTest, ReadOnlyHostIsPassedOver) {
  const MariadbServer replica({"--option=--read-only=1"});
  MysqlConfig config = replica.Config(Account::kRoot, "mysql");
  EXPECT_TRUE(Connection::Open(config)) << "a single one is used as it is";
  config.hosts.push_back({"localhost", replica.Port()});
  const Error error = ErrorOf(config);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("read-only"));
}

TEST(ConnectionTest, LocalhostIsTcp) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.hosts = {{"localhost", database.Server().Port()}};
  auto connection = Connection::Open(config);
  ASSERT_TRUE(connection) << connection.error().message;
}

TEST(ConnectionTest, SocketWorksWithoutHost) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.hosts.clear();
  config.socket = database.Server().Socket();
  auto connection = Connection::Open(config);
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(connection->ServerName(), config.socket);
}

TEST(ConnectionTest, AdminAccountIsAskedFor) {
  TestDatabase database(kEmpty);
  auto connection =
      Connection::Open(database.Config(Account::kAggregator), {.account = mysql::Account::kAdmin});
  ASSERT_TRUE(connection) << connection.error().message;
  auto rows = connection->Query("SELECT CURRENT_USER()");
  ASSERT_TRUE(rows && rows->Next());
  EXPECT_EQ(rows->Text(0), database.Name() + "_admin@%");
}

TEST(ConnectionTlsTest, VerifiedSessionIsEncrypted) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.tls = MysqlTls::kVerify;
  for (const bool besides_system : {true, false}) {
    (besides_system ? config.ca_file : config.tls_ca) = database.Server().CaFile();
    for (const char* host : {"127.0.0.1", "localhost"}) {
      config.hosts[0].host = host;
      auto connection = Connection::Open(config);
      ASSERT_TRUE(connection) << connection.error().message;
      EXPECT_NE(Cipher(*connection), "");
    }
  }
}

TEST(ConnectionTlsTest, AuthorityOfAnotherIsRejected) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.tls = MysqlTls::kVerify;  // the system's authorities know nothing of it
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kRejected);
  // A tls_ca replaces ca_file, and this one is not of that server.
  config.ca_file = database.Server().CaFile();
  config.tls_ca = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kRejected);
}

TEST(ConnectionTlsTest, CertificateOfAnotherNameIsRejected) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(Account::kAdmin);
  config.tls = MysqlTls::kVerify;
  config.ca_file = database.Server().CaFile();
  config.hosts[0].host = "127.1";  // the same address under a name that the certificate lacks
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kRejected);
  config.tls = MysqlTls::kOff;
  auto connection = Connection::Open(config);
  EXPECT_TRUE(connection) << connection.error().message;
}

TEST(ConnectionTlsTest, ServerWithoutTlsIsRejected) {
  MariadbServer plain({"--no-tls"});
  MysqlConfig config = plain.Config(Account::kRoot, "mysql");
  EXPECT_TRUE(Connection::Open(config));
  config.tls = MysqlTls::kVerify;
  config.tls_ca = MariadbServer::Shared().CaFile();
  const Error error = ErrorOf(config);
  EXPECT_EQ(error.code, ErrorCode::kRejected) << error.message;
}

TEST(ConnectionTlsTest, MissingAuthorityFileIsAMatterOfConfiguration) {
  MysqlConfig config = MariadbServer::Shared().Config(Account::kRoot, "mysql");
  config.tls = MysqlTls::kVerify;
  config.tls_ca = "/nonexistent/ca.pem";
  const Error error = ErrorOf(config);
  EXPECT_EQ(error.code, ErrorCode::kConfig);
  EXPECT_THAT(error.message, HasSubstr("/nonexistent/ca.pem"));
}

TEST(ConnectionTlsTest, SocketCannotBeVerified) {
  MysqlConfig config = MariadbServer::Shared().Config(Account::kRoot, "mysql");
  config.socket = MariadbServer::Shared().Socket();
  config.tls = MysqlTls::kVerify;
  EXPECT_EQ(ErrorOf(config).code, ErrorCode::kConfig);
}

TEST(ConnectionFailureTest, SlowAnswerEndsAtTheReadTimeout) {
  TestDatabase database(kEmpty);
  auto connection = Connection::Open(database.Config(Account::kAdmin),
                                     {.read_timeout = 1s, .statement_timeout = 0s});
  ASSERT_TRUE(connection);
  const auto begun = std::chrono::steady_clock::now();
  const auto rows = connection->Query("SELECT SLEEP(30)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kTimeout) << rows.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

TEST(ConnectionFailureTest, ServerItselfEndsALongStatement) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE big (a INT)");
  std::string rows_text = "(1)";
  for (int i = 0; i < 999; ++i) rows_text += ",(1)";
  database.Execute("INSERT INTO big VALUES " + rows_text);
  auto connection = Connection::Open(database.Config(Account::kAdmin), {.statement_timeout = 1s});
  ASSERT_TRUE(connection);
  const auto rows =
      connection->Query("SELECT SUM(RAND(w.a + x.a + y.a + z.a)) FROM big w, big x, big y, big z");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kTimeout) << rows.error().message;
  EXPECT_TRUE(connection->Query("SELECT 1")) << "the session goes on";
}

TEST(ConnectionTest, CompressionIsOnWhereItIsAskedFor) {
  TestDatabase database(kEmpty);
  const auto bytes_of_a_long_answer = [&](bool compression) {
    MysqlConfig config = database.Config(Account::kAdmin);
    config.compression = compression;
    auto connection = Connection::Open(config);
    EXPECT_TRUE(connection) << connection.error().message;
    const auto status = [&](const std::string& name) {
      auto rows = connection->Query("SHOW SESSION STATUS LIKE '" + name + "'");
      return rows && rows->Next() ? rows->Text(1) : "no answer";
    };
    EXPECT_EQ(status("Compression"), compression ? "ON" : "OFF");
    const auto before = std::stoll(status("Bytes_sent"));
    auto rows = connection->Query("SELECT REPEAT('a', 1000000)");
    EXPECT_TRUE(rows && rows->Next() && rows->Text(0) == std::string(1'000'000, 'a'));
    return std::stoll(status("Bytes_sent")) - before;
  };
  EXPECT_GT(bytes_of_a_long_answer(false), 1'000'000);
  EXPECT_LT(bytes_of_a_long_answer(true), 100'000);
}

TEST(ConnectionFailureTest, KilledConnectionStaysLost) {
  TestDatabase database(kEmpty);
  auto connection = database.Connect();
  EXPECT_FALSE(connection.Query("SELECT"));
  EXPECT_TRUE(connection.Usable()) << "a statement that fails costs no session";
  database.Execute("KILL CONNECTION " + std::to_string(connection.Id()));
  for (int i = 0; i < 2; ++i) {
    const auto rows = connection.Query("SELECT 1");
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable) << rows.error().message;
    EXPECT_FALSE(connection.Usable());
  }
}

TEST(ConnectionFailureTest, DeadServerIsUnavailable) {
  auto server = std::make_unique<MariadbServer>();
  auto connection = Connection::Open(server->Config(Account::kRoot, "mysql"));
  ASSERT_TRUE(connection);
  server.reset();
  const auto rows = connection->Query("SELECT 1");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable) << rows.error().message;
}

TEST(ConnectionFailureTest, WaitForARowIsAConflict) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE r (a INT PRIMARY KEY, b INT)");
  database.Execute("INSERT INTO r VALUES (1, 1)");
  auto first = database.Connect();
  auto second = database.Connect();
  ASSERT_TRUE(second.Execute("SET innodb_lock_wait_timeout = 1"));
  ASSERT_TRUE(first.Begin());
  ASSERT_TRUE(first.Execute("UPDATE r SET b = 2"));
  const auto blocked = second.Execute("UPDATE r SET b = 3");
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(second.LastErrorWasConflict());
}

TEST(ConnectionFailureTest, LocalFilesAreNotSent) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE l (a TEXT)");
  auto connection = database.Connect(Account::kRoot);
  EXPECT_FALSE(connection.Execute("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE l"));
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM l"), "0");
}

TEST(TransactionTest, RollsBackUnlessCommitted) {
  TestDatabase database(kEmpty);
  database.Execute("CREATE TABLE c (a INT)");
  auto connection = database.Connect();
  {
    auto transaction = Transaction::Begin(connection);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection.Execute("INSERT INTO c VALUES (1)"));
  }
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM c"), "0");
  {
    auto transaction = Transaction::Begin(connection);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection.Execute("INSERT INTO c VALUES (1)"));
    ASSERT_TRUE(transaction->Commit());
  }
  EXPECT_EQ(database.QueryOne("SELECT COUNT(*) FROM c"), "1");
}

}  // namespace
}  // namespace mon::mysql
