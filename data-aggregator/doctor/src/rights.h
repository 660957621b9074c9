#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "finding.h"
#include "mysql/connection.h"

namespace mon::data_aggregator::doctor {

/// What an account needs on a table, as sql/accounts.sql grants it.
struct TableRights {
  std::string table;
  std::vector<std::string> rights;  ///< of SELECT, INSERT, UPDATE, DELETE
  std::string column;               ///< one that an UPDATE may name
};
[[nodiscard]] std::span<const TableRights> AggregatorRights();

/// Asks the server to explain a statement of each kind on each table, which needs the rights of the
/// statement, however they were given, and runs nothing. One finding for the account.
[[nodiscard]] Finding ExamineRights(mysql::Connection& connection, const std::string& user,
                                    const std::string& database,
                                    std::span<const TableRights> tables);

/// The rights of the admin account: those on the whole database.
inline constexpr std::string_view kAdminRights[] = {
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "TRIGGER"};

/// What SHOW GRANTS says of the rights on all of `database`.
struct Granted {
  std::vector<std::string> missing;  ///< of kAdminRights
  bool by_role = false;              ///< there are roles, which may give more
};
[[nodiscard]] Granted ReadGrants(std::span<const std::string> grants, std::string_view database);

}  // namespace mon::data_aggregator::doctor
