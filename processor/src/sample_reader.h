#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"
#include "ledger.h"
#include "metric_row.h"
#include "mysql/connection.h"

namespace mon::processor {

/// `application` is that of the default one for rows of other programs, and lives until it returns.
using TakeRow = std::function<void(const MetricRow& row, std::string_view application)>;

/// Gives `take` the rows whose id lies in one of `spans` (ascending) and above `above`, ascending
/// by id, at most `limit`. Errors: those of mysql::Connection.
[[nodiscard]] Result<void> ReadRows(mysql::Connection& connection, std::span<const IdSpan> spans,
                                    std::int64_t above, std::size_t limit, const TakeRow& take);

struct SampleStretch {
  std::vector<Sample> samples;
  std::optional<std::int64_t> more_from;  ///< the stretch goes on at this time
};

/// Stored samples of one application, for judging a stretch again and for showing what was around a
/// finding. What cannot be judged is left out; of several rows of one second the highest id counts.
struct SampleHistory {
  virtual ~SampleHistory() = default;
  /// from <= timestamp <= to, ascending; of many, the first page.
  [[nodiscard]] virtual Result<SampleStretch> Read(const std::string& application,
                                                   std::int64_t from, std::int64_t to) = 0;
  /// The same of several applications at once, all of it, by application. Those of which there is
  /// more than is good to read at once are left out.
  [[nodiscard]] virtual Result<std::map<std::string, std::vector<Sample>>> ReadMany(
      std::span<const std::string> applications, std::int64_t from, std::int64_t to) = 0;
  /// The last `count` with timestamp < before, ascending.
  [[nodiscard]] virtual Result<std::vector<Sample>> ReadBefore(const std::string& application,
                                                               std::int64_t before,
                                                               std::size_t count) = 0;
};

/// All of them, of every page.
[[nodiscard]] Result<std::vector<Sample>> ReadAll(SampleHistory& history,
                                                  const std::string& application, std::int64_t from,
                                                  std::int64_t to);

/// `connection` must outlive it. `now` in epoch seconds bounds what counts as a sample, see Check.
class MysqlSampleHistory final : public SampleHistory {
 public:
  MysqlSampleHistory(mysql::Connection& connection, std::int64_t now)
      : connection_(&connection), now_(now) {}

  [[nodiscard]] Result<SampleStretch> Read(const std::string& application, std::int64_t from,
                                           std::int64_t to) override;
  [[nodiscard]] Result<std::map<std::string, std::vector<Sample>>> ReadMany(
      std::span<const std::string> applications, std::int64_t from, std::int64_t to) override;
  [[nodiscard]] Result<std::vector<Sample>> ReadBefore(const std::string& application,
                                                       std::int64_t before,
                                                       std::size_t count) override;

 private:
  mysql::Connection* connection_;
  std::int64_t now_;
};

}  // namespace mon::processor
