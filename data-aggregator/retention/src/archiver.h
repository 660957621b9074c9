#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "archive.h"
#include "mysql/connection.h"
#include "mysql/lease.h"
#include "row_format.h"
#include "tables.h"

namespace mon::data_aggregator::archive {

/// Moves rows of single days into the archive and out of their tables. Both calls can be repeated
/// and cut off at will.
class Archiver {
 public:
  Archiver(mysql::Connection& connection, const mysql::Lease& lease,
           const RetentionOptions& options, std::string schema)
      : connection_(connection),
        lease_(lease),
        options_(options),
        archive_(options.keep.directory),
        schema_(std::move(schema)) {}

  /// Makes the archive of the day hold each row of the source with its values of now, and gives how
  /// many it did not hold; those became a part of their own. What is in the archive already has
  /// then been compared with the source, and has proved whole.
  [[nodiscard]] Result<std::uint64_t> ArchiveDay(const Source& source, Day day);

  /// Deletes those rows of the source that the archive holds just so, in small transactions with
  /// pauses; gives how many.
  [[nodiscard]] Result<std::uint64_t> DeleteArchived(const Source& source, Day day);

 private:
  Result<const RowFormat*> FormatOf(const Table& table);
  Result<bool> DeleteSome(const Source& source, class DayReader& reader, class RowPages& pages,
                          const RowFormat& format, std::uint64_t& deleted);
  Result<void> DeleteOnce(const Source& source, Day day, const RowFormat& format,
                          std::uint64_t& deleted);

  mysql::Connection& connection_;
  const mysql::Lease& lease_;
  const RetentionOptions& options_;
  Archive archive_;
  std::string schema_;
  std::map<std::string, RowFormat> formats_;  ///< by table
};

}  // namespace mon::data_aggregator::archive
