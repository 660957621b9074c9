#include <cppconn/datatype.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/metadata.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset_metadata.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/text.h"
#include "connector_options.h"
#include "insert_groups.h"
#include "kept.h"
#include "rows.h"
#include "session.h"

namespace mon::mysql {
namespace {

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

/// What the connector throws as ours.
template <typename Call>
auto Translated(Call call) {
  Driver();  // the connection may have been opened on another thread
  try {
    return call();
  } catch (const sql::SQLException& exception) {
    throw SessionError(exception.getErrorCode(), exception.what());
  }
}

sql::SQLString Sql(std::string_view text) { return {text.data(), text.size()}; }

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

/// The result is buffered: what throws here is a column that is not there, a mistake of ours.
class ConnectorRows final : public Rows::Data {
 public:
  ConnectorRows(std::unique_ptr<sql::Statement> statement, std::unique_ptr<sql::ResultSet> result)
      : statement_(std::move(statement)), result_(std::move(result)) {
    auto* metadata = result_->getMetaData();
    for (unsigned i = 1; i <= metadata->getColumnCount(); ++i)
      types_.push_back(metadata->getColumnType(i));
  }

  bool Next() override { return result_->next(); }
  [[nodiscard]] std::size_t Count() const override { return result_->rowsCount(); }
  [[nodiscard]] unsigned Columns() const override { return static_cast<unsigned>(types_.size()); }
  [[nodiscard]] bool IsNull(unsigned column) const override { return result_->isNull(column + 1); }
  [[nodiscard]] std::int64_t Int(unsigned column) const override {
    return result_->getInt64(column + 1);
  }
  [[nodiscard]] std::uint64_t Uint(unsigned column) const override {
    return result_->getUInt64(column + 1);
  }
  [[nodiscard]] double Double(unsigned column) const override {
    return static_cast<double>(result_->getDouble(column + 1));
  }
  [[nodiscard]] std::string Text(unsigned column) const override {
    if (!IsNull(column)) {
      // The connector's own text of these has six decimals.
      if (types_.at(column) == sql::DataType::DOUBLE) return ShortestText(Double(column));
      if (types_.at(column) == sql::DataType::REAL)
        return ShortestText(static_cast<float>(Double(column)));
    }
    return result_->getString(column + 1).asStdString();
  }

  void Fill(std::span<Row::Cell> cells, std::span<std::string> texts) const;

 private:
  std::unique_ptr<sql::Statement> statement_;  // must live as long as its result
  std::unique_ptr<sql::ResultSet> result_;
  std::vector<int> types_;  // sql::DataType
};

/// The current row.
void ConnectorRows::Fill(std::span<Row::Cell> cells, std::span<std::string> texts) const {
  for (unsigned i = 0; i < types_.size(); ++i) {
    Row::Cell& cell = cells[i];
    cell.null = IsNull(i) ? 1 : 0;
    if (cell.null != 0) continue;
    switch (types_[i]) {
      case sql::DataType::TINYINT:
      case sql::DataType::SMALLINT:
      case sql::DataType::MEDIUMINT:
      case sql::DataType::INTEGER:
      case sql::DataType::BIGINT:
        cell.kind = result_->getMetaData()->isSigned(i + 1) ? Row::Kind::kInt : Row::Kind::kUint;
        cell.integer = cell.kind == Row::Kind::kInt ? Int(i) : static_cast<std::int64_t>(Uint(i));
        break;
      case sql::DataType::REAL:
        cell.kind = Row::Kind::kFloat;
        cell.single = static_cast<float>(Double(i));
        break;
      case sql::DataType::DOUBLE:
        cell.kind = Row::Kind::kDouble;
        cell.real = Double(i);
        break;
      default:
        texts[i] = Text(i);
        cell.text = texts[i];
    }
  }
}

class ConnectorSession final : public Session {
 public:
  explicit ConnectorSession(const Target& target)
      : connection_(Translated([&] {
          sql::ConnectOptionsMap options = ConnectorOptions(target);
          return std::unique_ptr<sql::Connection>(Driver()->connect(options));
        })) {}

  std::string ServerVersion() override {
    return Translated(
        [&] { return connection_->getMetaData()->getDatabaseProductVersion().asStdString(); });
  }

  std::unique_ptr<Rows::Data> Query(std::string_view sql, std::span<const Value> params) override {
    return Translated([&] { return Select(sql, params); });
  }

  void Read(std::string_view sql, std::span<const Value> params,
            const std::function<void(const Row&)>& take) override {
    Translated([&] {
      const auto rows = Select(sql, params);
      std::vector<Row::Cell> cells(rows->Columns());
      std::vector<std::string> texts(rows->Columns());
      while (rows->Next()) {
        rows->Fill(cells, texts);
        take(Row(cells));
      }
    });
  }

  std::uint64_t Execute(std::string_view sql, std::span<const Value> params) override {
    return Translated([&]() -> std::uint64_t {
      if (params.empty()) return ExecuteText(sql);
      return Run(Keep(sql), params);
    });
  }

  std::uint64_t InsertRows(std::string_view head, std::size_t columns,
                           std::span<const Value> values, std::string_view tail,
                           NewIds /*ids*/) override {
    return Translated([&] {
      return InsertInGroups(head, columns, values, tail,
                            [&](const std::string& sql, std::span<const Value> params, bool kept) {
                              return kept ? Run(Keep(sql), params) : Run(*Prepare(sql), params);
                            });
    });
  }

  void Forget() override { kept_.Clear(); }

 private:
  std::unique_ptr<sql::PreparedStatement> Prepare(std::string_view sql) {
    return std::unique_ptr<sql::PreparedStatement>(connection_->prepareStatement(Sql(sql)));
  }

  sql::PreparedStatement& Keep(std::string_view sql) {
    return kept_.Get(sql, [&] { return Prepare(sql); });
  }

  static std::uint64_t Run(sql::PreparedStatement& statement, std::span<const Value> params) {
    Bind(statement, params);
    return static_cast<std::uint64_t>(statement.executeUpdate());
  }

  std::unique_ptr<ConnectorRows> Select(std::string_view sql, std::span<const Value> params) {
    if (params.empty() && !IsSelect(sql)) {
      std::unique_ptr<sql::Statement> statement(connection_->createStatement());
      std::unique_ptr<sql::ResultSet> result(statement->executeQuery(Sql(sql)));
      return std::make_unique<ConnectorRows>(std::move(statement), std::move(result));
    }
    auto statement = Prepare(sql);
    Bind(*statement, params);
    std::unique_ptr<sql::ResultSet> result(statement->executeQuery());
    return std::make_unique<ConnectorRows>(std::move(statement), std::move(result));
  }

  std::uint64_t ExecuteText(std::string_view sql) {
    const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
    if (!statement->execute(Sql(sql))) return statement->getUpdateCount();
    // ANALYZE TABLE and the like answer with rows, which have to be taken off the wire.
    const std::unique_ptr<sql::ResultSet> rows(statement->getResultSet());
    return 0;
  }

  std::unique_ptr<sql::Connection> connection_;
  KeptStatements<sql::PreparedStatement> kept_;  // gone before the connection
};

}  // namespace

std::unique_ptr<Session> ConnectByConnector(const Target& target) {
  return std::make_unique<ConnectorSession>(target);
}

}  // namespace mon::mysql
