#pragma once

#include <string>
#include <vector>

#include "mysql/connection.h"
#include "row_format.h"
#include "tables.h"

namespace mon::data_aggregator::archive {

/// The rows of one day of a source, page by page in the order of their key, so that any number of
/// them passes through constant memory.
class RowPages {
 public:
  /// With `lock`, the rows of a page stay locked until the transaction ends.
  RowPages(mysql::Connection& connection, const Source& source, const RowFormat& format, Day day,
           bool lock = false);

  /// The next lines; empty behind the last.
  [[nodiscard]] Result<std::vector<std::string>> Next();

 private:
  [[nodiscard]] std::string Beyond(std::vector<mysql::Value>& params) const;

  mysql::Connection& connection_;
  const Source& source_;
  const RowFormat& format_;
  Day day_;
  bool lock_;
  std::vector<mysql::Value> last_;  ///< the key of the last row; empty: none yet
};

}  // namespace mon::data_aggregator::archive
