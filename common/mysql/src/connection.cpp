#include "mysql/connection.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/metadata.h>
#include <cppconn/prepared_statement.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/text.h"
#include "errors.h"
#include "options.h"
#include "rows.h"

namespace mon::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kRowsPerInsert = 1000;
constexpr std::size_t kBytesPerInsert = 1 << 20;  // max_allowed_packet is 16 MB or more
constexpr std::size_t kMostPrepared = 32;         // statements that are kept
constexpr std::size_t kMaxPlaceholders = 65535;   // of one prepared statement
constexpr int kLostInQuery = 2013;

/// The driver keeps state per thread; set up with the first connection that a thread opens.
struct DriverThread {
  explicit DriverThread(sql::Driver* d) : driver(d) { driver->threadInit(); }
  ~DriverThread() { driver->threadEnd(); }
  DriverThread(const DriverThread&) = delete;
  DriverThread& operator=(const DriverThread&) = delete;
  sql::Driver* driver;
};

sql::Driver* Driver() {
  static sql::Driver* const driver = get_driver_instance();
  thread_local const DriverThread thread(driver);
  return driver;
}

std::string NameOf(const MysqlConfig& config, const std::optional<HostPort>& host) {
  if (!host) return config.socket;
  return host->host.contains(':') ? fmt::format("[{}]:{}", host->host, host->port)
                                  : fmt::format("{}:{}", host->host, host->port);
}

void Bind(sql::PreparedStatement& statement, std::span<const Value> params) {
  for (unsigned i = 0; i < params.size(); ++i) {
    const unsigned position = i + 1;
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::monostate>) {
            statement.setNull(position, 0);
          } else if constexpr (std::is_same_v<T, std::int64_t>) {
            statement.setInt64(position, value);
          } else if constexpr (std::is_same_v<T, std::uint64_t>) {
            statement.setUInt64(position, value);
          } else if constexpr (std::is_same_v<T, double>) {
            if (std::isfinite(value)) {
              statement.setDouble(position, value);
            } else {
              statement.setNull(position, 0);
            }
          } else {
            statement.setString(position, value);
          }
        },
        params[i]);
  }
}

bool IsSelect(std::string_view sql) {
  const auto begin = sql.find_first_not_of(" \n\t(");
  if (begin == std::string_view::npos) return false;
  std::string word(sql.substr(begin, 6));
  std::ranges::transform(word, word.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return word == "SELECT" || word.starts_with("WITH");
}

std::size_t SizeOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? text->size() : sizeof(std::int64_t);
}

/// How many of `values` one statement takes: whole rows, at least one.
std::size_t ValuesOfNext(std::span<const Value> values, std::size_t columns) {
  const std::size_t most =
      std::min(values.size(), std::min(kRowsPerInsert, kMaxPlaceholders / columns) * columns);
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < most; count += columns) {
    for (const Value& value : values.subspan(count, columns)) bytes += SizeOf(value);
    if (count > 0 && bytes > kBytesPerInsert) break;
  }
  return count;
}

std::string Groups(std::size_t columns, std::size_t rows) {
  std::string group = "(?";
  for (std::size_t i = 1; i < columns; ++i) group += ",?";
  group += ")";
  std::string groups = group;
  groups.reserve(rows * (group.size() + 1));
  for (std::size_t i = 1; i < rows; ++i) groups.append(",").append(group);
  return groups;
}

}  // namespace

struct Connection::Impl {
  std::unique_ptr<sql::Connection> connection;
  std::map<std::string, std::unique_ptr<sql::PreparedStatement>, std::less<>> kept;
  MysqlConfig config;  ///< with the one host that it is connected to
  std::string server;
  std::string version;
  bool mariadb = false;
  std::uint64_t id = 0;
  int last_error = 0;
  bool usable = true;
  bool in_transaction = false;
  ConnectOptions options;

  /// Runs `call`; what the driver throws becomes an error.
  template <typename Call>
  auto Guard(Call call) -> Result<decltype(call())> {
    Driver();  // it may have been opened on another thread
    const auto begun = SteadyClock::now();
    last_error = 0;
    try {
      if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return {};
      } else {
        return call();
      }
    } catch (const sql::SQLException& exception) {
      last_error = exception.getErrorCode();
      kept.clear();  // one of them may be left with half of an answer
      usable = usable && !EndsSession(last_error);
      const auto waited = SteadyClock::now() - begun;
      if (last_error == kLostInQuery && options.read_timeout.count() > 0 &&
          waited >= options.read_timeout) {
        return Fail(ErrorCode::kTimeout, fmt::format("mysql {}: no answer within {} s (2013)",
                                                     server, options.read_timeout.count()));
      }
      return std::unexpected(ServerError(server, last_error, exception.what()));
    }
  }

  std::unique_ptr<sql::PreparedStatement> Prepare(std::string_view sql) const {
    return std::unique_ptr<sql::PreparedStatement>(
        connection->prepareStatement(sql::SQLString(sql.data(), sql.size())));
  }

  /// The statement of the last time. Who writes row by row writes the same again and again, and
  /// preparing costs the server more than executing.
  sql::PreparedStatement& Keep(std::string_view sql) {
    auto found = kept.find(sql);
    if (found == kept.end()) {
      if (kept.size() == kMostPrepared) kept.clear();
      found = kept.emplace(sql, Prepare(sql)).first;
    }
    return *found->second;
  }

  std::unique_ptr<Rows::Data> TextQuery(std::string_view sql) const {
    auto data = std::make_unique<Rows::Data>();
    data->statement.reset(connection->createStatement());
    data->result.reset(data->statement->executeQuery(sql::SQLString(sql.data(), sql.size())));
    return data;
  }

  void TextExecute(std::string_view sql) const {
    const std::unique_ptr<sql::Statement> statement(connection->createStatement());
    statement->execute(sql::SQLString(sql.data(), sql.size()));
  }

  std::string OneCell(std::string_view sql, unsigned column) const {
    Rows rows(TextQuery(sql));
    return rows.Next() ? rows.Text(column) : "";
  }

  Result<void> Connect(const std::optional<HostPort>& host, bool one_of_several);
  Result<void> CheckEncrypted();
  Result<void> SetUpCluster(bool one_of_several);
};

Result<void> Connection::Impl::Connect(const std::optional<HostPort>& host, bool one_of_several) {
  auto map = BuildOptions(config, host, options);
  if (!map) return std::unexpected(map.error());
  auto connected = Guard([&] { connection.reset(Driver()->connect(*map)); });
  if (!connected) return connected;
  if (config.tls == MysqlTls::kVerify) {
    if (auto encrypted = CheckEncrypted(); !encrypted) return encrypted;
  }
  auto prepared = Guard([&] {
    TextExecute(SessionStatement(options));
    // From the handshake, so that it costs no round trip.
    version = connection->getMetaData()->getDatabaseProductVersion().asStdString();
    mariadb = version.contains("MariaDB");
  });
  if (!prepared) return prepared;
  return SetUpCluster(one_of_several);
}

/// The last word on TLS, whatever became of the options.
Result<void> Connection::Impl::CheckEncrypted() {
  const auto cipher = Guard([&] { return OneCell("SHOW STATUS LIKE 'Ssl_cipher'", 1); });
  if (!cipher) return std::unexpected(cipher.error());
  if (cipher->empty())
    return Fail(ErrorCode::kRejected,
                fmt::format("mysql {}: the session is not encrypted", server));
  return {};
}

/// Of several hosts, one that cannot write now is passed over: a replica, or a Galera node that has
/// lost its cluster (which still answers plain reads).
Result<void> Connection::Impl::SetUpCluster(bool one_of_several) {
  if (one_of_several) {
    const auto read_only = Guard([&] { return OneCell("SELECT @@global.read_only", 0); });
    if (!read_only) return std::unexpected(read_only.error());
    if (*read_only == "1")
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("mysql {}: the server is read-only", server));
  }
  // One host may be the address of a whole cluster.
  const auto clustered = Guard([&] { return OneCell("SELECT @@wsrep_on", 0) == "1"; });
  if (!usable) return std::unexpected(clustered.error());
  last_error = 0;  // else an error means a server that knows of no clusters
  if (!clustered.value_or(false)) return {};
  // wsrep_ready is OFF also where there is no cluster at all.
  const auto ready = Guard([&] { return OneCell("SHOW STATUS LIKE 'wsrep_ready'", 1); });
  if (!ready) return std::unexpected(ready.error());
  if (*ready == "OFF")
    return Fail(ErrorCode::kUnavailable,
                fmt::format("mysql {}: the node is not part of its cluster", server));
  // What was committed on another node is on its way to this one: reads wait until it is here.
  return Guard([&] { TextExecute("SET wsrep_sync_wait = @@wsrep_sync_wait | 1"); });
}

Result<Connection> Connection::Open(const MysqlConfig& config, const ConnectOptions& options) {
  std::vector<std::optional<HostPort>> places(config.hosts.begin(), config.hosts.end());
  if (!config.socket.empty()) places = {std::nullopt};
  Error error{ErrorCode::kConfig, "mysql: no host is configured"};
  std::string skipped;
  for (const auto& place : places) {
    auto impl = std::make_unique<Impl>();
    impl->config = config;
    if (place) impl->config.hosts = {*place};
    impl->server = NameOf(config, place);
    impl->options = options;
    const auto connected = impl->Connect(place, places.size() > 1);
    if (connected) return Connection(std::move(impl));
    // Each host may have a reason of its own: all are told.
    error = connected.error();
    if (!skipped.empty()) error.message.insert(0, skipped + "; ");
    if (error.code != ErrorCode::kUnavailable && error.code != ErrorCode::kTimeout) break;
    skipped = error.message;
  }
  return std::unexpected(error);
}

Result<Connection> Connection::OpenAnother() const { return Open(impl_->config, impl_->options); }

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Rows> Connection::Query(std::string_view sql, std::span<const Value> params) {
  return impl_->Guard([&] {
    if (params.empty() && !IsSelect(sql)) return Rows(impl_->TextQuery(sql));
    auto statement = impl_->Prepare(sql);
    Bind(*statement, params);
    auto data = std::make_unique<Rows::Data>();
    data->result.reset(statement->executeQuery());
    data->statement = std::move(statement);
    return Rows(std::move(data));
  });
}

Result<std::uint64_t> Connection::Execute(std::string_view sql, std::span<const Value> params) {
  return impl_->Guard([&] {
    if (params.empty()) {
      const std::unique_ptr<sql::Statement> statement(impl_->connection->createStatement());
      if (!statement->execute(sql::SQLString(sql.data(), sql.size())))
        return statement->getUpdateCount();
      // ANALYZE TABLE and the like answer with rows, which have to be taken off the wire.
      const std::unique_ptr<sql::ResultSet> rows(statement->getResultSet());
      return std::uint64_t{0};
    }
    auto& statement = impl_->Keep(sql);
    Bind(statement, params);
    return static_cast<std::uint64_t>(statement.executeUpdate());
  });
}

Result<std::uint64_t> Connection::InsertRows(std::string_view head, std::size_t columns,
                                             std::span<const Value> values, std::string_view tail) {
  return impl_->Guard([&] {
    std::uint64_t affected = 0;
    for (std::size_t done = 0; done < values.size();) {
      const std::size_t count = ValuesOfNext(values.subspan(done), columns);
      const auto sql = fmt::format("{} VALUES {} {}", head, Groups(columns, count / columns), tail);
      // What is left of rows has another size each time.
      const bool full = count / columns == kRowsPerInsert;
      const auto once = full ? nullptr : impl_->Prepare(sql);
      sql::PreparedStatement& statement = full ? impl_->Keep(sql) : *once;
      Bind(statement, values.subspan(done, count));
      affected += static_cast<std::uint64_t>(statement.executeUpdate());
      done += count;
    }
    return affected;
  });
}

Result<void> Connection::Begin() {
  return impl_->Guard([&] {
    impl_->TextExecute("START TRANSACTION");
    impl_->in_transaction = true;
  });
}

Result<void> Connection::Commit() {
  return impl_->Guard([&] {
    impl_->TextExecute("COMMIT");
    impl_->in_transaction = false;
  });
}

void Connection::Rollback() noexcept {
  // The error that led here is the one worth telling and asking for.
  const int last_error = impl_->last_error;
  (void)impl_->Guard([&] {
    impl_->TextExecute("ROLLBACK");
    impl_->in_transaction = false;
  });
  impl_->last_error = last_error;
}

bool Connection::Usable() const { return impl_->usable; }
bool Connection::InTransaction() const { return impl_->in_transaction; }

std::uint64_t Connection::LastInsertId() {
  return impl_
      ->Guard([&] {
        Rows rows(impl_->TextQuery("SELECT LAST_INSERT_ID()"));
        return rows.Next() ? rows.Uint(0) : 0;
      })
      .value_or(0);
}

std::uint64_t Connection::Id() {
  if (impl_->id == 0) {
    const int last_error = impl_->last_error;
    const auto text = impl_->Guard([&] { return impl_->OneCell("SELECT CONNECTION_ID()", 0); });
    impl_->last_error = last_error;
    impl_->id = text ? ParseUint(*text).value_or(0) : 0;
  }
  return impl_->id;
}
const std::string& Connection::ServerName() const { return impl_->server; }
bool Connection::IsMariaDb() const { return impl_->mariadb; }
const std::string& Connection::ServerVersion() const { return impl_->version; }
int Connection::LastErrorNumber() const { return impl_->last_error; }
bool Connection::LastErrorWasConflict() const { return IsConflict(impl_->last_error); }

Result<Transaction> Transaction::Begin(Connection& connection) {
  if (auto begun = connection.Begin(); !begun) return std::unexpected(begun.error());
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ != nullptr) connection_->Rollback();
}

Result<void> Transaction::Commit() {
  Connection* connection = std::exchange(connection_, nullptr);
  auto committed = connection->Commit();
  if (!committed) connection->Rollback();
  return committed;
}

}  // namespace mon::mysql
