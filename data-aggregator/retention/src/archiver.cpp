#include "archiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "day_reader.h"
#include "row_pages.h"

namespace mon::data_aggregator::archive {
namespace {

constexpr int kAttempts = 10;
constexpr std::uint64_t kTellEach = 250'000;

std::uint64_t NextPartNumber(const std::vector<Part>& parts) { return parts.size() + 1; }

/// "(itemid = ? AND clock = ? AND ns = ?) OR (…": spelt out, for the server to use the key.
std::string AnyOf(const std::vector<std::string>& columns, std::size_t rows) {
  std::string one;
  for (const std::string& column : columns)
    one += fmt::format("{}{} = ?", one.empty() ? "" : " AND ", column);
  std::string any;
  for (std::size_t i = 0; i < rows; ++i)
    any += fmt::format("{}({})", any.empty() ? "" : " OR ", one);
  return any;
}

}  // namespace

Result<const RowFormat*> Archiver::FormatOf(const Table& table) {
  if (const auto known = formats_.find(table.name); known != formats_.end()) return &known->second;
  auto columns = ReadColumns(connection_, table.name);
  if (!columns) return std::unexpected(columns.error());
  return &formats_.emplace(table.name, RowFormat(*std::move(columns), table.key)).first->second;
}

Result<std::uint64_t> Archiver::ArchiveDay(const Source& source, Day day) {
  const auto format = FormatOf(source.table);
  if (!format) return std::unexpected(format.error());
  if (auto renewed = lease_.Renew(connection_); !renewed) return std::unexpected(renewed.error());
  const auto parts = archive_.Parts(source.table, day);
  if (!parts) return std::unexpected(parts.error());
  auto reader = DayReader::Open(*parts);
  if (!reader) return std::unexpected(reader.error());
  std::optional<PartWriter> writer;
  const auto add = [&](const std::string& line) -> Result<void> {
    if (!writer) {
      auto created = PartWriter::Create(archive_, source.table, day, NextPartNumber(*parts),
                                        **format, schema_);
      if (!created) return std::unexpected(created.error());
      writer.emplace(*std::move(created));
    }
    return writer->Append(line);
  };
  std::uint64_t rows = 0;
  std::uint64_t added = 0;
  RowPages pages(connection_, source, **format, day);
  for (;;) {
    const auto page = pages.Next();
    if (!page) return std::unexpected(page.error());
    if (page->empty()) break;
    for (const std::string& line : *page) {
      const auto known = reader->Find((*format)->SortKey(line).value_or(""));
      if (!known) return std::unexpected(known.error());
      if (++rows % kTellEach == 0)
        options_.progress(fmt::format("{} {}: {} rows", source.table.name, DayText(day), rows));
      if (known->text != nullptr && *known->text == line &&
          known->format->Columns() == (*format)->Columns())
        continue;
      if (auto appended = add(line); !appended) return std::unexpected(appended.error());
      ++added;
    }
  }
  if (auto whole = reader->Finish(); !whole) return std::unexpected(whole.error());
  if (!writer) return added;
  if (auto part = writer->Finish(options_.now); !part) return std::unexpected(part.error());
  return added;
}

/// One batch; false where none is left.
Result<bool> Archiver::DeleteSome(const Source& source, DayReader& reader, RowPages& pages,
                                  const RowFormat& format, std::uint64_t& deleted) {
  auto transaction = mysql::Transaction::Begin(connection_);
  if (!transaction) return std::unexpected(transaction.error());
  const auto page = pages.Next();
  if (!page) return std::unexpected(page.error());
  std::vector<mysql::Value> keys;
  std::size_t count = 0;
  for (const std::string& line : *page) {
    const auto known = reader.Find(format.SortKey(line).value_or(""));
    if (!known) return std::unexpected(known.error());
    if (known->text == nullptr || *known->text != line) continue;  // came or changed meanwhile
    std::ranges::move(format.ValuesOf(line, source.table.primary), std::back_inserter(keys));
    ++count;
  }
  if (count > 0) {
    const auto done = connection_.Execute(
        fmt::format("DELETE FROM {} WHERE {}", source.from, AnyOf(source.table.primary, count)),
        keys);
    if (!done) return std::unexpected(done.error());
    if (auto held = lease_.CheckInTransaction(connection_); !held)
      return std::unexpected(held.error());
  }
  if (auto committed = transaction->Commit(); !committed) return std::unexpected(committed.error());
  deleted += count;
  return !page->empty();
}

Result<void> Archiver::DeleteOnce(const Source& source, Day day, const RowFormat& format,
                                  std::uint64_t& deleted) {
  const auto parts = archive_.Parts(source.table, day);
  if (!parts) return std::unexpected(parts.error());
  auto reader = DayReader::Open(*parts);
  if (!reader) return std::unexpected(reader.error());
  RowPages pages(connection_, source, format, day, true);
  for (;;) {
    const auto more = DeleteSome(source, *reader, pages, format, deleted);
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
    std::this_thread::sleep_for(options_.pause);
  }
}

Result<std::uint64_t> Archiver::DeleteArchived(const Source& source, Day day) {
  const auto format = FormatOf(source.table);
  if (!format) return std::unexpected(format.error());
  std::uint64_t deleted = 0;
  for (int attempt = 0;; ++attempt) {
    const auto done = DeleteOnce(source, day, **format, deleted);
    if (done) return deleted;
    // Somebody else has the rows: from the beginning, which is shorter by now.
    if (!connection_.LastErrorWasConflict() || attempt == kAttempts)
      return std::unexpected(done.error());
  }
}

}  // namespace mon::data_aggregator::archive
