#include "data_aggregator/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "data_aggregator/gentle.h"
#include "mysql/lease.h"
#include "mysql/schema.h"
#include "online_copy.h"
#include "statements.h"
#include "steps.h"

namespace mon::data_aggregator {
namespace {

constexpr int kBookkeeping = 0;
constexpr int kOldTables = 2;  // the step that changes tables of another hand
/// Renewed between steps; an owner on this host that has died is replaced at once anyway.
constexpr std::chrono::hours kLease{1};
/// Below this, the step's own ALTER is done in a blink, and needs no trigger.
constexpr std::uint64_t kSmallTable = 20'000;

std::vector<std::string> TablesMadeBy(std::string_view script) {
  constexpr std::string_view kCreate = "CREATE TABLE IF NOT EXISTS ";
  std::vector<std::string> tables;
  for (const std::string& statement : SplitStatements(script))
    if (statement.starts_with(kCreate))
      tables.push_back(
          statement.substr(kCreate.size(), statement.find(' ', kCreate.size()) - kCreate.size()));
  return tables;
}

class Migration {
 public:
  Migration(mysql::Connection& connection, const MigrateOptions& options)
      : connection_(connection), options_(options) {}

  Result<MigrateResult> Run() {
    auto missing = FindMissing();
    if (!missing) return std::unexpected(missing.error());
    const auto partitions =
        missing->contains(kHistory)
            ? 0
            : CountMissingPartitions(connection_, options_.now, options_.days_ahead);
    if (!partitions) return std::unexpected(partitions.error());
    if (missing->empty() && *partitions == 0) return Finish();
    if (auto fit = CheckPages(); !fit) return std::unexpected(fit.error());
    if (options_.dry_run) return Describe(*missing, *partitions);
    std::set<int> too;  // those that change what is made again here
    if (missing->erase(kBookkeeping) > 0) {
      if (auto done = ApplyBookkeeping(); !done) return std::unexpected(done.error());
      too = std::move(*missing);
    }
    auto lease = mysql::Lease::Acquire(connection_, "migration", kLease);
    if (!lease) return std::unexpected(lease.error());
    const auto applied = ApplyAll(*lease, std::move(too));
    (void)lease->Release(connection_);
    if (!applied) return std::unexpected(applied.error());
    return Finish();
  }

 private:
  static constexpr int kHistory = 3;

  /// Numbers of the steps that this database lacks or has lost; refuses one that is newer than this
  /// program.
  Result<std::set<int>> FindMissing() {
    if (!connection_.IsMariaDb()) {
      // MySQL's estimates and AUTO_INCREMENT values may else be a day old.
      auto set = connection_.Execute("SET information_schema_stats_expiry = 0");
      if (!set) return std::unexpected(set.error());
    }
    const auto version = mysql::ReadSchemaVersion(connection_);
    if (!version) return std::unexpected(version.error());
    if (version->major > mysql::kSchemaVersion.major)
      return Fail(
          ErrorCode::kConfig,
          fmt::format("mysql {}: the schema is version {}.{}, this program knows {}.x; use a "
                      "newer release",
                      connection_.ServerName(), version->major, version->minor,
                      mysql::kSchemaVersion.major));
    std::set<int> missing;
    for (const Step& step : Steps()) missing.insert(step.number);
    if (version->major == 0) return missing;
    auto rows = connection_.Query("SELECT step FROM schema_version");
    if (!rows) return std::unexpected(rows.error());
    while (rows->Next()) missing.erase(static_cast<int>(rows->Int(0)));
    if (auto added = AddUndone(missing); !added) return std::unexpected(added.error());
    return missing;
  }

  /// The longest key is one of 255 characters of up to four bytes: more than a page of 4 KB takes.
  Result<void> CheckPages() {
    constexpr std::uint64_t kSmallest = 8192;
    auto rows = connection_.Query("SELECT @@innodb_page_size");
    if (!rows) return std::unexpected(rows.error());
    if (!rows->Next() || rows->Uint(0) >= kSmallest) return {};
    return Fail(ErrorCode::kConfig,
                fmt::format("mysql {}: innodb_page_size is {}, which is too small for the keys of "
                            "the tables; make the server's data directory anew with 8K or more",
                            connection_.ServerName(), rows->Uint(0)));
  }

  /// Steps that were applied, and that somebody has undone: a table was dropped, or made anew by
  /// another program as it knows it. Any step can be applied again, and those that change a table
  /// have to be where it is made again.
  Result<void> AddUndone(std::set<int>& missing) {
    auto rows = connection_.Query(
        "SELECT table_name, SUM(column_name IN ('application', 'item_key'))"
        " FROM information_schema.columns WHERE table_schema = DATABASE() GROUP BY table_name");
    if (!rows) return std::unexpected(rows.error());
    std::map<std::string, bool> tables;  // and whether they have the columns of kOldTables
    while (rows->Next()) tables[rows->Text(0)] = rows->Int(1) > 0;
    std::vector<std::string> lost;
    for (const Step& step : Steps()) {
      for (const auto& table : TablesMadeBy(step.text))
        if (!tables.contains(table)) lost.push_back(table);
      const auto concerns = [&](const std::string& table) {
        return step.text.contains("TABLE IF NOT EXISTS " + table + " ") ||
               step.text.contains("ALTER TABLE " + table + " ");
      };
      if (std::ranges::any_of(lost, concerns)) missing.insert(step.number);
    }
    for (const char* table : kTakenOver)
      if (const auto found = tables.find(table); found != tables.end() && !found->second)
        missing.insert(kOldTables);
    return {};
  }

  /// Makes the table of the leases, so it runs without one; twice at once does no harm.
  Result<void> ApplyBookkeeping() {
    Gentle gentle(connection_, options_.patience, options_.progress);
    return ApplyStep(gentle, Steps().front());
  }

  Result<void> ApplyAll(const mysql::Lease& lease, std::set<int> steps) {
    auto missing = FindMissing();  // another one may have been at work until now
    if (!missing) return std::unexpected(missing.error());
    steps.merge(*missing);
    Gentle gentle(connection_, options_.patience, options_.progress);
    for (const Step& step : Steps()) {
      if (!steps.contains(step.number)) continue;
      auto applied = step.number == kOldTables ? TakeOver(gentle, step) : ApplyStep(gentle, step);
      if (!applied) return applied;
      if (auto renewed = lease.Renew(connection_); !renewed) return renewed;
    }
    options_.progress("partitions of zabbix_history; takes long where many rows lie ahead of them");
    const auto made = MakePartitionsAhead(connection_, options_.now, options_.days_ahead);
    if (!made) return Context("zabbix_history", made.error());
    if (*made > 0) Done(fmt::format("zabbix_history: {} day partitions made ahead", *made));
    return {};
  }

  /// With a mode in which every value that is in a table can be written: id 0, dates of zeros.
  /// Strict all the same, so that no value is cut.
  Result<void> TakeOver(Gentle& gentle, const Step& step) {
    auto set = connection_.Execute(
        "SET @mode = @@sql_mode,"
        " sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES'");
    if (!set) return std::unexpected(set.error());
    auto done = CopyTables(gentle);
    if (done) done = ApplyStep(gentle, step);
    set = connection_.Execute("SET sql_mode = @mode");
    if (done && !set) return std::unexpected(set.error());
    return done;
  }

  Result<void> ApplyStep(Gentle& gentle, const Step& step) {
    options_.progress(fmt::format("step {}", step.name));
    for (const std::string& statement : SplitStatements(step.text)) {
      if (auto done = gentle.Execute(statement); !done)
        return Context(fmt::format("step {}", step.name), done.error());
    }
    Done(fmt::format("step {}", step.name));
    return {};
  }

  Result<void> CopyTables(Gentle& gentle) {
    for (const char* table : kTakenOver) {
      // A table that a run which was cut off has copied needs no copy any more, and no triggers.
      if (auto removed = RemoveRemains(gentle, table); !removed) return removed;
      const auto condition = Examine(connection_, table);
      if (!condition) return std::unexpected(condition.error());
      if (!condition->needs_copy || condition->rows < kSmallTable) continue;
      const std::string what =
          fmt::format("{} ({}, about {} rows)", table, condition->why, condition->rows);
      if (!condition->obstacle.empty()) {
        options_.progress(fmt::format("{}: changed in place, writers wait for it: {}", what,
                                      condition->obstacle));
        continue;
      }
      options_.progress(fmt::format("{}: copied beside the living table", what));
      auto copied = CopyOnline(connection_, gentle, table, options_.progress);
      if (!copied) return copied;
      Done(fmt::format("{}: copied to InnoDB and utf8mb4", what));
    }
    return {};
  }

  Result<MigrateResult> Describe(const std::set<int>& missing, int partitions) {
    if (missing.contains(kOldTables)) {
      for (const char* table : kTakenOver) {
        const auto condition = Examine(connection_, table);
        if (!condition) return std::unexpected(condition.error());
        if (condition->needs_copy)
          Done(fmt::format("{} (about {} rows) would become InnoDB and utf8mb4: {}", table,
                           condition->rows, condition->why));
      }
    }
    for (const Step& step : Steps())
      if (missing.contains(step.number)) Done(fmt::format("step {} would be applied", step.name));
    if (partitions > 0)
      Done(fmt::format("zabbix_history: {} day partitions would be made", partitions));
    return Finish();
  }

  Result<MigrateResult> Finish() {
    const auto version = mysql::ReadSchemaVersion(connection_);
    if (!version) return std::unexpected(version.error());
    result_.version = fmt::format("{}.{}", version->major, version->minor);
    return result_;
  }

  void Done(std::string what) { result_.done.push_back(std::move(what)); }

  static constexpr std::array kTakenOver = {"hyphenmon_metrics", "zabbix_items"};

  mysql::Connection& connection_;
  const MigrateOptions& options_;
  MigrateResult result_;
};

}  // namespace

Result<MigrateResult> Migrate(mysql::Connection& connection, const MigrateOptions& options) {
  return Migration(connection, options).Run();
}

mysql::ConnectOptions AdminOptions() {
  mysql::ConnectOptions options;
  options.account = mysql::Account::kAdmin;
  options.read_timeout = std::chrono::seconds(0);
  options.statement_timeout = std::chrono::seconds(0);
  return options;
}

}  // namespace mon::data_aggregator
