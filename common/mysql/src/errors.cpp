#include "errors.h"

#include <fmt/format.h>

#include <string_view>

namespace mon::mysql {
namespace {

std::string_view Advice(int number) {
  switch (number) {
    case 1054:  // unknown column
    case 1146:  // unknown table
      return "; run data-aggregator --migrate";
    case 1049:
      return "; create it (see sql/accounts.sql) or set MYSQL_DATABASE";
    case 1045:
      return "; check MYSQL_USER and MYSQL_PASSWORD, and whether the account demands TLS";
    case 1044:
    case 1142:
    case 1143:
    case 1227:
      return "; grant the account its rights (sql/accounts.sql)";
    case 1153:
      return "; set max_allowed_packet of the server to 16 MB or more";
    case 1205:
      return "; another session holds a lock for long: find it by SHOW PROCESSLIST, end it";
    case 1419:
      return "; let an account with the right SUPER run it, or set "
             "log_bin_trust_function_creators=1";
    case 3159:
      return "; set MYSQL_TLS=verify";
    case 3:
    case 20:
    case 28:
    case 1021:
    case 1114:
      return "; the disk or the table space of the server is full";
    case 1665:
      return "; set binlog_format of the server to ROW or MIXED";
    default:
      return "";
  }
}

}  // namespace

bool IsConflict(int number) {
  return number == 1213 || number == 1205 || number == 1020 || number == 3572;
}

bool EndsSession(int number) {
  switch (number) {
    case 1047:  // Galera: not ready
    case 1053:  // shutting down
    case 1153:  // larger than max_allowed_packet: the server hangs up
    case 1290:  // --read-only
    case 1836:  // read-only server
    case 1927:  // killed
    case 2006:  // gone
    case 2012:
    case 2013:  // lost
    case 2014:  // out of sync
    case 2026:  // TLS
    case 2027:
    case 2055:
    case 3168:
    case 4031:  // idle for too long
      return true;
    default:
      return false;
  }
}

ErrorCode CodeFor(int number) {
  switch (number) {
    case 1205:  // lock wait
    case 1969:  // MariaDB: max_statement_time
    case 3024:  // MySQL: max_execution_time
    case 3572:  // NOWAIT
    case 1907:
      return ErrorCode::kTimeout;
    case 1044:  // database not allowed
    case 1045:  // wrong user or password
    case 1130:  // host not allowed
    case 1142:  // table not allowed
    case 1143:  // column not allowed
    case 1227:  // needs a global right
    case 1370:  // routine not allowed
    case 1419:  // trigger with binary log
    case 1698:  // login by another method only
    case 1820:  // password expired
    case 1862:
    case 2026:  // TLS
    case 3118:  // account locked
    case 3159:  // TLS demanded
    case 4151:  // account locked (MariaDB)
      return ErrorCode::kRejected;
    case 1049:  // unknown database
    case 1054:  // unknown column
    case 1146:  // unknown table
    case 1153:  // larger than max_allowed_packet
    case 1347:  // a view where a table has to be
    case 1665:  // binlog_format = STATEMENT
    case 1524:  // authentication plugin not loaded
    case 2059:
      return ErrorCode::kConfig;
    case 3:   // a write to the server's disk
    case 20:  // no room on it
    case 28:
    case 1021:
    case 1114:  // table full
      return ErrorCode::kIo;
    case 1048:  // NULL where none may be
    case 1062:  // duplicate key
    case 1264:  // out of range
    case 1265:  // cut
    case 1292:  // not a time
    case 1364:  // no default
    case 1366:  // not a number, bad characters
    case 1367:
    case 1406:  // too long
    case 1526:  // no partition for it
    case 3140:  // not JSON
    case 3819:  // CHECK
    case 4025:
      return ErrorCode::kInvalidData;
    case 1020:  // changed since last read
    case 1028:
    case 1030:  // storage engine
    case 1040:  // too many connections
    case 1041:
    case 1047:  // Galera: not ready
    case 1053:  // shutting down
    case 1077:
    case 1129:  // host blocked
    case 1203:  // too many connections of this user
    case 1213:  // deadlock
    case 1226:  // a limit of this account
    case 1290:  // --read-only
    case 1317:  // interrupted
    case 1792:  // read-only transaction
    case 1836:  // read-only server
    case 1927:  // killed
    case 2002:  // not reachable
    case 2003:
    case 2005:  // unknown host
    case 2006:  // gone
    case 2012:
    case 2013:  // lost
    case 2014:  // out of sync
    case 2027:
    case 2055:
    case 3168:
    case 4031:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

Error ServerError(const std::string& server, int number, const std::string& text) {
  return Error{CodeFor(number),
               fmt::format("mysql {}: {} ({}){}", server, text, number, Advice(number))};
}

}  // namespace mon::mysql
