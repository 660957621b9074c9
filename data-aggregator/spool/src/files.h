#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "common/error.h"

namespace mon::data_aggregator {

/// An open file, closed with the object.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OpenFile();
  [[nodiscard]] int Get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// kIo: "spool FILE: WHAT: the reason in errno".
[[nodiscard]] std::unexpected<Error> FileError(const std::filesystem::path& file,
                                               std::string_view what);

/// What is left of it from its position on, of at most `most` bytes. Errors: kIo.
[[nodiscard]] Result<std::string> ReadUpTo(const OpenFile& file, std::size_t most,
                                           const std::filesystem::path& name);

/// Writes all of it, from the file's position on. Errors: kIo.
[[nodiscard]] Result<void> WriteAll(const OpenFile& file, std::string_view bytes,
                                    const std::filesystem::path& name);

/// Makes a file's appearance, new name or removal in `directory` last.
[[nodiscard]] Result<void> SyncDirectory(const std::filesystem::path& directory);

}  // namespace mon::data_aggregator
