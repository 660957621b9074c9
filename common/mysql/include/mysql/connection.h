#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/config.h"
#include "common/error.h"

namespace mon::mysql {

/// A parameter or a cell. monostate is NULL. NaN and infinities are bound as NULL: MySQL has none.
using Value = std::variant<std::monostate, std::int64_t, std::uint64_t, double, std::string>;

/// A buffered result. Cells are read by position; reading NULL as a number gives 0 (ask `IsNull`
/// where it matters).
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

  [[nodiscard]] bool IsNull(unsigned column) const;  ///< columns count from 0
  [[nodiscard]] std::int64_t Int(unsigned column) const;
  [[nodiscard]] std::uint64_t Uint(unsigned column) const;
  [[nodiscard]] double Double(unsigned column) const;
  [[nodiscard]] std::string Text(unsigned column) const;

 private:
  std::unique_ptr<Data> data_;
};

enum class Account { kRuntime, kAdmin };

struct ConnectOptions {
  Account account = Account::kRuntime;
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds read_timeout{60};  ///< of one answer
  std::chrono::seconds statement_timeout{
      60};  ///< enforced by the server, so a killed client leaves nothing running
};

/// One session: UTC, utf8mb4, strict SQL mode, READ COMMITTED, no LOCAL INFILE, no automatic
/// reconnect.
///
/// Errors carry what the server said, with the server's name, and never a password: kRejected
/// (login, permission, certificate), kUnavailable (refused, lost, read-only), kTimeout, kConfig
/// (unknown database, missing table or column), kInvalidData (a value that the table refuses),
/// kInternal (our own SQL is wrong). Use from one thread at a time. A lost connection stays lost:
/// open a new one.
class Connection {
 public:
  /// Tries `config.hosts` in order. With tls=verify the chain and the host name are checked and an
  /// unencrypted session is an error, whatever the server offers.
  [[nodiscard]] static Result<Connection> Open(const MysqlConfig& config,
                                               const ConnectOptions& options = {});

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();  ///< an open transaction is rolled back

  /// A statement that returns rows. Parameters are `?`; with parameters it is a prepared statement
  /// (binary protocol), without it goes as text.
  [[nodiscard]] Result<Rows> Query(std::string_view sql, std::span<const Value> params = {});

  /// A statement that changes rows; the number that MySQL calls affected.
  [[nodiscard]] Result<std::uint64_t> Execute(std::string_view sql,
                                              std::span<const Value> params = {});

  /// `head VALUES (…),(…),… tail` for all rows of `columns` values each (row-major), in prepared
  /// statements of up to 1,000 rows. Sum of affected rows.
  [[nodiscard]] Result<std::uint64_t> InsertRows(std::string_view head, std::size_t columns,
                                                 std::span<const Value> values,
                                                 std::string_view tail = {});

  [[nodiscard]] Result<void> Begin();
  [[nodiscard]] Result<void> Commit();
  void Rollback() noexcept;

  [[nodiscard]] std::uint64_t LastInsertId();
  [[nodiscard]] std::uint64_t Id() const;  ///< the server's CONNECTION_ID()
  [[nodiscard]] const std::string& ServerName()
      const;  ///< "127.0.0.1:3306" or the socket, for messages
  [[nodiscard]] bool IsMariaDb() const;
  /// MySQL's number of the last error of this connection (1062, 1213, …), 0 if none.
  [[nodiscard]] int LastErrorNumber() const;

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
