#include <errmsg.h>
#include <mysql.h>

#include <bit>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "client_row.h"
#include "client_statement.h"
#include "insert_groups.h"
#include "kept.h"
#include "rows.h"
#include "session.h"

namespace mon::mysql {
namespace {

constexpr std::size_t kRowsPerBulk = 10'000;
constexpr std::size_t kFewestRowsPerBulk = 63;

/// How many of `rows` go at once. Not told their number, the server takes ids for an AUTO_INCREMENT
/// column in pieces of 1, 2, 4, … and leaves the rest of the last one unused: 2^n - 1 rows leave
/// none. A gap in the ids would look to the processor like a transaction that is still to come.
std::size_t WithoutGaps(std::size_t rows) { return std::bit_floor(rows + 1) - 1; }

struct CloseConnection {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
using Handle = std::unique_ptr<MYSQL, CloseConnection>;

[[noreturn]] void ThrowConnectionError(MYSQL& connection) {
  throw SessionError(static_cast<int>(mysql_errno(&connection)), mysql_error(&connection));
}

void SetTls(MYSQL& connection, const Target& target) {
  const my_bool verify = target.verify ? 1 : 0;
  mysql_options(&connection, MYSQL_OPT_SSL_ENFORCE, &verify);
  mysql_options(&connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  if (!target.authorities.empty())
    mysql_options(&connection, MYSQL_OPT_SSL_CA, target.authorities.c_str());
  if (!target.authorities_directory.empty())
    mysql_options(&connection, MYSQL_OPT_SSL_CAPATH, target.authorities_directory.c_str());
}

void SetOptions(MYSQL& connection, const Target& target) {
  // The client library takes exactly these C types, by pointer.
  const auto connect_timeout = static_cast<unsigned>(target.connect_timeout.count());
  const auto answer_timeout = static_cast<unsigned>(target.answer_timeout.count());
  const unsigned protocol = target.host ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  const unsigned local_files = 0;
  const my_bool reconnect = 0;
  mysql_options(&connection, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options(&connection, MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout);
  mysql_options(&connection, MYSQL_OPT_READ_TIMEOUT, &answer_timeout);
  mysql_options(&connection, MYSQL_OPT_WRITE_TIMEOUT, &answer_timeout);
  mysql_options(&connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(&connection, MYSQL_OPT_LOCAL_INFILE, &local_files);
  mysql_options(&connection, MYSQL_OPT_RECONNECT, &reconnect);
  if (target.compression) mysql_options(&connection, MYSQL_OPT_COMPRESS, nullptr);
  SetTls(connection, target);
}

Handle Connect(const Target& target) {
  static const int ready = mysql_server_init(0, nullptr, nullptr);  // once for all threads
  if (ready != 0) throw SessionError(CR_UNKNOWN_ERROR, "the client library cannot be set up");
  Handle connection(mysql_init(nullptr));
  if (!connection) throw std::bad_alloc();
  SetOptions(*connection, target);
  if (mysql_real_connect(connection.get(), target.host ? target.host->host.c_str() : nullptr,
                         target.user.c_str(), target.password.Reveal().c_str(),
                         target.database.empty() ? nullptr : target.database.c_str(),
                         target.host ? target.host->port : 0,
                         target.host ? nullptr : target.socket.c_str(), 0) == nullptr)
    ThrowConnectionError(*connection);
  return connection;
}

bool HasBulkOperations(MYSQL& connection) {
  unsigned long capabilities = 0;
  return mariadb_get_infov(&connection, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                           &capabilities) == 0 &&
         (capabilities & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32U)) != 0;
}

class ClientRows final : public Rows::Data {
 public:
  explicit ClientRows(std::unique_ptr<ClientStatement> statement)
      : statement_(std::move(statement)), row_(statement_->Handle()) {
    if (mysql_stmt_store_result(&statement_->Handle()) != 0) ThrowErrorOf(statement_->Handle());
  }
  bool Next() override { return row_.Next(); }
  [[nodiscard]] std::size_t Count() const override {
    return mysql_stmt_num_rows(&statement_->Handle());
  }
  [[nodiscard]] unsigned Columns() const override { return row_.Current().Columns(); }
  [[nodiscard]] bool IsNull(unsigned column) const override {
    return row_.Current().IsNull(column);
  }
  [[nodiscard]] std::int64_t Int(unsigned column) const override {
    return row_.Current().Int(column);
  }
  [[nodiscard]] std::uint64_t Uint(unsigned column) const override {
    return row_.Current().Uint(column);
  }
  [[nodiscard]] double Double(unsigned column) const override {
    return row_.Current().Double(column);
  }
  [[nodiscard]] std::string Text(unsigned column) const override {
    return row_.Current().Print(column);
  }

 private:
  std::unique_ptr<ClientStatement> statement_;
  ClientRow row_;
};

class ClientSession final : public Session {
 public:
  explicit ClientSession(const Target& target)
      : connection_(Connect(target)), bulk_(HasBulkOperations(*connection_)) {}

  std::string ServerVersion() override { return mysql_get_server_info(connection_.get()); }

  std::unique_ptr<Rows::Data> Query(std::string_view sql, std::span<const Value> params) override {
    auto statement = std::make_unique<ClientStatement>(*connection_, sql);
    statement->Execute(params);
    return std::make_unique<ClientRows>(std::move(statement));
  }

  void Read(std::string_view sql, std::span<const Value> params,
            const std::function<void(const Row&)>& take) override {
    ClientStatement statement(*connection_, sql);
    statement.Execute(params);
    ClientRow row(statement.Handle());
    while (row.Next()) take(row.Current());
  }

  std::uint64_t Execute(std::string_view sql, std::span<const Value> params) override {
    if (params.empty()) return ExecuteText(sql);
    return Keep(sql).Execute(params);
  }

  std::uint64_t InsertRows(std::string_view head, std::size_t columns,
                           std::span<const Value> values, std::string_view tail,
                           NewIds ids) override {
    std::uint64_t affected = 0;
    while (bulk_ && values.size() / columns >= kFewestRowsPerBulk) {
      const auto some = values.first(ValuesOfNext(values, columns, kRowsPerBulk));
      const auto alike = some.first(ValuesOfOneType(some, columns));
      const std::size_t most = alike.size() / columns;
      const std::size_t rows = ids == NewIds::kByServer ? WithoutGaps(most) : most;
      if (rows < kFewestRowsPerBulk) break;
      affected += Keep(InsertStatement(head, columns, 1, tail))
                      .ExecuteForEach(columns, values.first(rows * columns));
      values = values.subspan(rows * columns);
    }
    return affected +
           InsertInGroups(head, columns, values, tail,
                          [&](const std::string& sql, std::span<const Value> params, bool kept) {
                            return kept ? Keep(sql).Execute(params)
                                        : ClientStatement(*connection_, sql).Execute(params);
                          });
  }

  void Forget() override { kept_.Clear(); }

 private:
  ClientStatement& Keep(std::string_view sql) {
    return kept_.Get(sql, [&] { return std::make_unique<ClientStatement>(*connection_, sql); });
  }

  std::uint64_t ExecuteText(std::string_view sql) {
    if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0)
      ThrowConnectionError(*connection_);
    if (mysql_field_count(connection_.get()) == 0) return mysql_affected_rows(connection_.get());
    // ANALYZE TABLE and the like answer with rows, which have to be taken off the wire.
    MYSQL_RES* const result = mysql_store_result(connection_.get());
    if (result == nullptr) ThrowConnectionError(*connection_);
    mysql_free_result(result);
    return 0;
  }

  Handle connection_;
  KeptStatements<ClientStatement> kept_;  // gone before the connection
  bool bulk_;
};

}  // namespace

std::unique_ptr<Session> ConnectByClientLibrary(const Target& target) {
  return std::make_unique<ClientSession>(target);
}

}  // namespace mon::mysql
