#pragma once

#include <mysql.h>

#include <memory>
#include <string>

namespace mon::bench {

struct CloseConnection {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};
using RawConnection = std::unique_ptr<MYSQL, CloseConnection>;

/// The C client's connection to the database of MYSQL_*. Throws.
[[nodiscard]] RawConnection Connect();

/// A statement without a result. Throws.
void Execute(MYSQL& connection, const std::string& sql);

}  // namespace mon::bench
