#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "archiver.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "tables.h"

namespace mon::data_aggregator::archive {

/// A partition of zabbix_history that ends; the one for all that lies ahead is none of ours.
struct Partition {
  std::string name;
  Day first{};  ///< Day::min() where nothing lies below it
  Day end{};    ///< the first day behind it

  [[nodiscard]] Source Rows() const;
};

/// The first partition, once a day has been archived: for values of all archived days.
inline constexpr const char* kArchived = "p_archived";

/// By time. Errors: kConfig where the table is not partitioned, or in another way.
[[nodiscard]] Result<std::vector<Partition>> ReadPartitions(mysql::Connection& connection);

/// A partition that was taken out of zabbix_history is a table of this name and the partition's,
/// until its rows are known to be in the archive.
inline constexpr const char* kTakenOut = "zabbix_history_archiving_";

/// What a run that was cut off has left.
[[nodiscard]] Result<std::vector<std::string>> TablesTakenOut(mysql::Connection& connection);

/// Makes an empty table that can be exchanged for the partition. Needs CREATE, ALTER and DROP, and
/// so tells early where they are missing.
[[nodiscard]] Result<std::string> MakeTableFor(mysql::Connection& connection,
                                               const Partition& partition);

/// Makes the partition empty at one stroke: `table`, which was empty, has its rows then. kTimeout
/// where the table could not be had within `options.patience`.
[[nodiscard]] Result<void> TakeOut(mysql::Connection& connection, const Partition& partition,
                                   const std::string& table, const RetentionOptions& options);

/// Makes the leading partitions that end on `before` or earlier one, `p_archived`, up to the first
/// of them in which more than a few rows lie: those would be copied while writers wait.
[[nodiscard]] Result<void> MergeArchived(mysql::Connection& connection, Day before,
                                         const RetentionOptions& options);

}  // namespace mon::data_aggregator::archive
