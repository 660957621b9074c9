#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mon::test {

/// A result as a client sees it that knows nothing of our tables: with the columns' names and
/// kinds.
struct SqlResult {
  struct Column {
    std::string name;
    bool number = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  ///< nullopt is NULL

  [[nodiscard]] std::optional<std::size_t> Find(const std::string& name) const;
};

/// A plain session without any of our own settings, as Grafana opens one: UTC, utf8mb4.
class SqlSession {
 public:
  /// `socket` is the path of the server's socket. Throws std::runtime_error as all of it does.
  SqlSession(const std::string& socket, const std::string& user, const std::string& password,
             const std::string& database);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  SqlResult Query(const std::string& sql);
  /// Rows that the server's storage engines have handed out to this session so far.
  std::int64_t RowsRead();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mon::test
