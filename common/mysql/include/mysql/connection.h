#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "mysql/row.h"

namespace mon::mysql {

/// A parameter or a cell. monostate is NULL. NaN and infinities are bound as NULL: MySQL has none.
using Value = std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::string>;

/// A buffered result. Cells are read by position, columns count from 0; reading NULL as a number
/// gives 0, as text "" (ask `IsNull` where it matters). Must not outlive its connection.
class Rows {
 public:
  struct Data;
  explicit Rows(std::unique_ptr<Data> data);
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  /// Moves to the next row; false after the last. Call before the first read.
  bool Next();
  [[nodiscard]] std::size_t Count() const;
  [[nodiscard]] unsigned Columns() const;

  [[nodiscard]] bool IsNull(unsigned column) const;
  [[nodiscard]] std::int64_t Int(unsigned column) const;
  [[nodiscard]] std::uint64_t Uint(unsigned column) const;
  [[nodiscard]] double Double(unsigned column) const;  ///< a FLOAT column exactly: cast to float
  /// A FLOAT or DOUBLE as the shortest text that reads back the same; a time as
  /// "2025-06-15 15:06:40", with six digits of fraction where it has any.
  [[nodiscard]] std::string Text(unsigned column) const;

 private:
  std::unique_ptr<Data> data_;
};

enum class Account { kRuntime, kAdmin };

/// Whether the server gives new rows their ids, from an AUTO_INCREMENT column.
enum class NewIds { kByServer, kNone };

struct ConnectOptions {
  Account account = Account::kRuntime;
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds read_timeout{65};  ///< of one answer; 0: none
  /// Enforced by the server, so that a killed client leaves nothing running; 0: none. MySQL applies
  /// it to SELECT alone, MariaDB to every statement.
  std::chrono::seconds statement_timeout{60};
  /// For one that writes or reads thousands of rows at once: spoken by the C API of the client
  /// library, which sends and takes them several times as fast as Connector/C++ (see InsertRows and
  /// Read). All else is the same.
  bool bulk = false;
};

/// One session: UTC, utf8mb4, strict SQL mode, READ COMMITTED, no LOCAL INFILE, no automatic
/// reconnect; a wait for a lock ends after 10 s (a row) or 20 s (a table's definition).
///
/// Errors carry what the server said, with the server's name, and never a password: kRejected
/// (login, permission, certificate), kUnavailable (refused, lost, read-only, deadlock), kTimeout
/// (also a lock or a statement that took too long), kConfig (unknown database, missing table or
/// column), kInvalidData (a value that the table refuses), kInternal (our own SQL is wrong). Use
/// from one thread at a time. A lost connection stays lost: open a new one.
class Connection {
 public:
  /// Tries `config.hosts` in order, past those that cannot be reached, only read, or have lost
  /// their cluster. With tls=verify the chain and the host name are checked and an unencrypted
  /// session is an error, whatever the server offers. Trusted are `tls_ca`, or else the system's
  /// authorities and `ca_file`.
  [[nodiscard]] static Result<Connection> Open(const MysqlConfig& config,
                                               const ConnectOptions& options = {});

  /// A second session of the same account on the same server.
  [[nodiscard]] Result<Connection> OpenAnother() const;

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();  ///< an open transaction is rolled back

  /// A statement that returns rows; parameters are `?`. SELECT goes as a prepared statement, whose
  /// binary results are exact (a FLOAT sent as text has six digits) and cheaper; SHOW and the like
  /// without parameters go as text.
  [[nodiscard]] Result<Rows> Query(std::string_view sql, std::span<const Value> params = {});
  [[nodiscard]] Result<Rows> Query(std::string_view sql, std::initializer_list<Value> params) {
    return Query(sql, std::span(params.begin(), params.size()));
  }

  /// A SELECT of many rows: calls `take` with each as it comes. On a connection for bulk they are
  /// not held in memory, however many there are. Until the last one the connection is busy: any
  /// other call fails with kInternal, so keep `take` to putting the row away.
  [[nodiscard]] Result<void> Read(std::string_view sql, std::span<const Value> params,
                                  const std::function<void(const Row&)>& take);

  /// A statement that changes rows; the number that MySQL calls affected (rows that already are as
  /// an UPDATE wants them do not count).
  [[nodiscard]] Result<std::uint64_t> Execute(std::string_view sql,
                                              std::span<const Value> params = {});
  [[nodiscard]] Result<std::uint64_t> Execute(std::string_view sql,
                                              std::initializer_list<Value> params) {
    return Execute(sql, std::span(params.begin(), params.size()));
  }

  /// `head VALUES (…) tail` for all rows of `columns` values each (row-major): in prepared
  /// statements of up to 1,000 rows and about 1 MB, on a connection for bulk to MariaDB as bulk
  /// operations of up to 10,000; where the server gives ids, of up to 8,191, so that they have no
  /// gaps. Sum of affected rows. Not atomic: wrap it in a transaction. Rows sorted by their key are
  /// cheapest.
  [[nodiscard]] Result<std::uint64_t> InsertRows(std::string_view head, std::size_t columns,
                                                 std::span<const Value> values,
                                                 std::string_view tail = {},
                                                 NewIds ids = NewIds::kByServer);

  [[nodiscard]] Result<void> Begin();
  [[nodiscard]] Result<void> Commit();
  void Rollback() noexcept;

  /// False once the session is lost or its server takes no more writes (shut down, read-only, out
  /// of its cluster): nothing will succeed on it, open another one.
  [[nodiscard]] bool Usable() const;
  [[nodiscard]] bool InTransaction() const;  ///< between Begin and Commit or Rollback

  /// The AUTO_INCREMENT id of the last INSERT (of its first row), 0 if there was none.
  [[nodiscard]] Result<std::uint64_t> LastInsertId();
  /// The server's CONNECTION_ID(), asked for at the first call; 0 if the connection is lost.
  [[nodiscard]] std::uint64_t Id();
  [[nodiscard]] const std::string& ServerName()
      const;  ///< "127.0.0.1:3306" or the socket, for messages
  [[nodiscard]] bool IsMariaDb() const;
  [[nodiscard]] const std::string& ServerVersion() const;  ///< "10.11.19-MariaDB-0+deb12u1"
  /// MySQL's number of the last statement's error (1062, 1213, …), 0 if it had none.
  [[nodiscard]] int LastErrorNumber() const;
  /// True where the last statement failed because of other transactions (deadlock, lock wait, a
  /// row changed underneath): the whole transaction may be tried again at once.
  [[nodiscard]] bool LastErrorWasConflict() const;

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Rolls back unless committed. `connection` must outlive it.
class Transaction {
 public:
  [[nodiscard]] static Result<Transaction> Begin(Connection& connection);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  [[nodiscard]] Result<void> Commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace mon::mysql
