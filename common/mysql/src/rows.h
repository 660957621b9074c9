#pragma once

#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <memory>

#include "mysql/connection.h"

namespace mon::mysql {

/// The statement must live as long as its result.
struct Rows::Data {
  std::unique_ptr<sql::Statement> statement;
  std::unique_ptr<sql::ResultSet> result;
};

}  // namespace mon::mysql
