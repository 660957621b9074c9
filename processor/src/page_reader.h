#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <vector>

#include "common/error.h"
#include "ledgers.h"
#include "mysql/connection.h"
#include "new_samples.h"

namespace mon::processor {

/// Reads what ledgers do not have, in pages. While one is judged, the next one may be read on a
/// connection of its own. Not for several threads. `connection` must outlive it.
class PageReader {
 public:
  /// `ledgers`: before the first page. `now`: as for ReadNewSamples.
  PageReader(mysql::Connection& connection, Ledgers ledgers, std::int64_t now);

  /// The next page: `limit` rows, fewer at the end. Errors: those of the database.
  [[nodiscard]] Result<NewSamples> Next(std::size_t limit);

  /// Begins to read what Next will give, which must be asked for with the same `limit`. Where no
  /// further connection is to be had, it is read by Next.
  void ReadAhead(std::size_t limit);

 private:
  [[nodiscard]] Result<NewSamples> Read(mysql::Connection& connection, std::size_t limit) const;

  mysql::Connection& connection_;
  const Ledgers ledgers_;
  const std::vector<IdSpan> spans_;
  const std::int64_t now_;
  std::int64_t above_ = -1;  ///< the highest id that was read
  std::optional<Result<mysql::Connection>> own_;
  std::future<Result<NewSamples>> ahead_;  ///< last: its end is waited for before others go
};

}  // namespace mon::processor
