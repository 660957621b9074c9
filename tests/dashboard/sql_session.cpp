#include "dashboard/sql_session.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace mon::test {
namespace {

bool IsNumber(int type) {
  static const std::set<int> numbers = {sql::DataType::BIT,      sql::DataType::TINYINT,
                                        sql::DataType::SMALLINT, sql::DataType::INTEGER,
                                        sql::DataType::BIGINT,   sql::DataType::REAL,
                                        sql::DataType::DOUBLE,   sql::DataType::DECIMAL,
                                        sql::DataType::NUMERIC,  sql::DataType::MEDIUMINT};
  return numbers.contains(type);
}

SqlResult ReadAll(sql::ResultSet& cursor) {
  SqlResult result;
  auto* meta = cursor.getMetaData();
  const unsigned count = meta->getColumnCount();
  for (unsigned i = 1; i <= count; ++i) {
    result.columns.push_back({meta->getColumnLabel(i), IsNumber(meta->getColumnType(i))});
  }
  while (cursor.next()) {
    auto& row = result.rows.emplace_back();
    for (unsigned i = 1; i <= count; ++i) {
      const std::string text = cursor.getString(i);
      row.push_back(cursor.wasNull() ? std::nullopt : std::optional(text));
    }
  }
  return result;
}

}  // namespace

std::optional<std::size_t> SqlResult::Find(const std::string& name) const {
  const auto column = std::ranges::find(columns, name, &Column::name);
  if (column == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(column - columns.begin());
}

struct SqlSession::Impl {
  std::unique_ptr<sql::Connection> connection;
};

SqlSession::SqlSession(const std::string& socket, const std::string& user,
                       const std::string& password, const std::string& database)
    : impl_(std::make_unique<Impl>()) {
  try {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString("unix://" + socket);
    options["userName"] = sql::SQLString(user);
    options["password"] = sql::SQLString(password);
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    impl_->connection.reset(get_driver_instance()->connect(options));
    Query("SET time_zone = '+00:00'");
    if (!database.empty()) Query("USE " + database);
  } catch (const sql::SQLException& error) {
    throw std::runtime_error(user + " at " + socket + ": " + error.what());
  }
}

SqlSession::~SqlSession() = default;

SqlResult SqlSession::Query(const std::string& sql) {
  try {
    const std::unique_ptr<sql::Statement> statement(impl_->connection->createStatement());
    if (!statement->execute(sql)) return {};
    const std::unique_ptr<sql::ResultSet> cursor(statement->getResultSet());
    return ReadAll(*cursor);
  } catch (const sql::SQLException& error) {
    throw std::runtime_error(error.what() + (" in:\n" + sql));
  }
}

std::int64_t SqlSession::RowsRead() {
  std::int64_t sum = 0;
  for (const auto& row : Query("SHOW SESSION STATUS LIKE 'Handler_read%'").rows) {
    const std::string& name = row[0].value();
    if (name == "Handler_read_key" || name == "Handler_read_next" || name == "Handler_read_prev" ||
        name == "Handler_read_first" || name == "Handler_read_last" ||
        name == "Handler_read_rnd_next") {
      sum += std::stoll(row[1].value());
    }
  }
  return sum;
}

}  // namespace mon::test
