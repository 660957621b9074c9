#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/error.h"

namespace mon::data_aggregator::archive {

/// What a compressed file and the text in it are known by.
struct Fingerprint {
  std::uint64_t bytes = 0;
  std::string sha256;
  std::uint64_t content_bytes = 0;
  std::string content_sha256;
  bool operator==(const Fingerprint&) const = default;
};

/// Writes text to a new file, compressed as gzip(1) does (RFC 1952). A file that was not finished
/// is removed with the object.
class CompressedWriter {
 public:
  /// Takes the place of a file of that name. Errors, here and below: kIo.
  [[nodiscard]] static Result<CompressedWriter> Create(const std::filesystem::path& file);
  CompressedWriter(CompressedWriter&&) noexcept;
  CompressedWriter& operator=(CompressedWriter&&) = delete;
  ~CompressedWriter();

  [[nodiscard]] Result<void> Write(std::string_view text);
  /// Syncs it to the disk.
  [[nodiscard]] Result<Fingerprint> Finish();

 private:
  struct Impl;
  explicit CompressedWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads such a file line by line, in constant memory.
class CompressedReader {
 public:
  /// Errors, here and below: kNotFound where the file cannot be read, kInvalidData where it is
  /// damaged.
  [[nodiscard]] static Result<CompressedReader> Open(const std::filesystem::path& file);
  CompressedReader(CompressedReader&&) noexcept;
  CompressedReader& operator=(CompressedReader&&) noexcept;
  ~CompressedReader();

  /// The next line, without its end; false behind the last.
  [[nodiscard]] Result<bool> ReadLine(std::string& line);
  /// Of all that was read; call once, behind the last line.
  [[nodiscard]] Fingerprint Seen();

 private:
  struct Impl;
  explicit CompressedReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Writes a small file whole: under another name, synced, then renamed. kIo.
[[nodiscard]] Result<void> WriteWhole(const std::filesystem::path& file, std::string_view text);

/// Makes it and what is missing above it, each synced into the one above: a file in it is only as
/// lasting as they are. kIo.
[[nodiscard]] Result<void> MakeDirectories(const std::filesystem::path& directory);

/// kIo: "FILE WHAT: the reason in errno".
[[nodiscard]] std::unexpected<Error> WriteError(const std::filesystem::path& file,
                                                std::string_view what);

}  // namespace mon::data_aggregator::archive
