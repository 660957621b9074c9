#include "archive.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>

#include "common/text.h"

namespace mon::data_aggregator::archive {
namespace {

constexpr std::string_view kManifestSuffix = ".json";

std::string PartName(Day day, std::size_t number, std::string_view suffix) {
  return fmt::format("{}.{}{}", DayText(day), number, suffix);
}

/// The number in "2025-06-15.3.json"; nullopt where the name is another one.
std::optional<std::size_t> PartNumber(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kManifestSuffix) ||
      name.size() < prefix.size() + kManifestSuffix.size())
    return std::nullopt;
  return ParseUint(std::string_view(name).substr(
      prefix.size(), name.size() - prefix.size() - kManifestSuffix.size()));
}

/// Reads it as it lies on the disk now.
Result<Fingerprint> ReadBack(const std::filesystem::path& file) {
  auto reader = CompressedReader::Open(file);
  if (!reader) return std::unexpected(reader.error());
  std::string line;
  for (;;) {
    const auto more = reader->ReadLine(line);
    if (!more) return std::unexpected(more.error());
    if (!*more) return reader->Seen();
  }
}

}  // namespace

std::filesystem::path Unfinished(const std::filesystem::path& file) {
  return file.string() + ".new";
}

std::filesystem::path Archive::DirectoryOf(const Table& table) const {
  return directory_ / table.name;
}

Result<std::vector<Part>> Archive::Parts(const Table& table, Day day) const {
  const std::filesystem::path directory = DirectoryOf(table);
  const std::string prefix = DayText(day) + ".";
  std::set<std::size_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (const auto number = PartNumber(entry->path().filename().string(), prefix))
      numbers.insert(*number);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} cannot be read: {}", directory.string(), error.message()));
  std::vector<Part> parts;
  for (const std::size_t number : numbers) {
    const auto missing = parts.size() + 1;
    if (number != missing)
      return Fail(ErrorCode::kNotFound,
                  fmt::format("{} is missing, though there are later parts of that day",
                              (directory / PartName(day, missing, kManifestSuffix)).string()));
    const auto file = directory / PartName(day, number, kManifestSuffix);
    auto manifest = ReadManifest(file);
    if (!manifest) return std::unexpected(manifest.error());
    if (manifest->table != table.name || manifest->day != day || manifest->part != number)
      return Fail(ErrorCode::kInvalidData,
                  fmt::format("{} is of {} of {}, part {}", file.string(), manifest->table,
                              DayText(manifest->day), manifest->part));
    const auto data = directory / manifest->file;
    parts.push_back({*std::move(manifest), data});
  }
  return parts;
}

PartWriter::PartWriter(Manifest manifest, const RowFormat& format, std::filesystem::path directory,
                       CompressedWriter writer)
    : manifest_(std::move(manifest)),
      format_(&format),
      directory_(std::move(directory)),
      writer_(std::move(writer)) {}

Result<PartWriter> PartWriter::Create(const Archive& archive, const Table& table, Day day,
                                      std::size_t number, const RowFormat& format,
                                      std::string schema) {
  const std::filesystem::path directory = archive.DirectoryOf(table);
  if (auto made = MakeDirectories(directory); !made) return std::unexpected(made.error());
  Manifest manifest;
  manifest.table = table.name;
  manifest.day = day;
  manifest.part = number;
  manifest.file = PartName(day, number, ".tsv.gz");
  manifest.columns = format.Columns();
  manifest.key = table.key;
  manifest.schema = std::move(schema);
  auto writer = CompressedWriter::Create(Unfinished(directory / manifest.file));
  if (!writer) return std::unexpected(writer.error());
  if (auto header = writer->Write(format.Header() + "\n"); !header)
    return std::unexpected(header.error());
  return PartWriter(std::move(manifest), format, directory, *std::move(writer));
}

Result<void> PartWriter::Append(const std::string& line) {
  if (manifest_.rows == 0) first_ = line;
  ++manifest_.rows;
  last_ = line;
  return writer_.Write(line + "\n");
}

Result<Part> PartWriter::Finish(TimePoint now) {
  auto written = writer_.Finish();
  if (!written) return std::unexpected(written.error());
  const auto file = directory_ / manifest_.file;
  const auto fresh = Unfinished(file);
  const auto read = ReadBack(fresh);
  if (!read || *read != *written)
    return Fail(ErrorCode::kIo,
                fmt::format("{} is not on the disk as it was written{}", fresh.string(),
                            read ? "" : ": " + read.error().message));
  manifest_.fingerprint = *written;
  manifest_.first_row = format_->KeyText(first_);
  manifest_.last_row = format_->KeyText(last_);
  manifest_.written_at = FormatUtc(EpochSeconds(now));
  if (std::rename(fresh.c_str(), file.c_str()) != 0)
    return WriteError(file, "cannot be put in place");
  // The manifest, last, is what makes the part count; its directory is synced for both names.
  const auto name = PartName(manifest_.day, manifest_.part, kManifestSuffix);
  if (auto whole = WriteWhole(directory_ / name, ToJson(manifest_)); !whole)
    return std::unexpected(whole.error());
  return Part{manifest_, file};
}

}  // namespace mon::data_aggregator::archive
