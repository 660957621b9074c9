#pragma once

#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <memory>
#include <vector>

#include "mysql/connection.h"

namespace mon::mysql {

/// The statement must live as long as its result.
struct Rows::Data {
  std::unique_ptr<sql::Statement> statement;
  std::unique_ptr<sql::ResultSet> result;
  std::vector<int> types;  ///< sql::DataType of the columns, once one was asked for

  int TypeOf(unsigned column);
};

}  // namespace mon::mysql
