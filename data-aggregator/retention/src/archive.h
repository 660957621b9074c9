#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compressed_file.h"
#include "manifest.h"
#include "row_format.h"
#include "tables.h"

namespace mon::data_aggregator::archive {

/// A file of the archive that is complete: its manifest is there.
struct Part {
  Manifest manifest;
  std::filesystem::path file;
};

/// The files in which old rows lie: `TABLE/2025-06-15.1.tsv.gz` and the manifest
/// `TABLE/2025-06-15.1.json`. A day gets further parts for what comes late. A file without a
/// manifest is what a run that was cut off has left, and is written anew.
class Archive {
 public:
  explicit Archive(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// The parts of a day, by number; none where it has not been archived. Errors: kNotFound where a
  /// part between others is missing or cannot be read; those of ReadManifest.
  [[nodiscard]] Result<std::vector<Part>> Parts(const Table& table, Day day) const;

  [[nodiscard]] std::filesystem::path DirectoryOf(const Table& table) const;

 private:
  std::filesystem::path directory_;
};

/// Writes one part. Nothing of it counts until Finish has returned.
class PartWriter {
 public:
  /// Makes the directory where it is missing.
  [[nodiscard]] static Result<PartWriter> Create(const Archive& archive, const Table& table,
                                                 Day day, std::size_t number,
                                                 const RowFormat& format, std::string schema);

  [[nodiscard]] Result<void> Append(const std::string& line);

  /// Syncs the file, reads it back, and puts file and manifest in their places. Errors: kIo, also
  /// where what the disk gives back is not what was written.
  [[nodiscard]] Result<Part> Finish(TimePoint now);

 private:
  PartWriter(Manifest manifest, const RowFormat& format, std::filesystem::path directory,
             CompressedWriter writer);

  Manifest manifest_;
  const RowFormat* format_;
  std::filesystem::path directory_;
  CompressedWriter writer_;
  std::string first_;
  std::string last_;
};

/// The name of a part that is being written.
[[nodiscard]] std::filesystem::path Unfinished(const std::filesystem::path& file);

}  // namespace mon::data_aggregator::archive
