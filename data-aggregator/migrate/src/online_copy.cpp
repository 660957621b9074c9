#include "online_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "common/text.h"

// Why no row can slip through: the triggers are there before the first piece is read. A row that is
// written later reaches the new table by them; one that is being written while its piece is copied
// is locked by its writer, and the copy (LOCK IN SHARE MODE) waits for it. A row that both bring is
// the trigger's, which is the newer one (ON DUPLICATE KEY UPDATE id = id changes nothing).

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kRowsPerPiece = 2000;      // some milliseconds
constexpr std::int64_t kRowsPerCompare = 20'000;  // nobody waits for these
constexpr int kAttempts = 20;
constexpr std::chrono::milliseconds kBetweenChanges{100};

struct Column {
  std::string name;
  bool text = false;
};

/// The names of the copies sort behind that of the table: RENAME locks in this order, and so do
/// statements that fire the triggers. In another order one of them would fail by a deadlock.
struct Names {
  std::string table;
  std::string fresh = table + "_mon_new";
  std::string old = table + "_mon_old";
  std::string Trigger(const char* event) const { return fmt::format("mon_{}_{}", event, table); }
};

Result<std::string> OneText(mysql::Connection& connection, const std::string& sql,
                            const std::vector<mysql::Value>& params = {}) {
  auto rows = connection.Query(sql, params);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Text(0) : "";
}

Result<std::int64_t> OneNumber(mysql::Connection& connection, const std::string& sql,
                               const std::vector<mysql::Value>& params = {}) {
  auto rows = connection.Query(sql, params);
  if (!rows) return std::unexpected(rows.error());
  return rows->Next() ? rows->Int(0) : 0;
}

/// The columns that hold data; generated ones compute themselves.
Result<std::vector<Column>> ReadColumns(mysql::Connection& connection, const std::string& table) {
  auto rows = connection.Query(
      "SELECT column_name, character_set_name IS NOT NULL FROM information_schema.columns"
      " WHERE table_schema = DATABASE() AND table_name = ?"
      " AND COALESCE(generation_expression, '') = '' ORDER BY ordinal_position",
      {table});
  if (!rows) return std::unexpected(rows.error());
  std::vector<Column> columns;
  while (rows->Next()) columns.push_back({rows->Text(0), rows->Int(1) != 0});
  return columns;
}

/// `format` for each column with its name put in, joined by `separator`.
std::string ForEach(const std::vector<Column>& columns, fmt::string_view format,
                    std::string_view separator) {
  std::string all;
  for (const Column& column : columns) {
    if (!all.empty()) all += separator;
    all += fmt::vformat(format, fmt::make_format_args(column.name));
  }
  return all;
}

std::string EqualValues(const std::vector<Column>& columns) {
  std::string all;
  for (const Column& column : columns) {
    if (!all.empty()) all += " AND ";
    all += column.text ? fmt::format(
                             "CONVERT(o.`{0}` USING utf8mb4) COLLATE utf8mb4_bin <=> "
                             "CONVERT(n.`{0}` USING utf8mb4) COLLATE utf8mb4_bin",
                             column.name)
                       : fmt::format("o.`{0}` <=> n.`{0}`", column.name);
  }
  return all;
}

class OnlineCopy {
 public:
  OnlineCopy(mysql::Connection& connection, Gentle& gentle, const std::string& table,
             const std::function<void(const std::string&)>& progress)
      : connection_(connection), gentle_(gentle), names_{.table = table}, progress_(progress) {}

  Result<void> Run() {
    for (const auto step :
         {&OnlineCopy::RemoveRemains, &OnlineCopy::CreateFresh, &OnlineCopy::CreateTriggers,
          &OnlineCopy::Fill, &OnlineCopy::Compare, &OnlineCopy::Swap}) {
      if (auto done = (this->*step)(); !done) {
        (void)RemoveRemains();
        return Context(fmt::format("copy of {}", names_.table), done.error());
      }
    }
    return RemoveRemains();
  }

 private:
  /// Of this run after an error, or of one that was cut off.
  Result<void> RemoveRemains() { return data_aggregator::RemoveRemains(gentle_, names_.table); }

  Result<void> CreateFresh() {
    auto columns = ReadColumns(connection_, names_.table);
    if (!columns) return std::unexpected(columns.error());
    columns_ = *columns;
    const auto next_id = OneNumber(connection_,
                                   "SELECT auto_increment FROM information_schema.tables"
                                   " WHERE table_schema = DATABASE() AND table_name = ?",
                                   {names_.table});
    if (!next_id) return std::unexpected(next_id.error());
    auto made =
        gentle_.Execute(fmt::format("CREATE TABLE `{}` LIKE `{}`", names_.fresh, names_.table));
    if (!made) return made;
    return gentle_.Execute(
        fmt::format("ALTER TABLE `{}` ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, AUTO_INCREMENT = {},"
                    " CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
                    names_.fresh, std::max<std::int64_t>(*next_id, 1)));
  }

  /// A statement that a writer prepares while a trigger is being made may fire it without having
  /// opened the new table (MariaDB takes it for younger than the trigger), and would fail with
  /// 1146. Until the rows are copied nothing is lost by passing over that; one more trigger then
  /// makes such a statement be prepared anew.
  Result<void> CreateTriggers() {
    const std::string columns = ForEach(columns_, "`{}`", ", ");
    const std::string values = ForEach(columns_, "NEW.`{}`", ", ");
    const std::string assignments = ForEach(columns_, "`{0}` = NEW.`{0}`", ", ");
    const std::string& fresh = names_.fresh;
    const std::pair<const char*, std::string> bodies[] = {
        {"insert", fmt::format("INSERT INTO `{}` ({}) VALUES ({}) ON DUPLICATE KEY UPDATE {}",
                               fresh, columns, values, assignments)},
        {"update", fmt::format("UPDATE `{}` SET {} WHERE id = OLD.id", fresh, assignments)},
        {"delete", fmt::format("DELETE FROM `{}` WHERE id = OLD.id", fresh)}};
    for (const auto& [event, body] : bodies) {
      // MySQL prepares a statement anew three times for changes that come one upon the other.
      std::this_thread::sleep_for(kBetweenChanges);
      auto made =
          gentle_.Execute(fmt::format("CREATE TRIGGER `{}` AFTER {} ON `{}` FOR EACH ROW"
                                      " BEGIN DECLARE CONTINUE HANDLER FOR 1146 BEGIN END; {}; END",
                                      names_.Trigger(event), event, names_.table, body));
      if (!made) return made;
    }
    return gentle_.Execute(
        fmt::format("CREATE TRIGGER `{}` BEFORE DELETE ON `{}` FOR EACH ROW DO 0",
                    names_.Trigger("ready"), names_.table));
  }

  /// Calls `piece(after, up_to)` for ranges of ids that hold about `rows` rows each.
  template <typename Piece>
  Result<void> ForRanges(std::int64_t rows, Piece piece) {
    const auto last = OneNumber(connection_, fmt::format("SELECT MAX(id) FROM `{}`", names_.table));
    const auto first =
        OneNumber(connection_, fmt::format("SELECT MIN(id) FROM `{}`", names_.table));
    if (!last) return std::unexpected(last.error());
    if (!first) return std::unexpected(first.error());
    std::int64_t after = *first - 1;
    while (after < *last) {
      const auto end =
          OneText(connection_,
                  fmt::format("SELECT id FROM `{}` WHERE id > ? ORDER BY id LIMIT 1 OFFSET {}",
                              names_.table, rows - 1),
                  {after});
      if (!end) return std::unexpected(end.error());
      const std::int64_t up_to =
          end->empty() ? *last : std::min(ParseInt(*end).value_or(*last), *last);
      if (auto done = piece(after, up_to); !done) return done;
      after = up_to;
    }
    return {};
  }

  Result<void> Fill() {
    const std::string columns = ForEach(columns_, "`{}`", ", ");
    const std::string selected = ForEach(columns_, "o.`{}`", ", ");
    const std::string sql = fmt::format(
        "INSERT INTO `{0}` ({1}) SELECT {2} FROM `{3}` AS o WHERE o.id > ? AND o.id <= ?"
        " LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE id = `{0}`.id",
        names_.fresh, columns, selected, names_.table);
    std::uint64_t copied = 0;
    return ForRanges(kRowsPerPiece, [&](std::int64_t after, std::int64_t up_to) -> Result<void> {
      for (int attempt = 0;; ++attempt) {
        const auto done = connection_.Execute(sql, {after, up_to});
        if (done) {
          copied += *done;
          if (copied / 100'000 != (copied - *done) / 100'000)
            progress_(fmt::format("{}: {} rows copied", names_.table, copied));
          return {};
        }
        if (!connection_.LastErrorWasConflict() || attempt == kAttempts)
          return std::unexpected(done.error());
      }
    });
  }

  Result<void> Compare() {
    const std::string sql = fmt::format(
        "SELECT COUNT(*) FROM `{}` AS o LEFT JOIN `{}` AS n ON n.id = o.id"
        " WHERE o.id > ? AND o.id <= ? AND (n.id IS NULL OR NOT ({}))",
        names_.table, names_.fresh, EqualValues(columns_));
    return ForRanges(kRowsPerCompare, [&](std::int64_t after, std::int64_t up_to) -> Result<void> {
      const auto different = OneNumber(connection_, sql, {after, up_to});
      if (!different) return std::unexpected(different.error());
      if (*different == 0) return {};
      return Fail(ErrorCode::kConfig,
                  fmt::format("{} rows with ids from {} to {} would not be the same afterwards; "
                              "nothing was changed",
                              *different, after + 1, up_to));
    });
  }

  Result<void> Swap() {
    return gentle_.Execute(fmt::format("RENAME TABLE `{0}` TO `{1}`, `{2}` TO `{0}`", names_.table,
                                       names_.old, names_.fresh));
  }

  mysql::Connection& connection_;
  Gentle& gentle_;
  Names names_;
  const std::function<void(const std::string&)>& progress_;
  std::vector<Column> columns_;
};

}  // namespace

Result<Condition> Examine(mysql::Connection& connection, const std::string& table) {
  Condition condition;
  auto rows = connection.Query(
      "SELECT engine, COALESCE(table_rows, 0) FROM information_schema.tables"
      " WHERE table_schema = DATABASE() AND table_name = ?",
      {table});
  if (!rows) return std::unexpected(rows.error());
  if (!rows->Next()) return condition;
  condition.rows = rows->Uint(1);
  const std::string engine = rows->Text(0);
  const auto charset =
      OneText(connection,
              "SELECT MIN(character_set_name) FROM information_schema.columns WHERE"
              " table_schema = DATABASE() AND table_name = ?"
              " AND character_set_name <> 'utf8mb4'",
              {table});
  if (!charset) return std::unexpected(charset.error());
  if (!charset->empty()) condition.why = fmt::format("its text is {}", *charset);
  if (engine != "InnoDB") condition.why = fmt::format("its engine is {}", engine);
  condition.needs_copy = !condition.why.empty();
  if (!condition.needs_copy) return condition;

  const auto key = OneText(connection,
                           "SELECT GROUP_CONCAT(column_name) FROM information_schema.statistics"
                           " WHERE table_schema = DATABASE() AND table_name = ?"
                           " AND index_name = 'PRIMARY'",
                           {table});
  if (!key) return std::unexpected(key.error());
  const auto triggers = OneNumber(connection,
                                  "SELECT COUNT(*) FROM information_schema.triggers"
                                  " WHERE event_object_schema = DATABASE()"
                                  " AND event_object_table = ? AND trigger_name NOT LIKE 'mon\\_%'",
                                  {table});
  if (!triggers) return std::unexpected(triggers.error());
  const auto foreign_keys = OneNumber(
      connection,
      "SELECT COUNT(*) FROM information_schema.referential_constraints"
      " WHERE constraint_schema = DATABASE() AND (table_name = ? OR referenced_table_name = ?)",
      {table, table});
  if (!foreign_keys) return std::unexpected(foreign_keys.error());
  if (*key != "id") condition.obstacle = "its primary key is not id";
  if (*triggers > 0) condition.obstacle = "it has triggers";
  if (*foreign_keys > 0) condition.obstacle = "foreign keys hang on it";
  return condition;
}

Result<void> RemoveRemains(Gentle& gentle, const std::string& table) {
  const Names names{.table = table};
  for (const char* event : {"insert", "update", "delete", "ready"}) {
    auto done = gentle.Execute(fmt::format("DROP TRIGGER IF EXISTS `{}`", names.Trigger(event)));
    if (!done) return done;
  }
  return gentle.Execute(fmt::format("DROP TABLE IF EXISTS `{}`, `{}`", names.old, names.fresh));
}

Result<void> CopyOnline(mysql::Connection& connection, Gentle& gentle, const std::string& table,
                        const std::function<void(const std::string&)>& progress) {
  return OnlineCopy(connection, gentle, table, progress).Run();
}

}  // namespace mon::data_aggregator
