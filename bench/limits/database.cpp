#include "database.h"

#include <stdexcept>

#include "bench/measure.h"

namespace mon::bench {

RawConnection Connect() {
  const MysqlConfig config = Configuration().mysql;
  RawConnection connection(mysql_init(nullptr));
  if (mysql_real_connect(connection.get(), config.hosts[0].host.c_str(), config.user.c_str(),
                         config.password.Reveal().c_str(), config.database.c_str(),
                         config.hosts[0].port, nullptr, 0) == nullptr)
    throw std::runtime_error(mysql_error(connection.get()));
  return connection;
}

void Execute(MYSQL& connection, const std::string& sql) {
  if (mysql_real_query(&connection, sql.data(), sql.size()) != 0)
    throw std::runtime_error(mysql_error(&connection));
}

}  // namespace mon::bench
