#include "mysql/connection.h"

#include <fmt/format.h>

#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/text.h"
#include "errors.h"
#include "rows.h"
#include "session.h"
#include "target.h"

namespace mon::mysql {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kLostInQuery = 2013;
constexpr int kTls = 2026;

std::string NameOf(const MysqlConfig& config, const std::optional<HostPort>& host) {
  if (!host) return config.socket;
  return host->host.contains(':') ? fmt::format("[{}]:{}", host->host, host->port)
                                  : fmt::format("{}:{}", host->host, host->port);
}

/// True for as long as it lives, also where an exception ends it.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  ~Busy() { flag_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& flag_;
};

}  // namespace

struct Connection::Impl {
  std::unique_ptr<Session> session;
  MysqlConfig config;  ///< with the one host that it is connected to
  std::string server;
  std::string version;
  bool mariadb = false;
  std::uint64_t id = 0;
  int last_error = 0;
  bool usable = true;
  bool in_transaction = false;
  bool reading = false;   ///< the answer of Read is not yet at its end
  bool answered = false;  ///< a row of it has come
  ConnectOptions options;

  /// Runs `call`; what the session throws becomes an error.
  template <typename Call>
  auto Guard(Call call) -> Result<decltype(call())> {
    if (reading) {
      return Fail(ErrorCode::kInternal,
                  fmt::format("mysql {}: another statement before the last row was read", server));
    }
    const auto begun = SteadyClock::now();
    last_error = 0;
    answered = false;
    try {
      if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return {};
      } else {
        return call();
      }
    } catch (const SessionError& error) {
      return std::unexpected(Failed(error, SteadyClock::now() - begun));
    }
  }

  Error Failed(const SessionError& error, SteadyClock::duration waited) {
    // Once a session stands, a failure of TLS is a lost connection and no refused login.
    last_error = session && error.Number() == kTls ? kLostInQuery : error.Number();
    if (session) session->Forget();
    usable = usable && !EndsSession(last_error);
    if (last_error == kLostInQuery && !answered && options.read_timeout.count() > 0 &&
        waited >= options.read_timeout) {
      return {ErrorCode::kTimeout, fmt::format("mysql {}: no answer within {} s (2013)", server,
                                               options.read_timeout.count())};
    }
    return ServerError(server, last_error, error.what());
  }

  std::string OneCell(std::string_view sql, unsigned column) const {
    const auto rows = session->Query(sql, {});
    return rows->Next() ? rows->Text(column) : "";
  }

  Result<void> Connect(const std::optional<HostPort>& host, bool one_of_several);
  Result<void> CheckEncrypted();
  Result<void> SetUpCluster(bool one_of_several);
};

Result<void> Connection::Impl::Connect(const std::optional<HostPort>& host, bool one_of_several) {
  const auto target = MakeTarget(config, host, options);
  if (!target) return std::unexpected(target.error());
  auto connected = Guard([&] {
    session = options.bulk ? ConnectByClientLibrary(*target) : ConnectByConnector(*target);
  });
  if (!connected) return connected;
  if (config.tls == MysqlTls::kVerify) {
    if (auto encrypted = CheckEncrypted(); !encrypted) return encrypted;
  }
  auto prepared = Guard([&] {
    session->Execute(SessionStatement(options), {});
    version = session->ServerVersion();
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
  return Guard([&] { session->Execute("SET wsrep_sync_wait = @@wsrep_sync_wait | 1", {}); });
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
  return impl_->Guard([&] { return Rows(impl_->session->Query(sql, params)); });
}

Result<void> Connection::Read(std::string_view sql, std::span<const Value> params,
                              const std::function<void(const Row&)>& take) {
  return impl_->Guard([&] {
    const Busy busy(impl_->reading);
    impl_->session->Read(sql, params, [&](const Row& row) {
      impl_->answered = true;
      take(row);
    });
  });
}

Result<std::uint64_t> Connection::Execute(std::string_view sql, std::span<const Value> params) {
  return impl_->Guard([&] { return impl_->session->Execute(sql, params); });
}

Result<std::uint64_t> Connection::InsertRows(std::string_view head, std::size_t columns,
                                             std::span<const Value> values, std::string_view tail,
                                             NewIds ids) {
  return impl_->Guard([&] { return impl_->session->InsertRows(head, columns, values, tail, ids); });
}

Result<void> Connection::Begin() {
  return impl_->Guard([&] {
    impl_->session->Execute("START TRANSACTION", {});
    impl_->in_transaction = true;
  });
}

Result<void> Connection::Commit() {
  return impl_->Guard([&] {
    impl_->session->Execute("COMMIT", {});
    impl_->in_transaction = false;
  });
}

void Connection::Rollback() noexcept {
  // The error that led here is the one worth telling and asking for.
  const int last_error = impl_->last_error;
  (void)impl_->Guard([&] {
    impl_->session->Execute("ROLLBACK", {});
    impl_->in_transaction = false;
  });
  impl_->last_error = last_error;
}

bool Connection::Usable() const { return impl_->usable; }
bool Connection::InTransaction() const { return impl_->in_transaction; }

Result<std::uint64_t> Connection::LastInsertId() {
  return impl_->Guard([&]() -> std::uint64_t {
    const auto rows = impl_->session->Query("SELECT LAST_INSERT_ID()", {});
    return rows->Next() ? rows->Uint(0) : 0;
  });
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
