#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "mysql/connection.h"
#include "support/mariadb_server.h"

// A connection for bulk under TLS, and what becomes of either kind when an encrypted session ends.

namespace mon::mysql {
namespace {

using namespace std::chrono_literals;
using test::MariadbServer;
using test::TestDatabase;
using testing::HasSubstr;

const TestDatabase::Options kEmpty{.migrate = false};
constexpr auto kAdmin = test::Account::kAdmin;
constexpr ConnectOptions kBulk{.bulk = true};

TEST(BulkConnectionTlsTest, VerifiedSessionIsEncrypted) {
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(kAdmin);
  config.tls = MysqlTls::kVerify;
  for (const bool besides_system : {true, false}) {
    (besides_system ? config.ca_file : config.tls_ca) = database.Server().CaFile();
    auto connection = Connection::Open(config, kBulk);
    ASSERT_TRUE(connection) << connection.error().message;
    auto rows = connection->Query("SHOW STATUS LIKE 'Ssl_cipher'");
    ASSERT_TRUE(rows && rows->Next());
    EXPECT_NE(rows->Text(1), "");
  }
}

// The client libraries call whatever ends an encrypted session a failure of TLS, as if the login
// were refused.
class LostUnderTlsTest : public testing::Test {
 protected:
  [[nodiscard]] Connection Connect(ConnectOptions options) {
    MysqlConfig config = database_.Config(kAdmin);
    config.tls = MysqlTls::kVerify;
    config.tls_ca = database_.Server().CaFile();
    auto connection = Connection::Open(config, options);
    if (!connection) throw std::runtime_error(connection.error().message);
    return std::move(*connection);
  }

  TestDatabase database_{kEmpty};
};

class EitherLostUnderTlsTest : public LostUnderTlsTest, public testing::WithParamInterface<bool> {};

TEST_P(EitherLostUnderTlsTest, KilledSessionIsALostOne) {
  auto connection = Connect({.bulk = GetParam()});
  database_.Execute("KILL CONNECTION " + std::to_string(connection.Id()));
  const auto rows = connection.Query("SELECT 1");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kUnavailable) << rows.error().message;
  EXPECT_FALSE(connection.Usable());
}

TEST_P(EitherLostUnderTlsTest, SlowAnswerEndsAtTheReadTimeout) {
  auto connection = Connect({.read_timeout = 1s, .statement_timeout = 0s, .bulk = GetParam()});
  const auto rows = connection.Query("SELECT SLEEP(30)");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::kTimeout) << rows.error().message;
  EXPECT_THAT(rows.error().message, HasSubstr("no answer within 1 s"));
}

TEST_F(LostUnderTlsTest, KilledWhileRowsCome) {
  auto connection = Connect(kBulk);  // a plain one has them all in memory by then
  const auto id = connection.Id();
  bool first = true;
  const auto read =
      connection.Read("SELECT REPEAT('x', 1000) FROM seq_1_to_100000", {}, [&](const Row&) {
        if (first) database_.Execute("KILL CONNECTION " + std::to_string(id));
        first = false;
      });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable) << read.error().message;
  EXPECT_FALSE(connection.Usable());
}

INSTANTIATE_TEST_SUITE_P(Connection, EitherLostUnderTlsTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Bulk" : "Plain"; });

TEST(BulkConnectionTlsTest, FailsClosed) {
  const auto code_of = [](const MysqlConfig& config) {
    const auto connection = Connection::Open(config, kBulk);
    return connection ? ErrorCode::kUsage : connection.error().code;
  };
  TestDatabase database(kEmpty);
  MysqlConfig config = database.Config(kAdmin);
  config.tls = MysqlTls::kVerify;
  EXPECT_EQ(code_of(config), ErrorCode::kRejected) << "an authority that nobody trusts";
  config.ca_file = database.Server().CaFile();
  config.hosts[0].host = "127.1";
  EXPECT_EQ(code_of(config), ErrorCode::kRejected) << "a certificate of another name";
  MariadbServer plain({"--no-tls"});
  config = plain.Config(test::Account::kRoot, "mysql");
  config.tls = MysqlTls::kVerify;
  config.tls_ca = database.Server().CaFile();
  EXPECT_EQ(code_of(config), ErrorCode::kRejected) << "a server without TLS";
}

}  // namespace
}  // namespace mon::mysql
