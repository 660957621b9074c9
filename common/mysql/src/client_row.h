#pragma once

#include <mysql.h>

#include <string>
#include <vector>

#include "mysql/row.h"

namespace mon::mysql {

/// Where the rows of an executed statement land, each over the one before.
class ClientRow {
 public:
  /// `statement` must outlive it.
  explicit ClientRow(MYSQL_STMT& statement);
  ClientRow(const ClientRow&) = delete;  // the statement knows where its cells lie
  ClientRow& operator=(const ClientRow&) = delete;

  /// False behind the last row. Throws SessionError.
  bool Next();
  [[nodiscard]] Row Current() const { return Row(cells_); }

 private:
  void Bind();
  void GrowTexts();

  MYSQL_STMT& statement_;
  std::vector<Row::Cell> cells_;
  std::vector<unsigned> texts_;      ///< positions of the cells that are text
  std::vector<unsigned> fractions_;  ///< of those that are times with parts of a second
  std::vector<std::string> buffers_;
  std::vector<unsigned long> lengths_;
  std::vector<MYSQL_BIND> binds_;
};

}  // namespace mon::mysql
